import type { Command } from '../../core/command-line.ts';
import { runCommandLine } from '../../core/command-line.ts';
import { version } from '../version.ts';
import { checkCommand } from './check.ts';
import { decodeCommand } from './decode.ts';
import { devicesCommand } from './devices.ts';
import { modelsTryCommand } from './models.ts';
import { outboxCommand } from './outbox.ts';
import { probeCommand } from './probe.ts';
import { runCommand } from './run.ts';
import { schemaCommand } from './schema.ts';
import { statusCommand } from './status.ts';

const commands: readonly Command[] = [
  runCommand,
  checkCommand,
  statusCommand,
  probeCommand,
  outboxCommand,
  devicesCommand,
  decodeCommand,
  modelsTryCommand,
  schemaCommand,
];

/** Resolves to the exit code. `further` are commands of other programs that the help is to list. */
export const main = (argv: readonly string[], further: readonly Command[] = []): Promise<number> => {
  // A reader that has seen enough (`haidang decode … | head`) is no failure of ours.
  process.stdout.on('error', error => process.exit('code' in error && error.code === 'EPIPE' ? 0 : 1));
  const summary = "Edge gateway of a city's operations center: cameras, sensors and vessels in, events out over MQTT.";
  return runCommandLine({ name: 'haidang', summary, version }, [...commands, ...further], argv);
};

import type { Command } from '../../core/command-line.ts';
import { runCommandLine } from '../../core/command-line.ts';
import { version } from '../version.ts';
import { runCommand } from './run.ts';

/** A gateway starts without what the other commands load. */
const commandsFor = async (name: string | undefined): Promise<readonly Command[]> =>
  name === runCommand.name ? [runCommand] : (await import('./commands.ts')).commands;

/** Resolves to the exit code. `further` are commands of other programs that the help is to list. */
export const main = async (argv: readonly string[], further: readonly Command[] = []): Promise<number> => {
  // A reader that has seen enough (`haidang decode … | head`) is no failure of ours.
  process.stdout.on('error', error => process.exit('code' in error && error.code === 'EPIPE' ? 0 : 1));
  const summary = "Edge gateway of a city's operations center: cameras, sensors and vessels in, events out over MQTT.";
  return runCommandLine({ name: 'haidang', summary, version }, [...(await commandsFor(argv[0])), ...further], argv);
};

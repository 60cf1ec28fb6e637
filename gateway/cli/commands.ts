import type { Command } from '../../core/command-line.ts';
import { calibrateCommand } from './calibrate.ts';
import { capCommand } from './cap.ts';
import { checkCommand } from './check.ts';
import { circular10ListCommand, circular10ResendCommand } from './circular-10.ts';
import { commandListCommand, commandSignCommand } from './command.ts';
import { decodeCommand } from './decode.ts';
import { devicesCommand } from './devices.ts';
import { discoverCommand } from './discover.ts';
import { discoverCamerasCommand } from './discover-cameras.ts';
import { modbusScanCommand } from './modbus-scan.ts';
import { modelsTryCommand } from './models.ts';
import { modelsAddCommand } from './models-add.ts';
import { modelsBenchCommand } from './models-bench.ts';
import { outboxCommand } from './outbox.ts';
import { probeCommand } from './probe.ts';
import { replayCommand } from './replay.ts';
import { runCommand } from './run.ts';
import { schemaCommand } from './schema.ts';
import { snapshotCommand } from './snapshot.ts';
import { statusCommand } from './status.ts';

export const commands: readonly Command[] = [
  runCommand,
  checkCommand,
  statusCommand,
  probeCommand,
  outboxCommand,
  devicesCommand,
  discoverCommand,
  discoverCamerasCommand,
  modbusScanCommand,
  decodeCommand,
  capCommand,
  replayCommand,
  modelsAddCommand,
  modelsTryCommand,
  modelsBenchCommand,
  snapshotCommand,
  calibrateCommand,
  circular10ListCommand,
  circular10ResendCommand,
  commandListCommand,
  commandSignCommand,
  schemaCommand,
];

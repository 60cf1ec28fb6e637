/** Every command that the center can order, by its name. */
import type { RemoteCommand } from './command.ts';
import { clip, outputSet, pipelineSetThreshold, ptz, snapshot } from './device-commands.ts';
import {
  deviceRestart,
  gatewayRestart,
  logsTail,
  maintenanceStart,
  maintenanceStop,
  outboxReplay,
} from './gateway-commands.ts';
import { vesselAcknowledge, vesselReportPosition, vesselSetStatus } from './vessel-commands.ts';

const table: readonly RemoteCommand[] = [
  deviceRestart,
  snapshot,
  clip,
  ptz,
  outputSet,
  pipelineSetThreshold,
  vesselReportPosition,
  vesselSetStatus,
  vesselAcknowledge,
  outboxReplay,
  maintenanceStart,
  maintenanceStop,
  logsTail,
  gatewayRestart,
];

export const remoteCommands: ReadonlyMap<string, RemoteCommand> = new Map(
  table.map(command => [command.name, command]),
);

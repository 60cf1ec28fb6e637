import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CommandStreams } from '../../core/command-line.ts';
import { GatewayError } from '../../core/errors.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { createFleet } from './fleet.ts';
import { type RecordedLine, recordAis, recordVms } from './record.ts';
import { formatRegistry } from './registry.ts';

const pieceLines = 2000;

const writeLines = async (file: string, lines: Iterable<RecordedLine>, signal: AbortSignal): Promise<number> => {
  const stream = createWriteStream(file);
  let piece: Uint8Array[] = [];
  let count = 0;
  const write = async (): Promise<void> => {
    if (!stream.write(Buffer.concat(piece))) await once(stream, 'drain');
    piece = [];
    await nextTurn();
    signal.throwIfAborted();
  };
  for (const { bytes } of lines) {
    piece.push(bytes);
    count++;
    if (piece.length === pieceLines) await write();
  }
  await write();
  stream.end();
  await once(stream, 'close');
  return count;
};

/** Throws `config` when the scenario has no fleet. */
export const recordScenario = async (
  { seed, fleet: plan }: Scenario,
  folder: string,
  { out, signal }: CommandStreams & { readonly signal: AbortSignal },
): Promise<void> => {
  if (plan === undefined)
    throw new GatewayError('config', 'the scenario has no fleet that could be recorded', {
      advice: 'Take one with a section "fleet", such as fleet.',
    });
  const fleet = createFleet(seed, plan);
  await mkdir(folder, { recursive: true });
  const tell = (file: string, count: number, what: string): void =>
    out(`${path.join(folder, file)}: ${count} ${what}\n`);
  const registry = 'registry.csv';
  await writeFile(path.join(folder, registry), formatRegistry(fleet));
  tell(registry, fleet.boats.length - fleet.unregistered.size, 'boats');
  tell('ais.nmea', await writeLines(path.join(folder, 'ais.nmea'), recordAis(fleet, seed), signal), 'messages');
  for (const provider of fleet.providers) {
    const file = `vms-${provider}.naf`;
    tell(file, await writeLines(path.join(folder, file), recordVms(fleet, provider), signal), 'reports');
  }
};

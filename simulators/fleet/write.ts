import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CommandStreams } from '../../core/command-line.ts';
import { GatewayError } from '../../core/errors.ts';
import { fleetZonesFile, type Scenario } from '../scenarios/scenario.ts';
import { createFleet } from './fleet.ts';
import { formatGateway, receiverId, vmsDeviceId } from './gateway.ts';
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

/** As a shell takes it for one word. */
const quoted = (word: string): string => (/^[\w./=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

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
  const at = (file: string): string => path.join(folder, file);
  const tell = (file: string, count: number, what: string): void => out(`${at(file)}: ${count} ${what}\n`);
  // Absolute, so that the configuration may be used from anywhere.
  const files = { registry: path.resolve(at('registry.csv')), zones: path.resolve(at('zones.geojson')) };
  await writeFile(files.registry, formatRegistry(fleet));
  await copyFile(fleetZonesFile, files.zones);
  await writeFile(at('gateway.yaml'), formatGateway(fleet, files));
  tell('registry.csv', fleet.boats.length - fleet.unregistered.size, 'boats');
  const recordings = [
    { device: receiverId, file: 'ais.nmea', lines: recordAis(fleet, seed), what: 'messages' },
    ...fleet.providers.map(provider => ({
      device: vmsDeviceId(provider),
      file: `vms-${provider}.naf`,
      lines: recordVms(fleet, provider),
      what: 'reports',
    })),
  ];
  for (const { file, lines, what } of recordings) tell(file, await writeLines(at(file), lines, signal), what);
  const words = recordings.map(({ device, file }) => quoted(`${device}=${at(file)}`));
  out(`haidang replay --config ${quoted(at('gateway.yaml'))} ${words.join(' ')}\n`);
};

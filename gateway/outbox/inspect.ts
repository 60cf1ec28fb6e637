/** Looks into the outbox of a gateway that does not run, without changing it: for `haidang outbox`. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { GatewayError } from '../../core/errors.ts';
import { lanes } from '../../core/sealed.ts';
import type { Instant } from '../../core/time.ts';
import type { LaneStatus, OutboxStatus } from '../runtime/status.ts';
import { databaseName } from './database.ts';
import { demandAccess } from './disk.ts';
import { mediaTotalsQuery } from './media-rows.ts';
import { parseRanges, sizeOf } from './ranges.ts';
import { int, text } from './row-values.ts';
import { toStoreError } from './store-error.ts';

export interface InspectedOutbox {
  readonly epoch: string;
  readonly outbox: OutboxStatus;
  /** Accepted and not delivered to each of the given uplinks. */
  readonly waiting: readonly { readonly uplink: string; readonly events: number }[];
  readonly deadLetters: readonly {
    readonly at: Instant;
    readonly pipeline: string;
    readonly stage: string;
    readonly device: string;
    readonly reason: string;
  }[];
}

/** Throws `config` when there is no outbox, this user may not read it or a running gateway has it open, `damaged` when it cannot be read. */
export const inspectOutbox = (folder: string, uplinks: readonly string[]): InspectedOutbox => {
  const file = path.join(folder, databaseName);
  if (!existsSync(file)) {
    throw new GatewayError('config', `there is no outbox in ${folder}`, {
      advice: 'Start the gateway once, or correct "storage.folder".',
      path: ['storage', 'folder'],
    });
  }
  demandAccess(folder);
  try {
    using database = new DatabaseSync(file, { readOnly: true });
    return inspect(database, uplinks);
  } catch (failure) {
    throw toStoreError(failure, file);
  }
};

const inspect = (database: DatabaseSync, uplinks: readonly string[]): InspectedOutbox => {
  const all = (query: string): Record<string, unknown>[] => database.prepare(query).all();
  const streams = all('SELECT id, name, lane, first, next, rows, bytes FROM stream');
  const oldestOf = (id: number): number | undefined => {
    const row = database.prepare(`SELECT time FROM stream_${id} ORDER BY number LIMIT 1`).get();
    return row && int(row['time']);
  };
  const shed = all('SELECT lane, reason, count FROM shed_count');
  const laneStatus = (lane: LaneStatus['lane']): LaneStatus => {
    const own = streams.filter(stream => stream['lane'] === lane);
    const oldest = own.flatMap(stream => oldestOf(int(stream['id'])) ?? []);
    return {
      lane,
      rows: own.reduce((sum, stream) => sum + int(stream['rows']), 0),
      bytes: own.reduce((sum, stream) => sum + int(stream['bytes']), 0),
      ...(oldest.length > 0 && { oldest: Math.min(...oldest) }),
      shed: Object.fromEntries(
        shed.filter(row => row['lane'] === lane).map(row => [text(row['reason']), int(row['count'])]),
      ),
    };
  };
  const accepted = streams.reduce((sum, stream) => sum + int(stream['next']) - 1, 0);
  const settled = new Map(
    all('SELECT sink, stream, ranges FROM settled').map(row => [
      `${text(row['sink'])} ${text(row['stream'])}`,
      sizeOf(parseRanges(text(row['ranges']))),
    ]),
  );
  const waiting = uplinks.map(uplink => {
    // An uplink that settled nothing yet waits for all that is still there.
    const done = streams.map(stream => settled.get(`${uplink} ${text(stream['name'])}`) ?? int(stream['first']) - 1);
    return { uplink, events: accepted - done.reduce((sum, count) => sum + count, 0) };
  });
  const [media] = all(mediaTotalsQuery);
  const deadLetters = all('SELECT at, pipeline, stage, device, reason FROM dead_letter ORDER BY id DESC LIMIT 20');
  return {
    epoch: text(all("SELECT value FROM meta WHERE key = 'epoch'")[0]?.['value']),
    outbox: {
      accepted,
      refused: {},
      lanes: lanes.map(laneStatus),
      media: { files: int(media?.['files']), bytes: int(media?.['bytes']) },
    },
    waiting,
    deadLetters: deadLetters.map(row => ({
      at: int(row['at']),
      pipeline: text(row['pipeline']),
      stage: text(row['stage']),
      device: text(row['device']),
      reason: text(row['reason']),
    })),
  };
};

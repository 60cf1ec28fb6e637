/** Looks into the outbox of a gateway that does not run, without changing it: for `haidang outbox`. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { GatewayError } from '../../core/errors.ts';
import { lanes } from '../../core/sealed.ts';
import type { Instant } from '../../core/time.ts';
import { isWanted } from '../../core/wanted.ts';
import type { LaneStatus, OutboxStatus, SetAside } from '../runtime/status.ts';
import { databaseName } from './database.ts';
import { demandAccess } from './disk.ts';
import { clipTotalsQuery, mediaTotalsQuery } from './media-rows.ts';
import { parseRanges, sizeOf } from './ranges.ts';
import { refusedQuery, toSetAside } from './refused-events.ts';
import { int, text } from './row-values.ts';
import type { StoreSink } from './store.ts';
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
  /** Events that an uplink's broker refused again and again, the newest first. */
  readonly setAside: readonly (SetAside & {
    /** The stored event in JSON. */
    readonly body: string;
  })[];
}

/** Throws `config` when there is no outbox, this user may not read it or a running gateway has it open, `damaged` when it cannot be read. */
export const inspectOutbox = (folder: string, uplinks: readonly StoreSink[]): InspectedOutbox => {
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

const inspect = (database: DatabaseSync, uplinks: readonly StoreSink[]): InspectedOutbox => {
  const all = (query: string): Record<string, unknown>[] => database.prepare(query).all();
  const streams = all('SELECT id, name, lane, first, next, rows, bytes FROM stream');
  const tables = new Set(all("SELECT name FROM sqlite_schema WHERE type = 'table'").map(({ name }) => text(name)));
  // An outbox of the first version has none of them.
  const allOf = (table: string, query: string): Record<string, unknown>[] => (tables.has(table) ? all(query) : []);
  const kept = new Map(
    allOf(
      'history',
      'SELECT stream, max(high) AS high, sum(rows) AS rows, sum(bytes) AS bytes, min(at) AS at FROM history GROUP BY stream',
    ).map(row => [int(row['stream']), row]),
  );
  const keptOf = (stream: Record<string, unknown>, what: string): number => int(kept.get(int(stream['id']))?.[what]);
  const sum = (of: readonly Record<string, unknown>[], what: string): number =>
    of.reduce((total, stream) => total + int(stream[what]), 0);
  const sumKept = (of: readonly Record<string, unknown>[], what: string): number =>
    of.reduce((total, stream) => total + keptOf(stream, what), 0);
  const oldestOf = (stream: Record<string, unknown>): number | undefined => {
    const query = `SELECT time FROM stream_${int(stream['id'])} WHERE number > ? ORDER BY number LIMIT 1`;
    const row = database.prepare(query).get(keptOf(stream, 'high'));
    return row && int(row['time']);
  };
  const shed = all('SELECT lane, reason, count FROM shed_count');
  const laneStatus = (lane: LaneStatus['lane']): LaneStatus => {
    const own = streams.filter(stream => stream['lane'] === lane);
    const oldest = own.flatMap(stream => oldestOf(stream) ?? []);
    return {
      lane,
      rows: sum(own, 'rows') - sumKept(own, 'rows'),
      bytes: sum(own, 'bytes') - sumKept(own, 'bytes'),
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
  const waiting = uplinks.map(({ name: uplink, wanted = {} }) => {
    const own = streams.filter(stream => isWanted(wanted, text(stream['name'])));
    const counts = own.map(stream => {
      // An uplink that settled nothing yet waits for all that is still there.
      const gone = Math.max(int(stream['first']) - 1, keptOf(stream, 'high'));
      return int(stream['next']) - 1 - (settled.get(`${uplink} ${text(stream['name'])}`) ?? gone);
    });
    return { uplink, events: counts.reduce((total, count) => total + count, 0) };
  });
  const keptSince = [...kept.values()].flatMap(({ at }) => (typeof at === 'number' ? [at] : []));
  const setAside = allOf('refused_event', refusedQuery);
  const [media] = all(mediaTotalsQuery);
  const [clips] = all(clipTotalsQuery);
  const deadLetters = all('SELECT at, pipeline, stage, device, reason FROM dead_letter ORDER BY id DESC LIMIT 20');
  return {
    epoch: text(all("SELECT value FROM meta WHERE key = 'epoch'")[0]?.['value']),
    outbox: {
      accepted,
      refused: {},
      lanes: lanes.map(laneStatus),
      history: {
        rows: sumKept(streams, 'rows'),
        bytes: sumKept(streams, 'bytes'),
        ...(keptSince.length > 0 && { oldest: Math.min(...keptSince) }),
      },
      setAside: setAside.map(toSetAside),
      media: { files: int(media?.['files']), bytes: int(media?.['bytes']) },
      clips: { files: int(clips?.['files']), bytes: int(clips?.['bytes']) },
    },
    waiting,
    deadLetters: deadLetters.map(row => ({
      at: int(row['at']),
      pipeline: text(row['pipeline']),
      stage: text(row['stage']),
      device: text(row['device']),
      reason: text(row['reason']),
    })),
    setAside: setAside.map(row => ({
      ...toSetAside(row),
      body: row['body'] instanceof Uint8Array ? Buffer.from(row['body']).toString() : '',
    })),
  };
};

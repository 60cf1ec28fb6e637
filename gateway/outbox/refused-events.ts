/** Events that a sink's other side refused again and again: kept for a person, a bounded number of them. */
import type { DatabaseSync } from 'node:sqlite';
import type { SetAside } from '../runtime/status.ts';
import { int, text } from './row-values.ts';

/** The newest that are kept, at 64 KiB each at most. */
const mostKept = 200;

/** The newest that are shown. */
export const refusedQuery =
  'SELECT at, sink, stream, number, topic, reason, body FROM refused_event ORDER BY id DESC LIMIT 20';

export const toSetAside = (row: Record<string, unknown>): SetAside => ({
  at: int(row['at']),
  uplink: text(row['sink']),
  stream: text(row['stream']),
  number: int(row['number']),
  topic: text(row['topic']),
  reason: text(row['reason']),
});

export interface RefusedEvents {
  keep(event: SetAside & { readonly body: Uint8Array }): void;
  newest(): readonly SetAside[];
  load(): void;
}

export const openRefusedEvents = (database: DatabaseSync): RefusedEvents => {
  const put = database.prepare(
    'INSERT INTO refused_event (at, sink, stream, number, topic, reason, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const cut = database.prepare('DELETE FROM refused_event WHERE id <= ?');
  const find = database.prepare(refusedQuery);
  let newest: readonly SetAside[] = [];
  const load = (): void => {
    newest = find.all().map(toSetAside);
  };

  return {
    keep: ({ at, uplink, stream, number, topic, reason, body }) => {
      const { lastInsertRowid } = put.run(at, uplink, stream, number, topic, reason.slice(0, 1000), body);
      cut.run(Number(lastInsertRowid) - mostKept);
      load();
    },
    newest: () => newest,
    load,
  };
};

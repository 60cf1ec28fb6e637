/** Pictures that accepted events name and that were not stored at the center yet. */
import type { DatabaseSync } from 'node:sqlite';
import type { Instant } from '../../core/time.ts';
import type { MediaFilter, MediaName, MediaRow } from './outbox.ts';
import { int, text } from './row-values.ts';

/** Files that wait, each once however many events name it. */
export const mediaTotalsQuery = `
  SELECT count(*) AS files, coalesce(sum(bytes), 0) AS bytes FROM (SELECT max(bytes) AS bytes FROM media GROUP BY sha256)
`;

/** Clips alone, which have a budget of their own. */
export const clipTotalsQuery = mediaTotalsQuery.replace('FROM media', "FROM media WHERE media_type = 'video/mp4'");

export interface MediaTotals {
  readonly files: number;
  readonly bytes: number;
}

export interface MediaRows {
  add(rows: readonly MediaRow[]): void;
  settle(names: readonly MediaName[]): void;
  pending(limit: number, only?: MediaFilter): readonly MediaRow[];
  /** Changes when those after row `after` expire. */
  restamp(after: number, change: (expires: Instant) => Instant | undefined): void;
  /** Row of the newest one ever, that still waits. */
  newest(): number;
  totals(): MediaTotals;
  clipTotals(): MediaTotals;
  load(): void;
}

export const openMediaRows = (database: DatabaseSync): MediaRows => {
  const put = database.prepare(
    `INSERT OR IGNORE INTO media (key, sha256, media_type, bytes, device, correlation, expires)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const drop = database.prepare(
    'DELETE FROM media WHERE key = ? AND correlation = ? RETURNING sha256, media_type, bytes',
  );
  const count = database.prepare('SELECT count(*) AS rows FROM media WHERE sha256 = ?');
  const find = database.prepare(
    `SELECT key, sha256, media_type, bytes, device, correlation, expires FROM media
     WHERE (?1 IS NULL OR sha256 = ?1) AND (?2 IS NULL OR (media_type = 'video/mp4') = ?2) ORDER BY id LIMIT ?3`,
  );
  const since = database.prepare('SELECT id, expires FROM media WHERE id > ?');
  const move = database.prepare('UPDATE media SET expires = ? WHERE id = ?');
  const newest = database.prepare('SELECT coalesce(max(id), 0) AS id FROM media');
  const totals = { files: 0, bytes: 0 };
  const clips = { files: 0, bytes: 0 };
  const weigh = (mediaType: string, files: 1 | -1, bytes: number): void => {
    for (const each of mediaType === 'video/mp4' ? [totals, clips] : [totals]) {
      each.files += files;
      each.bytes += files * bytes;
    }
  };
  const named = (sha256: string): number => int(count.get(sha256)?.['rows']);

  return {
    add: rows => {
      for (const { key, sha256, mediaType, bytes, device, correlation, expires } of rows) {
        const { changes } = put.run(key, sha256, mediaType, bytes, device, correlation, expires);
        if (Number(changes) === 0 || named(sha256) > 1) continue;
        weigh(mediaType, 1, bytes);
      }
    },
    settle: names => {
      for (const { key, correlation } of names) {
        const dropped = drop.get(key, correlation);
        if (dropped === undefined || named(text(dropped['sha256'])) > 0) continue;
        weigh(text(dropped['media_type']), -1, int(dropped['bytes']));
      }
    },
    pending: (limit, { sha256, kind } = {}) =>
      find.all(sha256 ?? null, kind === undefined ? null : Number(kind === 'clip'), limit).map(row => ({
        key: text(row['key']),
        sha256: text(row['sha256']),
        mediaType: text(row['media_type']),
        bytes: int(row['bytes']),
        device: text(row['device']),
        correlation: text(row['correlation']),
        expires: int(row['expires']),
      })),
    restamp: (after, change) => {
      for (const row of since.all(after)) {
        const expires = change(int(row['expires']));
        if (expires !== undefined) move.run(expires, int(row['id']));
      }
    },
    newest: () => int(newest.get()?.['id']),
    totals: () => ({ ...totals }),
    clipTotals: () => ({ ...clips }),
    load: () => {
      for (const [query, into] of [
        [mediaTotalsQuery, totals],
        [clipTotalsQuery, clips],
      ] as const) {
        const found = database.prepare(query).get();
        into.files = int(found?.['files']);
        into.bytes = int(found?.['bytes']);
      }
    },
  };
};

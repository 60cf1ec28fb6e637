/** The small tables beside the events: what stages saved, what is retained at the broker, and dead letters. */
import type { DatabaseSync } from 'node:sqlite';
import type { DeadLetter } from './outbox.ts';
import type { Group } from './protocol.ts';
import { text } from './row-values.ts';

const deadLettersKept = 1000;

export interface Keepsakes {
  save(group: Pick<Group, 'savedOwners' | 'savedKeys' | 'savedValues'>): void;
  saved(owner: string): ReadonlyMap<string, Uint8Array>;
  bury(letters: readonly DeadLetter[]): void;
  /** `undefined` marks the topic as to be cleared. */
  retain(topic: string, body: string | undefined): void;
  /** Undefined bodies are to be cleared. */
  retained(): ReadonlyMap<string, string | undefined>;
  /** The topic was cleared at every sink. */
  forget(topic: string): void;
}

export const openKeepsakes = (database: DatabaseSync): Keepsakes => {
  const put = database.prepare('INSERT OR REPLACE INTO saved VALUES (?, ?, ?)');
  const drop = database.prepare('DELETE FROM saved WHERE owner = ? AND key = ?');
  const find = database.prepare('SELECT key, value FROM saved WHERE owner = ?');
  const putLetter = database.prepare(
    'INSERT INTO dead_letter (at, pipeline, stage, device, reason, item) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const cutLetters = database.prepare('DELETE FROM dead_letter WHERE id <= ?');
  const putState = database.prepare('INSERT OR REPLACE INTO state VALUES (?, ?)');
  const dropState = database.prepare('DELETE FROM state WHERE topic = ? AND body IS NULL');
  const findStates = database.prepare('SELECT topic, body FROM state');

  return {
    save: ({ savedOwners, savedKeys, savedValues }) => {
      for (const [index, owner] of savedOwners.entries()) {
        const key = savedKeys[index] ?? '';
        const value = savedValues[index];
        if (value === undefined) drop.run(owner, key);
        else put.run(owner, key, value);
      }
    },
    saved: owner => {
      const found = new Map<string, Uint8Array>();
      for (const { key, value } of find.iterate(owner)) if (value instanceof Uint8Array) found.set(text(key), value);
      return found;
    },
    bury: letters => {
      let newest = 0;
      for (const { at, pipeline, stage, device, reason, item } of letters) {
        newest = Number(putLetter.run(at, pipeline, stage, device, reason, item).lastInsertRowid);
      }
      if (newest > deadLettersKept) cutLetters.run(newest - deadLettersKept);
    },
    retain: (topic, body) => {
      putState.run(topic, body ?? null);
    },
    retained: () =>
      new Map(
        findStates
          .all()
          .map(({ topic, body }): [string, string | undefined] => [
            text(topic),
            typeof body === 'string' ? body : undefined,
          ]),
      ),
    forget: topic => {
      dropState.run(topic);
    },
  };
};

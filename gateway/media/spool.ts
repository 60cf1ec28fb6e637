/** The folder of pictures and clips that wait: each file is named by the SHA-256 of its bytes, `<sha256>.jpg` or `.mp4`. */
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { systemCode } from '../../core/errors.ts';
import { extensionOf, type MediaType, mediaTypes } from '../../core/media-reference.ts';
import type { Duration, Instant } from '../../core/time.ts';

export type SpoolFile =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array }
  | { readonly kind: 'missing' }
  /** Its bytes are not those that were announced. */
  | { readonly kind: 'damaged' };

export interface Spool {
  read(sha256: string, mediaType: string): Promise<SpoolFile>;
  remove(sha256: string): Promise<void>;
  /** Removes what no waiting picture needs and has not changed for `age`: the event that was to name it never came. */
  sweep(needed: ReadonlySet<string>, age: Duration, now: Instant): Promise<number>;
}

/** Snapshots are some tens of kilobytes, a minute of video 15 megabytes. */
const largestFile = 20_000_000;

const swept = new RegExp(`^(?:[0-9a-f]{64}\\.(?:${mediaTypes.map(extensionOf).join('|')})|\\..*\\.part)$`);

const isGone = (failure: unknown): boolean => systemCode(failure) === 'ENOENT';

export const openSpool = (folder: string): Spool => {
  const fileOf = (sha256: string, type: MediaType): string => path.join(folder, `${sha256}.${extensionOf(type)}`);
  return {
    read: async (sha256, mediaType) => {
      const type = mediaTypes.find(name => name === mediaType);
      if (type === undefined) return { kind: 'missing' };
      try {
        if ((await stat(fileOf(sha256, type))).size > largestFile) return { kind: 'damaged' };
        const bytes = await readFile(fileOf(sha256, type));
        const isWhole = createHash('sha256').update(bytes).digest('hex') === sha256;
        return isWhole ? { kind: 'whole', bytes } : { kind: 'damaged' };
      } catch (failure) {
        if (isGone(failure)) return { kind: 'missing' };
        throw failure;
      }
    },
    remove: async sha256 => {
      for (const type of mediaTypes) await rm(fileOf(sha256, type), { force: true });
    },
    sweep: async (needed, age, now) => {
      let removed = 0;
      const names = await readdir(folder).catch((failure: unknown) => {
        if (isGone(failure)) return [];
        throw failure;
      });
      for (const name of names) {
        // Half-written files of a writer that died are swept too.
        if (!swept.test(name) || needed.has(name.slice(0, 64))) continue;
        const file = path.join(folder, name);
        const changed = await stat(file).catch(() => undefined);
        if (changed === undefined || now - changed.mtimeMs < age) continue;
        await rm(file, { force: true });
        removed++;
      }
      return removed;
    },
  };
};

import { expect, test } from 'vitest';
import { createRandom } from '../../simulators/world/random.ts';
import { type Cut, createDisk, type Disk } from './support/disk-model.ts';
import type { Operation } from './support/trace.ts';

const nothing: Cut = { sectorBytes: 512, data: 0, names: 0 };
const everything: Cut = { sectorBytes: 512, data: 1, names: 1 };

const write = (path: string, offset: number, text: string): Operation => ({
  kind: 'write',
  path,
  offset,
  bytes: Buffer.from(text),
});
const diskAfter = (...operations: readonly Operation[]): Disk => {
  const disk = createDisk('/box');
  for (const operation of operations) disk.apply(operation);
  return disk;
};
const textOf = (disk: Disk, cut: Cut, path: string, seed = 1): string | undefined => {
  const bytes = disk.cut(cut, createRandom('cut', seed)).files.get(path);
  return bytes && Buffer.from(bytes).toString();
};
const make: readonly Operation[] = [
  { kind: 'create', path: '/box/a' },
  { kind: 'sync', path: '/box' },
];

test('keeps what was synchronized, and may lose what came after', () => {
  const disk = diskAfter(
    ...make,
    write('/box/a', 0, 'old'),
    { kind: 'sync', path: '/box/a' },
    write('/box/a', 0, 'new'),
  );
  expect(textOf(disk, nothing, '/box/a')).toBe('old');
  expect(textOf(disk, everything, '/box/a')).toBe('new');
  expect(disk.unsynced()).toBe(1);
});

test('loses a file whose folder was not synchronized, whatever is in it', () => {
  const disk = diskAfter({ kind: 'create', path: '/box/a' }, write('/box/a', 0, 'x'), { kind: 'sync', path: '/box/a' });
  expect(textOf(disk, nothing, '/box/a')).toBeUndefined();
  disk.apply({ kind: 'sync', path: '/box' });
  expect(textOf(disk, nothing, '/box/a')).toBe('x');
});

test('loses all that lies in a folder that is lost', () => {
  const disk = diskAfter(
    { kind: 'make-folder', path: '/box/deep' },
    { kind: 'create', path: '/box/deep/a' },
    write('/box/deep/a', 0, 'x'),
    { kind: 'sync', path: '/box/deep/a' },
    { kind: 'sync', path: '/box/deep' },
  );
  expect(disk.cut(nothing, createRandom(1))).toEqual({ folders: ['/box'], files: new Map() });
});

test('has a renamed file under one of its names', () => {
  const disk = diskAfter(...make, { kind: 'rename', from: '/box/a', to: '/box/b' });
  const found = new Set(
    Array.from({ length: 40 }, (_, seed) => [
      ...disk.cut({ ...nothing, names: 0.5 }, createRandom('names', seed)).files.keys(),
    ]).map(names => names.join()),
  );
  expect(found).toEqual(new Set(['/box/a', '/box/b']));
});

test('tears a write between sectors and never within one', () => {
  const long = 'x'.repeat(512 * 3);
  const disk = diskAfter(...make, write('/box/a', 0, 'o'.repeat(512 * 3)), { kind: 'sync', path: '/box/a' });
  disk.apply(write('/box/a', 0, long));
  const found = Array.from({ length: 60 }, (_, seed) =>
    textOf(disk, { sectorBytes: 512, data: 0.5, names: 1 }, '/box/a', seed),
  );
  const sectors = found.map(text => text?.match(/.{512}/g)?.map(sector => new Set(sector)));
  expect(sectors.flat().every(letters => letters?.size === 1)).toBe(true);
  // In any order: also the last without the first.
  expect(new Set(found).size).toBe(8);
});

test('may have a file longer than what was written of it, and never what was cut off', () => {
  const disk = diskAfter(...make, write('/box/a', 0, 'secret'), { kind: 'sync', path: '/box/a' });
  disk.apply({ kind: 'truncate', path: '/box/a', size: 0 });
  disk.apply(write('/box/a', 4, 'new'));
  const found = new Set(
    Array.from({ length: 80 }, (_, seed) => textOf(disk, { sectorBytes: 512, data: 0.4, names: 1 }, '/box/a', seed)),
  );
  expect(found).toContain('\0\0\0\0new');
  expect(found).toContain('\0'.repeat(7));
  expect(found).not.toContain('secrnew');
  for (const text of found) expect(['', 'secret', '\0\0\0\0new', '\0'.repeat(7)]).toContain(text);
});

test('cuts the same way for the same seed', () => {
  const disk = diskAfter(...make, write('/box/a', 0, 'x'.repeat(9000)));
  const cut: Cut = { sectorBytes: 4096, data: 0.5, names: 0.5 };
  const twice = [1, 2].map(() => disk.cut(cut, createRandom('again', 7)));
  expect(twice[0]).toEqual(twice[1]);
});

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { missingPrograms, temporaryFolder } from '../support/resources.ts';
import { readTrace, traced } from './support/trace.ts';

const missing = missingPrograms('strace');

const hex = (text: string): string => Buffer.from(text).toString('hex').replace(/../g, '\\x$&');

test('reads calls that other threads interrupt, in the order in which they ended', () => {
  const trace = [
    `7 openat(AT_FDCWD<${hex('/')}>, "${hex('/box/a')}", O_RDWR|O_CREAT|O_TRUNC, 0644) = 5<${hex('/box/a')}>`,
    `7 write(5<${hex('/box/a')}>, "${hex('one')}", 3 <unfinished ...>`,
    `8 write(1<${hex('pipe:[9]')}>, "${hex('told\n')}", 5 <unfinished ...>`,
    `7 <... write resumed>) = 3`,
    `7 fsync(5<${hex('/box/a')}> <unfinished ...>`,
    `8 <... write resumed>) = 5`,
    `8 write(5<${hex('/box/a')}>, "${hex('two')}", 3) = 2`,
    `7 <... fsync resumed>) = 0`,
    `7 pwrite64(5<${hex('/elsewhere')}>, "${hex('two')}", 3, 8192) = 3`,
    `7 pwrite64(5<${hex('/box/a')}>, "${hex('three')}", 5, 4096) = 5`,
    `7 ftruncate(5<${hex('/box/a')}>, 12) = 0`,
    `7 rename("${hex('/box/a')}", "${hex('/box/b')}") = 0`,
    `7 unlink("${hex('/box/c')}") = -1 ENOENT (No such file or directory)`,
  ];
  const bytes = (text: string): Buffer => Buffer.from(text);
  expect(readTrace(trace.join('\n'), '/box')).toEqual([
    { kind: 'create', path: '/box/a' },
    { kind: 'truncate', path: '/box/a', size: 0 },
    { kind: 'said', text: 'told\n' },
    { kind: 'write', path: '/box/a', offset: 0, bytes: bytes('one') },
    { kind: 'write', path: '/box/a', offset: 3, bytes: bytes('tw') },
    { kind: 'sync', path: '/box/a' },
    { kind: 'write', path: '/box/a', offset: 4096, bytes: bytes('three') },
    { kind: 'truncate', path: '/box/a', size: 12 },
    { kind: 'rename', from: '/box/a', to: '/box/b' },
  ]);
});

test('refuses what it does not follow, and only where it matters', () => {
  const mapped = (file: string): string =>
    `7 mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 5<${hex(file)}>, 0) = 0x7f0000000000`;
  expect(readTrace(mapped('/elsewhere'), '/box')).toEqual([]);
  expect(() => readTrace(mapped('/box/a'), '/box')).toThrow('a shared mapping');
  const long = (text: string): string => `7 write(5<${hex('/box/a')}>, "${hex(text)}"..., 4096) = 4096`;
  expect(readTrace(long('\0'), '/box')).toEqual([
    { kind: 'write', path: '/box/a', offset: 0, bytes: Buffer.alloc(4096) },
  ]);
  expect(() => readTrace(long('x'), '/box')).toThrow('that was cut');
  expect(() => readTrace(`7 fallocate(5<${hex('/box/a')}>, 0, 0, 4096) = 0`, '/box')).toThrow('fallocate');
});

test.skipIf(missing)('reads what strace says of a real program', async () => {
  await using folder = await temporaryFolder();
  const box = path.join(folder.path, 'box');
  const file = path.join(folder.path, 'trace');
  mkdirSync(box);
  const script = 'echo one > "$0/a"; mv "$0/a" "$0/b"; mkdir "$0/c"; rm "$0/b"; sync "$0"; echo done';
  const [program = '', ...rest] = [...traced(file), 'sh', '-c', script, box];
  execFileSync(program, rest);
  const found = readTrace(await readFile(file, 'utf8'), box);
  expect(found.map(({ kind }) => kind)).toEqual([
    'create',
    'truncate',
    'write',
    'rename',
    'make-folder',
    'unlink',
    'sync',
    'said',
  ]);
});

import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLogFile } from '../../../gateway/ops/log-file.ts';
import { temporaryFolder } from '../../support/resources.ts';

const line = (number: number): string => `${String(number).padStart(9, '0')}\n`;

const totalSize = (folder: string): number =>
  readdirSync(folder).reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0);

describe('the log in a file', () => {
  it('never takes more than its size times its files, and keeps the newest lines', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'log', 'gateway.log');
    using log = openLogFile({ file, size: 100, files: 3 });
    let largest = 0;
    for (let number = 0; number < 200; number++) {
      log.write(line(number));
      largest = Math.max(largest, totalSize(path.dirname(file)));
    }
    expect(largest).toBe(300);
    expect(readdirSync(path.dirname(file)).toSorted()).toEqual(['gateway.log', 'gateway.log.1', 'gateway.log.2']);
    const kept = ['.2', '.1', ''].map(suffix => readFileSync(`${file}${suffix}`, 'utf8')).join('');
    expect(kept).toBe(Array.from({ length: 30 }, (_, index) => line(170 + index)).join(''));
  });

  it('goes on with the file that is there, over a restart', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'gateway.log');
    for (const number of [1, 2]) {
      using log = openLogFile({ file, size: 100, files: 2 });
      log.write(line(number));
    }
    expect(readFileSync(file, 'utf8')).toBe(line(1) + line(2));
  });

  it('removes what an earlier configuration kept beyond this one', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'gateway.log');
    for (const age of [1, 2, 7]) writeFileSync(`${file}.${age}`, 'x'.repeat(age === 1 ? 5000 : 50));
    writeFileSync(`${file}.notes`, 'of somebody else');
    using log = openLogFile({ file, size: 100, files: 3 });
    log.write(line(1));
    expect(readdirSync(folder.path).toSorted()).toEqual(['gateway.log', 'gateway.log.2', 'gateway.log.notes']);
  });

  it('keeps only itself where one file is allowed', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'gateway.log');
    using log = openLogFile({ file, size: 100, files: 1 });
    for (let number = 0; number < 25; number++) log.write(line(number));
    expect(readdirSync(folder.path)).toEqual(['gateway.log']);
    expect(readFileSync(file, 'utf8')).toBe([20, 21, 22, 23, 24].map(line).join(''));
  });

  it('says which file it cannot write', async () => {
    await using folder = await temporaryFolder();
    const blocked = path.join(folder.path, 'plain');
    writeFileSync(blocked, '');
    expect(() => openLogFile({ file: path.join(blocked, 'gateway.log'), size: 100, files: 2 })).toThrow(
      expect.objectContaining({ kind: 'config', message: expect.stringContaining('plain/gateway.log') }),
    );
  });
});

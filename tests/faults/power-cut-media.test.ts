/** The power goes while pictures are written: what an event may name by then is there, whole. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createRandom } from '../../simulators/world/random.ts';
import { missingPrograms, projectFile, temporaryFolder } from '../support/resources.ts';
import { createDisk } from './support/disk-model.ts';
import { inForm, seed, tell } from './support/form.ts';
import { type Operation, readTrace, traced } from './support/trace.ts';

const missing = missingPrograms('strace');

const cutsAtEach = inForm({ short: 1, long: 10 });

/** Names that were promised and are not there as promised, by the instant of the cut. */
const judge = (operations: readonly Operation[], root: string, spool: string) => {
  const random = createRandom('power-cut-media', seed);
  const disk = createDisk(root);
  const promised: string[] = [];
  const wrong: string[] = [];
  let cuts = 0;
  for (const [index, operation] of operations.entries()) {
    disk.apply(operation);
    if (operation.kind === 'said') promised.push(...operation.text.split('\n').filter(name => name !== ''));
    for (let n = 0; n < cutsAtEach; n++) {
      const { files } = disk.cut(
        { sectorBytes: n % 2 === 0 ? 512 : 4096, data: random(), names: random() ** 3 },
        random,
      );
      cuts++;
      for (const name of promised) {
        const bytes = files.get(path.join(spool, name));
        const isWhole = bytes !== undefined && `${createHash('sha256').update(bytes).digest('hex')}.jpg` === name;
        if (!isWhole) wrong.push(`cut at ${index}: ${name} is ${bytes === undefined ? 'missing' : 'damaged'}`);
      }
    }
  }
  return { cuts, promised: promised.length, wrong };
};

test.skipIf(missing)('loses no picture that an event may name when the power goes', async () => {
  await using folder = await temporaryFolder();
  const spool = path.join(folder.path, 'storage', 'media');
  await using scratch = await temporaryFolder();
  const trace = path.join(scratch.path, 'trace');
  const program = projectFile('tests', 'faults', 'support', 'write-media.ts');
  const [strace = '', ...rest] = [...traced(trace), process.execPath, program, spool, '12'];
  await promisify(execFile)(strace, rest);
  const operations = readTrace(await readFile(trace, 'utf8'), folder.path);
  const { cuts, promised, wrong } = judge(operations, folder.path, spool);
  expect(wrong.slice(0, 5), `HAIDANG_SEED=${seed} repeats it`).toEqual([]);
  expect(promised).toBe(12);
  const forgetful = operations.filter(operation => operation.kind !== 'sync' || !operation.path.endsWith('.part'));
  expect(judge(forgetful, folder.path, spool).wrong.length, 'it would be found').toBeGreaterThan(0);
  tell(`power cuts, seed ${seed}: ${cuts} cuts while pictures are written, 0 lost`);
});

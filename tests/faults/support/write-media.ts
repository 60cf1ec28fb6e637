/** A program that writes files into a media spool and prints the name of each that is promised to be on the disk. */
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { writeMediaFile } from '../../../gateway/vision/media-file.ts';

const [, , folder = '', count = '0'] = process.argv;

for (let n = 0; n < Number(count); n++) {
  // Every third one is there already.
  const bytes = Buffer.alloc(500 + 700 * n, `picture ${n - (n % 3 === 2 ? 1 : 0)} `);
  const name = `${createHash('sha256').update(bytes).digest('hex')}.jpg`;
  await Promise.all([writeMediaFile(folder, name, bytes), writeMediaFile(folder, name, bytes)]);
  writeSync(1, `${name}\n`);
}

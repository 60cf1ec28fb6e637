/**
 * The log in a file of bounded size, with some older ones beside it: never more than `size` × `files` on the disk. A
 * disk that takes nothing loses lines of the log and nothing else.
 */
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { GatewayError, systemCode } from '../../core/errors.ts';
import { seconds } from '../../core/time.ts';

export interface LogFileOptions {
  /** Made with its folder when it is not there. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** The one that grows, and those before it: `<file>.1` is the newest of them. */
  readonly files: number;
}

export interface LogFile extends Disposable {
  /** One line with its end. Never throws. */
  write(line: string): void;
}

/** A file that cannot be written is tried again so often. */
const retryEvery = seconds(10);

/** Throws `config` when there can be no such file. */
export const openLogFile = ({ file, size, files }: LogFileOptions): LogFile => {
  let descriptor: number | undefined;
  let used = 0;
  let triedAt = Number.NEGATIVE_INFINITY;

  const nameOf = (age: number): string => (age === 0 ? file : `${file}.${age}`);

  /** Older files than are kept, and those that an earlier configuration let grow larger. */
  const removeSurplus = (): void => {
    const start = `${path.basename(file)}.`;
    for (const name of readdirSync(path.dirname(file))) {
      const age = name.startsWith(start) ? Number(name.slice(start.length)) : Number.NaN;
      if (!Number.isInteger(age) || age < 1) continue;
      const kept = path.join(path.dirname(file), name);
      if (age >= files || statSync(kept).size > size) rmSync(kept, { force: true });
    }
  };

  const open = (): void => {
    descriptor = openSync(file, 'a', 0o640);
    used = fstatSync(descriptor).size;
  };

  const close = (): void => {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  };

  const rotate = (): void => {
    close();
    rmSync(nameOf(files - 1), { force: true });
    for (let age = files - 2; age >= 0; age--) {
      try {
        renameSync(nameOf(age), nameOf(age + 1));
      } catch (failure) {
        if (systemCode(failure) !== 'ENOENT') throw failure;
      }
    }
    removeSurplus();
    open();
  };

  const append = (bytes: Buffer): void => {
    if (descriptor === undefined) open();
    if (used > 0 && used + bytes.length > size) rotate();
    if (descriptor !== undefined) used += writeSync(descriptor, bytes);
  };

  try {
    mkdirSync(path.dirname(file), { recursive: true });
    removeSurplus();
    open();
  } catch (failure) {
    if (systemCode(failure) === undefined) throw failure;
    throw new GatewayError('config', `the log cannot be written to ${file}: ${systemCode(failure)}`, {
      advice: 'Choose another place for it, or let this user write there.',
      path: ['log', 'file'],
    });
  }

  return {
    write: line => {
      const bytes = Buffer.from(line);
      if (bytes.length > size) return;
      if (descriptor === undefined && performance.now() - triedAt < retryEvery) return;
      try {
        append(bytes);
      } catch (failure) {
        if (systemCode(failure) === undefined) throw failure;
        triedAt = performance.now();
        try {
          close();
        } catch {
          // What cannot be closed is opened anew all the same.
          descriptor = undefined;
        }
      }
    },
    [Symbol.dispose]: close,
  };
};

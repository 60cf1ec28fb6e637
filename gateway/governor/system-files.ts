/** The small files of /proc and /sys. */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import path from 'node:path';

/** The kernel makes these files of its memory, and each reading by Node.js without a known size takes 64 KiB. */
const buffer = Buffer.alloc(16 * 1024);

/** The first 16 KiB of a file; undefined where it is not there, or may not be read. */
export const readSystemFile = (...names: readonly string[]): string | undefined => {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path.join(...names), 'r');
    return buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, buffer.length, 0));
  } catch {
    // A process has ended meanwhile, a sensor does not answer, or the system does not tell.
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
};

export const namesInSystemFolder = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

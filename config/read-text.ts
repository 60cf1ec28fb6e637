import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { systemCode } from '../core/errors.ts';

/** A city's whole device list is below a megabyte; a larger file is no configuration. */
const largestFile = 4 * 2 ** 20;

/** By the system's code. */
const unreadable: ReadonlyMap<string, readonly [message: string, advice: string]> = new Map([
  ['ENOENT', ['there is no such file', 'Check the path; examples of configurations are in the folder config.']],
  ['EISDIR', ['is a folder', 'Give the path of a configuration file in it.']],
  ['EACCES', ['this user may not read it', 'Run it as the user of the gateway, or let this user read the file.']],
]);

export interface Unreadable {
  readonly message: string;
  readonly advice: string;
}

/** The text of a configuration file, or why there is none. */
export const readText = async (file: string): Promise<string | Unreadable> => {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (thrown) {
    const code = systemCode(thrown) ?? 'unknown error';
    const [message, advice] = unreadable.get(code) ?? [`cannot be read (${code})`, 'Check the path and the disk.'];
    return { message, advice };
  }
  if (bytes.length > largestFile) {
    return { message: 'is larger than 4 MiB', advice: 'Give the path of a configuration file.' };
  }
  if (!isUtf8(bytes)) return { message: 'is not UTF-8 text', advice: 'Save it as UTF-8.' };
  return bytes.toString();
};

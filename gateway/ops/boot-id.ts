import { readFile } from 'node:fs/promises';

/** Another one after each start of the machine (Linux random(4)); undefined where the system tells none. */
export const readBootId = async (): Promise<string | undefined> => {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  } catch {
    return undefined;
  }
};

/** A provider that drops files into a folder, one for each delivery. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Courier } from './courier.ts';

export const dropCourierConfig = z.strictObject({
  transport: z.literal('folder').describe('The provider drops files into a folder.'),
  path: z.string().startsWith('/').describe('The folder; it is made when it is not there.'),
  interval: z.string().optional().describe('How often the gateway is to look.'),
});

export const openDropCourier = async (config: z.output<typeof dropCourierConfig>, ending: string): Promise<Courier> => {
  const { path: folder, interval } = config;
  await mkdir(folder, { recursive: true });
  let shown: Parameters<Courier['show']>[0];
  let dropped = 0;
  return {
    connection: { transport: 'folder', path: folder, ...(interval !== undefined && { interval }) },
    deliver: async (bytes, whole) => {
      if (shown !== undefined && shown !== 'noise' && shown !== 'hang') return false;
      const name = `positions-${Date.now()}-${++dropped}.${ending}`;
      const unfinished = path.join(folder, `.${name}`);
      await writeFile(unfinished, whole ? bytes : bytes.subarray(0, Math.ceil(bytes.length / 2)));
      if (whole) await rename(unfinished, path.join(folder, name));
      return whole;
    },
    show: fault => {
      shown = fault;
    },
    [Symbol.asyncDispose]: async () => {},
  };
};

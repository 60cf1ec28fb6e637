/**
 * A serial line behind a USB adapter, with the names that Linux gives it: `ttyUSB0` for the lowest number that is free
 * when it is plugged in (usb-serial), and one by the place where it is plugged in (udev, 60-serial.rules). So an adapter
 * that was pulled out may come back under the number of another one; its place stays the same.
 */
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { systemCode } from '../../core/errors.ts';
import type { Heard, Outlet } from './outlet.ts';
import { openPty, type PluggedIn } from './pty.ts';

export const usbOutletConfig = z.strictObject({
  transport: z.literal('usb').describe('The device is on a pseudo-terminal with the names of a USB adapter.'),
  folder: z
    .string()
    .min(1)
    .max(256)
    .regex(/^[\w./-]+$/)
    .describe('What stands for /dev; adapters of one machine share it.'),
  place: z
    .string()
    .min(1)
    .max(128)
    .regex(/^[\w.:-]+$/)
    .describe('Its name under serial/by-path.'),
});
export type UsbOutletConfig = z.output<typeof usbOutletConfig>;

/** The lowest number that no adapter has; its file is held until it is given back. */
const takeNumber = async (folder: string): Promise<PluggedIn> => {
  for (let number = 0; ; number++) {
    const link = path.join(folder, `ttyUSB${number}`);
    const held = `${link}.held`;
    try {
      await writeFile(held, '', { flag: 'wx' });
      return {
        link,
        [Symbol.asyncDispose]: async () => {
          await rm(link, { force: true });
          await rm(held, { force: true });
        },
      };
    } catch (failure) {
      if (systemCode(failure) !== 'EEXIST') throw failure;
    }
  }
};

export const openUsbOutlet = async (config: UsbOutletConfig, heard?: Heard): Promise<Outlet> => {
  const folder = path.resolve(config.folder);
  const byPath = path.join(folder, 'serial', 'by-path', config.place);
  await mkdir(path.dirname(byPath), { recursive: true });
  const name = async (): Promise<PluggedIn> => {
    const numbered = await takeNumber(folder);
    await rm(byPath, { force: true });
    await symlink(path.relative(path.dirname(byPath), numbered.link), byPath);
    return {
      link: numbered.link,
      [Symbol.asyncDispose]: async () => {
        await rm(byPath, { force: true });
        await numbered[Symbol.asyncDispose]();
      },
    };
  };
  return openPty(byPath, name, heard);
};

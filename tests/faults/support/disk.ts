/** A file system of a test's own. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, truncateSync, writeSync } from 'node:fs';
import path from 'node:path';

export interface Disk extends Disposable {
  readonly folder: string;
  /** What the kernel does to an ext4 file system that is broken: read-only from now on, until it is repaired. */
  makeReadOnly(): void;
  /** As after a new start of the machine: checked, repaired and mounted again. */
  repair(): void;
}

/** An ext4 file system in a file, or undefined where this user may not mount one. */
export const mountDisk = (folder: string, megabytes: number): Disk | undefined => {
  const image = path.join(folder, 'disk.img');
  const mounted = path.join(folder, 'disk');
  mkdirSync(mounted);
  const run = (program: string, ...args: readonly string[]): boolean =>
    spawnSync(program, args, { stdio: 'ignore' }).status === 0;
  const handle = openSync(image, 'w');
  closeSync(handle);
  truncateSync(image, megabytes * 2 ** 20);
  const mount = (): boolean => run('mount', '-o', 'loop,errors=remount-ro', image, mounted);
  if (!run('mkfs.ext4', '-q', '-m', '0', image) || !mount()) {
    process.stderr.write('\n!!! TEST SKIPPED: no file system can be mounted here\n\n');
    return undefined;
  }
  return {
    folder: mounted,
    makeReadOnly: () => {
      const device = path.basename(execFileSync('findmnt', ['-n', '-o', 'SOURCE', mounted]).toString().trim());
      const trigger = openSync(`/sys/fs/ext4/${device}/trigger_fs_error`, 'w');
      writeSync(trigger, '1');
      closeSync(trigger);
    },
    repair: () => {
      execFileSync('umount', [mounted]);
      // 1: errors were found and corrected (e2fsck(8)).
      const { status } = spawnSync('e2fsck', ['-f', '-y', image], { stdio: 'ignore' });
      if ((status ?? 8) > 1 || !mount()) throw new Error(`the disk cannot be repaired: ${status}`);
    },
    [Symbol.dispose]: () => run('umount', mounted),
  };
};

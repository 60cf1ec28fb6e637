/** The process of a gateway that looks at pictures, and how it runs out of memory. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { until } from '../../support/resources.ts';

/** The vision process of a gateway. */
export const visionPid = (gatewayPid: number): number | undefined =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .find(pid => {
      try {
        const parent = Number(/PPid:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
        return parent === gatewayPid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/vision/child');
      } catch {
        // It ended in the meantime.
        return false;
      }
    });

/** Control groups (Linux, cgroups(7)) of the two versions, with the files that bound their memory. */
const memoryGroups = [
  { root: '/sys/fs/cgroup/memory', limits: ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes'] },
  { root: '/sys/fs/cgroup', limits: ['memory.max'] },
] as const;

/** Leaves a process no more than `bytes` beside what it has; undefined where we may not. */
const starve = (pid: number, bytes: number): Disposable | undefined => {
  const known = memoryGroups.find(
    ({ root, limits: [limit] }) => existsSync(path.join(root, limit)) || limit === 'memory.max',
  );
  if (known === undefined) return undefined;
  const group = path.join(known.root, `haidang-test-${pid}`);
  try {
    mkdirSync(group);
    writeFileSync(path.join(group, 'cgroup.procs'), String(pid));
    for (const limit of known.limits)
      if (existsSync(path.join(group, limit))) writeFileSync(path.join(group, limit), String(bytes));
  } catch {
    return undefined;
  }
  return { [Symbol.dispose]: () => rmdirSync(group) };
};

/**
 * Ends a process as the kernel does for want of memory, with a SIGKILL. True when it was the kernel: a process that
 * asks for nothing more within 20 s is ended by us, since what it has already counts elsewhere.
 */
export const endForWantOfMemory = async (pid: number): Promise<boolean> => {
  const isGone = (): boolean => !existsSync(`/proc/${pid}`);
  const grip = starve(pid, 4 * 2 ** 20);
  const deadline = performance.now() + (grip === undefined ? 0 : 20_000);
  while (!isGone() && performance.now() < deadline) await new Promise(resolve => setTimeout(resolve, 20));
  const wasKernel = isGone();
  if (!wasKernel) process.kill(pid, 'SIGKILL');
  await until('it is gone', isGone, 10_000);
  grip?.[Symbol.dispose]();
  return wasKernel;
};

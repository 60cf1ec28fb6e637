import { spawn } from 'node:child_process';
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../core/time.ts';
import { createMeasuring } from '../../../gateway/governor/measure.ts';
import { temporaryFolder, until } from '../../support/resources.ts';

interface FakeProcess {
  readonly parent: number;
  readonly name?: string;
  readonly residentKibibytes: number;
  readonly ticks?: number;
  readonly started?: number;
  readonly written?: number;
  readonly cancelled?: number;
}

/** A process as Linux 6.1 shows it below /proc. */
const put = async (
  proc: string,
  pid: number,
  { parent, name = 'node', residentKibibytes, ticks = 0, started = 1000, written, cancelled = 0 }: FakeProcess,
): Promise<void> => {
  const folder = path.join(proc, String(pid));
  await mkdir(folder, { recursive: true });
  const stat = `${pid} (${name}) S ${parent} 1 1 0 -1 4194304 900 0 0 0 ${ticks} 0 0 0 20 0 11 0 ${started} 1000000 5000 0\n`;
  await writeFile(path.join(folder, 'stat'), stat);
  await writeFile(
    path.join(folder, 'status'),
    `Name:\t${name}\nVmPeak:\t  999999 kB\nVmRSS:\t  ${residentKibibytes} kB\n`,
  );
  if (written === undefined) return;
  const io = `rchar: 9\nwchar: 99999\nread_bytes: 5\nwrite_bytes: ${written}\ncancelled_write_bytes: ${cancelled}\n`;
  await writeFile(path.join(folder, 'io'), io);
};

const openMachine = async () => {
  const folder = await temporaryFolder();
  const proc = path.join(folder.path, 'proc');
  const sys = path.join(folder.path, 'sys');
  await mkdir(proc);
  const time = { now: 0 };
  const open = (counted?: Parameters<typeof createMeasuring>[0]['counted']) =>
    createMeasuring({ folder: folder.path, clock: { steady: () => time.now }, pid: 10, proc, sys, counted });
  return { folder, proc, sys, time, open, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
};

const zone = async (sys: string, name: string, text: string): Promise<void> => {
  const folder = path.join(sys, 'class', 'thermal', name);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'temp'), text);
};

describe('what the gateway uses', () => {
  it('is that of all processes below it and of no other', async () => {
    await using machine = await openMachine();
    const { proc } = machine;
    await put(proc, 10, { parent: 1, residentKibibytes: 1000 });
    await put(proc, 11, { parent: 10, residentKibibytes: 200, name: 'a (bad) name' });
    await put(proc, 12, { parent: 11, residentKibibytes: 30, name: 'ffmpeg' });
    await put(proc, 13, { parent: 1, residentKibibytes: 9999 });
    expect((await machine.open().measure()).memoryBytes).toBe(1230 * 1024);
  });

  it('is found by the lists of children where the kernel has them', async () => {
    await using machine = await openMachine();
    const { proc } = machine;
    await put(proc, 10, { parent: 1, residentKibibytes: 1000 });
    await put(proc, 11, { parent: 10, residentKibibytes: 200 });
    for (const [pid, task, children] of [
      [10, 10, ''],
      [10, 15, '11 '],
      [11, 11, ''],
    ] as const) {
      await mkdir(path.join(proc, String(pid), 'task', String(task)), { recursive: true });
      await writeFile(path.join(proc, String(pid), 'task', String(task), 'children'), children);
    }
    expect((await machine.open().measure()).memoryBytes).toBe(1200 * 1024);
  });

  it('is the mean of the last minute for the processor, also when processes come and go', async () => {
    await using machine = await openMachine();
    const { proc, time } = machine;
    const measuring = machine.open();
    await put(proc, 10, { parent: 1, residentKibibytes: 1, ticks: 50_000 });
    expect((await measuring.measure()).cpuCores).toBeUndefined();
    time.now = 30_000;
    await put(proc, 10, { parent: 1, residentKibibytes: 1, ticks: 51_500 });
    await put(proc, 11, { parent: 10, residentKibibytes: 1, ticks: 1500 });
    expect((await measuring.measure()).cpuCores).toBe(1);
    await rm(path.join(proc, '11'), { recursive: true });
    time.now = 60_000;
    expect((await measuring.measure()).cpuCores).toBe(0.5);
    time.now = 90_000;
    expect((await measuring.measure()).cpuCores).toBe(0);
  });

  it('is the highest plausible temperature', async () => {
    await using machine = await openMachine();
    const { sys } = machine;
    await zone(sys, 'thermal_zone0', '48312\n');
    await zone(sys, 'thermal_zone1', '61000\n');
    await zone(sys, 'thermal_zone2', '-274000\n');
    await zone(sys, 'thermal_zone3', '200000\n');
    await zone(sys, 'thermal_zone4', 'broken\n');
    await zone(sys, 'cooling_device0', '99000\n');
    expect((await machine.open().measure()).temperatureCelsius).toBe(61);
  });

  it('is absent where the system does not say, not 0', async () => {
    await using machine = await openMachine();
    await zone(machine.sys, 'thermal_zone0', '0\n');
    expect(await machine.open().measure()).toEqual({ diskFreeBytes: expect.any(Number) });
  });

  it('counts what was written since the start of each process, less what never got to the disk', async () => {
    await using machine = await openMachine();
    const { proc } = machine;
    const measuring = machine.open();
    await put(proc, 10, { parent: 1, residentKibibytes: 1, written: 10_000, cancelled: 1000 });
    expect((await measuring.measure()).writtenBytes).toBe(9000);
    await put(proc, 10, { parent: 1, residentKibibytes: 1, written: 12_000, cancelled: 1000 });
    await put(proc, 11, { parent: 10, residentKibibytes: 1, written: 300 });
    expect((await measuring.measure()).writtenBytes).toBe(2300);
    expect((await measuring.measure()).writtenBytes).toBe(0);
  });

  it('is not counted twice when the same process begins again', async () => {
    await using machine = await openMachine();
    const { proc } = machine;
    await put(proc, 10, { parent: 1, residentKibibytes: 1, written: 10_000 });
    const before = machine.open();
    await before.measure();
    await put(proc, 10, { parent: 1, residentKibibytes: 1, written: 10_700 });
    expect((await machine.open(before.counted()).measure()).writtenBytes).toBe(700);
    // Another process under the same number.
    await put(proc, 10, { parent: 1, residentKibibytes: 1, written: 400, started: 2000 });
    expect((await machine.open(before.counted()).measure()).writtenBytes).toBe(400);
  });
});

const systemTells = process.platform === 'linux';

it.skipIf(!systemTells)('is measured of real processes as the system tells of them', async () => {
  await using folder = await temporaryFolder();
  const measuring = createMeasuring({ folder: folder.path, clock: systemClock });
  await measuring.measure();
  const writtenBefore = /^write_bytes: (\d+)$/m.exec(readFileSync('/proc/self/io', 'latin1'))?.[1];
  const child = spawn(process.execPath, ['-e', 'globalThis.kept = Buffer.alloc(80e6, 1); setInterval(() => {}, 1000)']);
  try {
    const descriptor = openSync(path.join(folder.path, 'written'), 'w');
    writeSync(descriptor, Buffer.alloc(3_000_000, 1));
    fsyncSync(descriptor);
    closeSync(descriptor);
    const own = process.memoryUsage.rss();
    let written = 0;
    const measured = await until('the child has its memory', async () => {
      const now = await measuring.measure();
      written += now.writtenBytes ?? 0;
      return (now.memoryBytes ?? 0) > own + 80e6 ? now : undefined;
    });
    expect(measured.cpuCores).toBeGreaterThan(0);
    const writtenAfter = /^write_bytes: (\d+)$/m.exec(readFileSync('/proc/self/io', 'latin1'))?.[1];
    const told = Number(writtenAfter) - Number(writtenBefore);
    // A folder in memory writes nothing.
    if (told > 0) expect(written).toBeGreaterThanOrEqual(3_000_000);
    expect(written).toBeLessThanOrEqual(told + 1_000_000);
  } finally {
    child.kill('SIGKILL');
  }
});

import { spawnSync } from 'node:child_process';
import { chmod, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSerial, serialConfig, unstablePath, whyAmbiguous } from '../../../drivers/transports/serial.ts';
import { missingPrograms, projectFile, startPtyPair, temporaryFolder, until } from '../../support/resources.ts';
import { failureOf, readChunks } from '../support/chunks.ts';

const line = (at: string) => serialConfig({ baudRate: 9600 }).parse({ transport: 'serial', path: at });

describe.skipIf(missingPrograms('socat') !== undefined)('a serial line', () => {
  it('is read until the abort, which ends within a second', async () => {
    await using folder = await temporaryFolder();
    await using pty = await startPtyPair(folder.path);
    const reading = readChunks(context => openSerial(line(pty.gateway), context));
    const device = await open(pty.device, 'w');
    await until('bytes arrive', async () => {
      await device.write('BM');
      return reading.text().startsWith('BM');
    });
    expect(await reading.stop()).toBeLessThan(1000);
    expect(reading.ended()).toEqual({});
    await device.close();
  });

  it('gives nothing that was said before it was opened', async () => {
    await using folder = await temporaryFolder();
    await using pty = await startPtyPair(folder.path);
    const device = await open(pty.device, 'w');
    await device.write('old');
    const kept = await open(pty.gateway, 'r+');
    await until('the old bytes are at the other end', async () => (await kept.read(Buffer.alloc(1), 0, 1)).bytesRead);
    await kept.close();
    const reading = readChunks(context => openSerial(line(pty.gateway), context));
    await until('new bytes arrive', async () => {
      await device.write('N');
      return reading.text() !== '';
    });
    expect(reading.text()).toMatch(/^N+$/);
    await reading.stop();
    await device.close();
  });

  it('is unreachable when it goes away', async () => {
    await using folder = await temporaryFolder();
    const pty = await startPtyPair(folder.path);
    const reading = readChunks(context => openSerial(line(pty.gateway), context));
    const device = await open(pty.device, 'w');
    await until('bytes arrive', async () => {
      await device.write('BM');
      return reading.text() !== '';
    });
    await device.close();
    await pty[Symbol.asyncDispose]();
    const end = await until('it ends', () => reading.ended());
    expect(end.failure).toMatchObject({ kind: 'unreachable', message: expect.stringContaining('went away') });
    expect(end.failure?.advice).toContain('cable');
  });

  it('is unreachable when another program has it', async () => {
    await using folder = await temporaryFolder();
    await using pty = await startPtyPair(folder.path);
    const first = readChunks(context => openSerial(line(pty.gateway), context));
    const device = await open(pty.device, 'w');
    await until('the first reads', async () => {
      await device.write('x');
      return first.text() !== '';
    });
    const failure = await failureOf(context => openSerial(line(pty.gateway), context));
    expect(failure).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('in use by another program'),
    });
    await first.stop();
    await device.close();
  });
});

it('is unreachable when there is no such port, and the error says what to do', async () => {
  const failure = await failureOf(context => openSerial(line('/dev/serial/by-path/none'), context));
  expect(failure).toMatchObject({
    kind: 'unreachable',
    message: 'the serial port /dev/serial/by-path/none does not exist',
    advice: expect.stringMatching(/Plug the adapter in|use a port that is there/),
  });
});

it('is refused as configured when it is no serial port', async () => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'file');
  await writeFile(file, '');
  const failure = await failureOf(context => openSerial(line(file), context));
  expect(failure).toMatchObject({ kind: 'config', advice: expect.stringContaining('serial port') });
});

it('is denied to a user outside of the group, and the error names dialout', async () => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'port');
  await writeFile(file, '');
  await chmod(file, 0o000);
  await chmod(folder.path, 0o755);
  const script = `
    const { openSerial } = await import(${JSON.stringify(`file://${projectFile('drivers/transports/serial.ts')}`)});
    const needs = { signal: new AbortController().signal, clock: { now: () => 0, steady: () => 0 }, count: () => {} };
    try { for await (const _ of openSerial(${JSON.stringify(line(file))}, needs)); }
    catch ({ kind, message, advice }) { console.log(JSON.stringify({ kind, message, advice })); }`;
  // The superuser may open everything.
  const identity = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', ...identity });
  expect(JSON.parse(run.stdout || JSON.stringify(run.stderr))).toEqual({
    kind: 'denied',
    message: `this user may not open the serial port ${file}`,
    advice: expect.stringContaining('dialout'),
  });
});

it.each(['/dev/ttyUSB0', '/dev/ttyACM12'])('warns of %s, which may be another device after a restart', configured => {
  expect(unstablePath(configured)).toContain('/dev/serial/by-path');
});

it.each(['/dev/serial/by-path/x-port0', '/dev/ttyS0', '/dev/ttyAMA0'])('has nothing to say of %s', configured => {
  expect(unstablePath(configured)).toBeUndefined();
});

describe('a name by id', () => {
  // As udev names a CH340, which has no serial number, an FT4232H, whose four ports share one, and a copy of a CP2102.
  const ch340 = { path: '/dev/ttyUSB0', pnpId: 'usb-1a86_USB_Serial-if00-port0' };
  const quad = [0, 1].map(number => ({
    path: `/dev/ttyUSB${number + 4}`,
    pnpId: `usb-FTDI_Quad_RS232-HS_FT5X2A1B-if0${number}-port0`,
    serialNumber: 'FT5X2A1B',
  }));
  const cp2102 = {
    path: '/dev/ttyUSB2',
    pnpId: 'usb-Silicon_Labs_CP2102_USB_to_UART_Bridge_Controller_0001-if00-port0',
    serialNumber: '0001',
  };

  it('is one for good with a serial number, also where several ports of an adapter share it', () => {
    for (const { pnpId, path: real } of [...quad, cp2102])
      expect(whyAmbiguous(pnpId, real, [ch340, ...quad, cp2102])).toBeUndefined();
  });

  it('is that of any adapter of its kind without a serial number, also while there is only one', () => {
    expect(whyAmbiguous(ch340.pnpId, ch340.path, [ch340, cp2102])).toContain('no serial number');
  });

  it('is that of several adapters where copies have the same serial number', () => {
    const copy = { ...cp2102, path: '/dev/ttyUSB3' };
    expect(whyAmbiguous(cp2102.pnpId, copy.path, [cp2102, copy])).toContain('2 adapters');
  });

  it('is taken as it is where nothing is known of the port', () => {
    expect(whyAmbiguous('usb-unknown', '/dev/ttyUSB9', [ch340])).toBeUndefined();
  });
});

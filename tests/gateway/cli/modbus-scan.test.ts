import { realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../config/load.ts';
import { encodeAnswer, firstRead } from '../../../drivers/protocols/modbus/codec.ts';
import { programsOn } from '../../../drivers/transports/serial-ports.ts';
import { runCommand } from '../../support/command-line.ts';
import { haidang, siteSections, startHaidang } from '../../support/gateway.ts';
import { missingPrograms, startPtyPair, temporaryFolder, until } from '../../support/resources.ts';
import { startSimulator } from '../../support/simulate.ts';
import { wire } from '../../support/uart.ts';

/** What the loader of the gateway makes of a configuration into which `found` was pasted. */
const pasted = async (found: string) => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'gateway.yaml');
  await writeFile(file, `${siteSections({ folder: folder.path, apiPort: 8080, brokerPort: 1883 })}\n${found}`);
  const { config, problems } = await loadConfig(file);
  expect(problems).toEqual([]);
  return config?.devices ?? [];
};

/** How the question for register 0 of the device at `address` begins; its check follows. */
const question = (address: number): Buffer => Buffer.from([address, 3, 0, 0, 0, 1]);

const answerOf = (address: number): Uint8Array =>
  encodeAnswer('rtu', { address, function: 3, register: 0, count: 1, transaction: 0 }, { kind: 'exception', code: 2 });

describe.skipIf(missingPrograms('socat') !== undefined)('haidang modbus scan', () => {
  it('prints a configuration of the devices on a line', { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder();
    const at = path.join(folder.path, 'bus');
    await using _bus = await startSimulator('modbus', {
      connection: { transport: 'pty', path: at },
      addresses: [2, 5],
    });
    const { code, stdout, stderr } = await haidang(['modbus', 'scan', at, '--addresses', '1-6']);
    expect(code).toBe(0);
    expect(stderr).toContain('at 9600 8N1: devices that answer: 2');
    expect(stderr).toContain('  address 5: as renke-weather-station it says');
    const devices = await pasted(stdout);
    expect(devices.map(({ profile, driver }) => [profile.id, driver.name])).toEqual([
      ['renke-weather-station-2', 'modbus'],
      ['renke-weather-station-5', 'modbus'],
    ]);
  });

  it('tries the usual speeds where nobody answers, and says what to look at', { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder();
    await using pty = await startPtyPair(folder.path);
    const { code, stdout, stderr } = await runCommand(['modbus', 'scan', pty.gateway, '--addresses', '1,2']);
    expect([code, stdout]).toEqual([1, '']);
    for (const setting of ['9600 8N1', '4800 8N1', '19200 8E1', '19200 8N1'])
      expect(stderr).toContain(`at ${setting}: nobody answers`);
    expect(stderr).toContain('Check power, A and B and the ground of the line');
  });

  it('prints at Ctrl-C what answered so far, and gives the port back', { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder();
    await using pty = await startPtyPair(folder.path);
    await using device = await wire(pty, { question: question(1), answer: answerOf(1) });
    const onPort = async () => programsOn(await realpath(pty.gateway));
    const before = await onPort();
    await using running = startHaidang(['modbus', 'scan', pty.gateway]);
    await until('it asks for address 4', () => Buffer.from(device.heard()).includes(question(4)));
    running.process.kill('SIGINT');
    const { code, stdout, stderr } = await running.finished;
    expect(code).toBe(130);
    expect(stderr).toContain('at 9600 8N1: stopped; devices that answered so far: 1');
    expect(stderr).toContain('  address 1: register 0 is refused (exception 2)');
    // No map fits, so it is for a person to complete.
    expect(stdout).toContain('#  - id: modbus-1');
    expect(await onPort()).toEqual(before);
    // All that was ever asked reads.
    let rest: Uint8Array = device.heard();
    const functions = new Set<number>();
    for (let read = firstRead('rtu', rest); read !== undefined; read = firstRead('rtu', rest)) {
      functions.add(read.request.function);
      rest = rest.subarray(read.taken);
    }
    expect([...functions].toSorted()).toEqual([3, 4]);
  });

  it('says that another program has the port', { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder();
    await using pty = await startPtyPair(folder.path);
    await using device = await wire(pty, {});
    await using holder = startHaidang(['modbus', 'scan', pty.gateway]);
    await until('it asks', () => device.heard().length > 0);
    const { code, stdout, stderr } = await runCommand(['modbus', 'scan', pty.gateway, '--addresses', '1']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`the serial port ${pty.gateway} is in use by another program`);
    expect(holder.process.exitCode).toBe(null);
  });

  it('says that a port is not there', async () => {
    const { code, stderr } = await runCommand(['modbus', 'scan', '/dev/ttyUSB77']);
    expect(code).toBe(1);
    expect(stderr).toContain('the serial port /dev/ttyUSB77 does not exist');
  });
});

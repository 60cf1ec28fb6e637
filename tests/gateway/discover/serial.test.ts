import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../core/time.ts';
import { drivers } from '../../../drivers/registry.generated.ts';
import { encode as encodeRain, request as readRain } from '../../../drivers/sensors/hydreon-rg15/codec.ts';
import { encode as encodeCo2, readRequest } from '../../../drivers/sensors/mh-z19/codec.ts';
import { encode } from '../../../drivers/sensors/pms5003/codec.ts';
import { openSerial } from '../../../drivers/transports/serial.ts';
import { signsOf } from '../../../gateway/discover/ear.ts';
import { type PortFinding, type SniffOptions, serialAt, sniffPort } from '../../../gateway/discover/serial.ts';
import { missingPrograms, startPtyPair, temporaryFolder, until } from '../../support/resources.ts';
import { receive, speedOf, wire } from '../../support/uart.ts';

const frame = encode({ pm1: 8, pm25: 12, pm10: 15, particles03: 1200, particles05: 340, particles1: 60 });

const sniff = (path: string, options: Partial<SniffOptions> = {}): Promise<PortFinding> =>
  sniffPort(path, {
    signs: signsOf(drivers),
    listenFor: 250,
    questions: 'none',
    signal: new AbortController().signal,
    clock: systemClock,
    ...options,
  });

describe.skipIf(missingPrograms('socat') !== undefined)('a serial port', () => {
  it('is listened to at one speed after the other until a driver understands what comes', async () => {
    await using folder = await temporaryFolder();
    await using pty = await startPtyPair(folder.path);
    const sent = { baudRate: 19_200 };
    // Behind a real receiver, which garbles what comes at another speed than its own.
    await using device = await wire(pty, { message: () => receive(frame, sent, { baudRate: speedOf(pty) }) });
    const finding = await sniff(pty.gateway, {
      signs: signsOf(drivers.filter(({ name }) => name === 'pms5003')).map(({ driver, sign }) => ({
        driver,
        sign: { ...sign, lines: [{ baudRate: 9600 }, { baudRate: 115_200 }, sent, { baudRate: 4800 }] },
      })),
    });
    expect(finding).toMatchObject({ kind: 'found', asked: false, candidates: [{ line: sent }, {}, {}] });
    expect(device.heard()).toHaveLength(0);
  });

  it('is told by what came at each speed where no driver understands it, and is not asked', async () => {
    await using folder = await temporaryFolder();
    await using pty = await startPtyPair(folder.path);
    await using device = await wire(pty, { message: () => Buffer.from('login: ') });
    const finding = await sniff(pty.gateway, { questions: 'harmless' });
    expect(finding).toMatchObject({ kind: 'strange', alike: [] });
    const heard = finding.kind === 'strange' ? finding.heard : [];
    expect(heard.map(({ line }) => line.baudRate)).toEqual([9600, 4800, 19_200, 38_400, 115_200]);
    expect(Buffer.from(heard[0]?.sample ?? []).toString()).toContain('login: ');
    expect(device.heard()).toHaveLength(0);
  });

  it('is asked where nothing speaks by itself, when that is wanted', async () => {
    await using folder = await temporaryFolder();
    await using pty = await startPtyPair(folder.path);
    await using device = await wire(pty, { question: Buffer.from(readRequest), answer: encodeCo2(612) });
    const quiet = await sniff(pty.gateway, { listenFor: 100 });
    expect(quiet).toEqual({ kind: 'quiet' });
    expect(device.heard()).toHaveLength(0);
    const finding = await sniff(pty.gateway, { listenFor: 100, questions: 'harmless' });
    expect(finding).toMatchObject({
      kind: 'found',
      asked: true,
      candidates: [{ driver: { name: 'mh-z19' }, observations: [{ quantity: 'co2', value: 612 }] }],
    });
  });

  it('is asked the shortest question first, since a longer one may begin with a command of a shorter language', async () => {
    await using folder = await temporaryFolder();
    await using pty = await startPtyPair(folder.path);
    // "h…" of the HPMA115 would be the command H of this gauge, which it keeps.
    await using device = await wire(pty, { question: Buffer.from(readRain), answer: encodeRain(3.2, 0) });
    const finding = await sniff(pty.gateway, { listenFor: 100, questions: 'harmless' });
    expect(finding).toMatchObject({ kind: 'found', asked: true, candidates: [{ driver: { name: 'hydreon-rg15' } }] });
    expect(Buffer.from(device.heard()).toString('hex')).toBe(Buffer.from(readRain).toString('hex'));
  });

  it('that another program has is left alone, and the program is to blame', async () => {
    await using folder = await temporaryFolder();
    await using pty = await startPtyPair(folder.path);
    const stop = new AbortController();
    const held = openSerial(serialAt(pty.gateway, { baudRate: 9600 }), {
      signal: stop.signal,
      clock: systemClock,
      count: () => {},
    });
    const reading = held.next();
    await until('the port is open', async () => (await sniff(pty.gateway, { listenFor: 100 })).kind === 'skipped');
    expect(await sniff(pty.gateway, { listenFor: 100 })).toMatchObject({
      kind: 'skipped',
      error: { kind: 'unreachable', message: expect.stringContaining('in use by another program') },
    });
    stop.abort();
    await reading;
  });
});

import { describe, expect, it } from 'vitest';
import type { SerialDefaults } from '../../../core/driver.ts';
import { drivers } from '../../../drivers/registry.generated.ts';
import { encode } from '../../../drivers/sensors/hpma115/codec.ts';
import { type Candidate, createEar, linesOf, signsOf } from '../../../gateway/discover/ear.ts';
import { readFixtures } from '../../drivers/support/fixtures.ts';
import { receive } from '../../support/uart.ts';

const signs = signsOf(drivers);
const speaking = signs.filter(({ sign }) => sign.question === undefined);

const understand = (bytes: Uint8Array, line: SerialDefaults): readonly Candidate[] => {
  const ear = createEar(speaking, line);
  ear.hear({ bytes, receivedAt: Date.UTC(2026, 10, 26) });
  return ear.candidates().filter(({ observations }) => observations.length > 0);
};

interface Capture {
  readonly driver: (typeof drivers)[number];
  readonly name: string;
  readonly model: unknown;
  readonly bytes: Uint8Array;
}

const isListenedTo = ({ signs: own }: (typeof drivers)[number]): boolean =>
  own.some(({ question }) => question === undefined);

/** Modes in which a sensor speaks by itself, and none where it always does. */
const speaksByItself = new Set([undefined, 'active', 'automatic', 'autosend']);

/** A sensor that says something says it again: some drivers want several messages. */
const times = 3;

const capturesOf = async (driver: (typeof drivers)[number]): Promise<readonly Capture[]> => {
  const fixtures = await readFixtures(driver.family, driver.name);
  return fixtures.flatMap(({ name, kind, config, chunks, expected }) => {
    const says = expected.some(piece => Reflect.get(Object(piece), 'kind') === 'observation');
    if (kind !== 'stream' || !says || !speaksByItself.has(Reflect.get(Object(config), 'mode'))) return [];
    const bytes = Buffer.concat(Array.from({ length: times }, () => chunks.map(chunk => chunk.bytes)).flat());
    return [{ driver, name, model: Reflect.get(Object(config), 'model'), bytes }];
  });
};

/** Honeywell publishes the frame that is sent by itself as a table, without an example: our encoder stands in for one. */
const honeywell = (driver: (typeof drivers)[number]): readonly Capture[] =>
  (['standard', 'compact'] as const).map(model => ({
    driver,
    name: `by its table, ${model}`,
    model,
    bytes: encode(model, 'autosend', { pm1: 8, pm25: 12, pm4: 14, pm10: 18 }),
  }));

/** What each driver that speaks by itself sends, as captured or published. */
const captures: readonly Capture[] = (
  await Promise.all(
    drivers
      .filter(isListenedTo)
      .map(async driver => (driver.name === 'hpma115' ? honeywell(driver) : await capturesOf(driver))),
  )
).flat();

const lineOf = ({ signs: own }: (typeof drivers)[number]): SerialDefaults => {
  const line = own.find(({ question }) => question === undefined)?.lines[0];
  if (line === undefined) throw new Error('it does not speak by itself');
  return line;
};

describe('what speaks by itself', () => {
  it('is no rain gauge because it sends lines, or numbers alone', () => {
    const bytes = Buffer.from('boot\r\nlogin: \r\n42\r\nheight=1234\r\n'.repeat(times));
    const ear = createEar(speaking, { baudRate: 9600 });
    ear.hear({ bytes, receivedAt: Date.UTC(2026, 10, 26) });
    expect(ear.candidates()).toEqual([]);
  });

  it.each(captures)('is known by its own capture: $driver.name, $name', ({ driver, model, bytes }) => {
    const [best] = understand(bytes, lineOf(driver));
    expect(best?.driver.name).toBe(driver.name);
    // Some models only their type plate tells apart.
    if (model !== undefined && best?.sign.toFill?.['model'] === undefined)
      expect(best?.sign.config['model']).toBe(model);
  });

  it('is looked for in captures of every driver that has signs of it', () => {
    const known = new Set(speaking.map(({ driver }) => driver.name));
    expect(new Set(captures.map(({ driver }) => driver.name))).toEqual(known);
    expect(known.size).toBeGreaterThanOrEqual(7);
  });

  it.each(captures)('is not known at a wrong speed: $driver.name, $name', ({ driver, bytes }) => {
    const sent = lineOf(driver);
    const others = linesOf(speaking).filter(({ baudRate }) => baudRate !== sent.baudRate);
    expect(others.length).toBeGreaterThanOrEqual(4);
    for (const line of others) expect(understand(receive(bytes, sent, line), line)).toEqual([]);
    // The line that garbles is itself true.
    expect(Buffer.from(receive(bytes, sent, sent)).equals(bytes)).toBe(true);
  });
});

describe('the signs of drivers', () => {
  it.each(signs.filter(({ sign }) => sign.question !== undefined))(
    'take the echo of an adapter for no answer: $driver.name',
    ({ driver, sign }) => {
      for (const line of sign.lines) {
        const ear = createEar([{ driver, sign }], line);
        ear.hear({ bytes: sign.question ?? new Uint8Array(0), receivedAt: Date.UTC(2026, 10, 26) });
        expect(ear.candidates()).toEqual([]);
      }
    },
  );

  it.each(signs)('are configurations that the driver takes: $driver.name', ({ driver, sign }) => {
    for (const line of sign.lines)
      expect(() =>
        driver.bind('found', { ...sign.config, connection: { transport: 'serial', path: '/dev/x', ...line } }),
      ).not.toThrow();
    for (const key of Object.keys(sign.toFill ?? {})) expect(sign.config).toHaveProperty(key);
  });

  it('ask for nothing but values and addresses', () => {
    const questions = new Set(
      signs.flatMap(({ sign }) => (sign.question === undefined ? [] : [Buffer.from(sign.question).toString('hex')])),
    );
    // Each written here by the manual, so that a sign that would change something fails.
    expect([...questions].toSorted()).toEqual(
      [
        '520a', // RG-15: read available data (instructions 1.000; begins its Acc anew, which no driver reads)
        '68010493', // HPMA115: read the measurement (32322550, table 4)
        'ff0186000000000079', // MH-Z19B: read the concentration (manual V1.0)
        '424de200000171', // PMS5003: read in passive mode (manual V2.5, appendix II)
        '3f21', // SDI-12: ?! asks for the address (v1.4, 4.4.4)
        'aab404000000000000000000000000ffff02ab', // SDS011: query data (protocol V1.3, command 4)
        '7e000300fc7e', // SPS30: read measured values (datasheet 4.3.3)
        '3052300d0a', // WXT530: composite data message (M211840EN)
      ].toSorted(),
    );
  });
});

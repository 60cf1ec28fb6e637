import { describe, expect, it } from 'vitest';
import type { Fault, RunningSimulator } from '../../../core/simulator.ts';
import { systemClock } from '../../../core/time.ts';
import { driver } from '../../../drivers/sensors/mqtt-json/driver.ts';
import { openBroker } from '../../../gateway/broker/open.ts';
import { simulator } from '../../../simulators/sensors/mqtt-json.ts';
import { createWorld } from '../../../simulators/world/create.ts';
import { createRandom } from '../../../simulators/world/random.ts';
import { createContext, recordedLog, revealFrom, secretNamed } from '../../drivers/support/context.ts';
import { freePort, until } from '../../support/resources.ts';

const world = createWorld(7);
const topic = 'tele/station/SENSOR';
const password = 'of this test';

const startSensor = (port: number, form: Readonly<Record<string, unknown>> = { topic }): Promise<RunningSimulator> =>
  simulator.start(
    { url: `mqtt://127.0.0.1:${port}`, username: 'station', password, interval: '50ms', ...form },
    { world, clock: systemClock, log: recordedLog(), signal: new AbortController().signal, random: createRandom(7) },
  );

/** The gateway's side: its broker and the driver, reading what the sensor's address says. */
const startGateway = async (
  port: number,
  address: Readonly<Record<string, unknown>>,
  published: readonly string[] = [],
) => {
  const counts = new Map<string, number>();
  const broker = await openBroker({
    host: '127.0.0.1',
    port,
    users: [
      { username: 'station', password: secretNamed('STATION'), device: 'station', publish: [topic, ...published] },
    ],
    reveal: revealFrom({ STATION: password }),
    clock: systemClock,
    log: recordedLog(),
    count: (reason, by = 1) => counts.set(reason, (counts.get(reason) ?? 0) + by),
  });
  const context = createContext({ embedded: broker.source });
  const { broker: _, username: __, ...config } = address;
  const device = driver.bind('station', config);
  const measured: { readonly quantity: string; readonly value: number; readonly time: number }[] = [];
  const reading = (async () => {
    for await (const { items, settle } of device.open(context)) {
      for (const item of items) if (item.kind === 'measurement') measured.push(item);
      settle?.();
    }
  })();
  return {
    measured,
    counts,
    context,
    connected: () => broker.connected(),
    [Symbol.asyncDispose]: async () => {
      context.abort();
      await reading;
      await broker[Symbol.asyncDispose]();
    },
  };
};

describe('the simulated sensor that publishes JSON', () => {
  it('publishes the air of the world, in the units of the device', async () => {
    const port = await freePort();
    await using sensor = await startSensor(port);
    await using gateway = await startGateway(port, sensor.address);
    await until('some readings arrived', () => gateway.measured.length >= 10);
    const quantities = new Set(gateway.measured.map(({ quantity }) => quantity));
    expect(quantities).toEqual(new Set(['temperature', 'relativeHumidity', 'atmosphericPressure', 'pm25', 'pm10']));
    for (const { quantity, value, time } of gateway.measured) {
      const truth = new Map<string, number>(Object.entries(world.quantitiesAt(time)));
      expect(value).toBeCloseTo(truth.get(quantity) ?? Number.NaN, 3);
    }
  });

  it.each([
    ['tasmota', 'tele/s/#', ['temperature', 'relativeHumidity', 'atmosphericPressure', 'pm25', 'pm10']],
    ['zigbee2mqtt', 'zigbee2mqtt/#', ['temperature', 'relativeHumidity', 'atmosphericPressure']],
    ['shelly', 's/#', ['temperature', 'relativeHumidity']],
    ['chirpstack', 'application/#', ['temperature', 'relativeHumidity', 'atmosphericPressure', 'rssi', 'snr']],
    ['the-things-stack', 'v3/#', ['temperature', 'relativeHumidity', 'atmosphericPressure', 'rssi', 'snr']],
  ])('writes as %s does, and is understood', async (dialect, published, quantities) => {
    const port = await freePort();
    await using sensor = await startSensor(port, { dialect, topicName: 's' });
    await using gateway = await startGateway(port, sensor.address, [published]);
    await until('some readings arrived', () => gateway.measured.length >= 2 * quantities.length);
    expect(new Set(gateway.measured.map(({ quantity }) => quantity))).toEqual(new Set(quantities));
    const { temperature } = world.quantitiesAt(gateway.measured[0]?.time ?? 0);
    expect(gateway.measured.find(({ quantity }) => quantity === 'temperature')?.value).toBeCloseTo(temperature ?? 0, 3);
    expect([...gateway.context.counts.keys()]).toEqual([]);
  });

  it('keeps what was not acknowledged, and sends it when the gateway is there again', async () => {
    const port = await freePort();
    await using sensor = await startSensor(port);
    const times = new Set<number>();
    for (let round = 0; round < 2; round++) {
      await using gateway = await startGateway(port, sensor.address);
      await until('readings arrived', () => gateway.measured.length >= 50);
      for (const { time } of gateway.measured) times.add(time);
    }
    const sorted = [...times].sort((a, b) => a - b);
    const gaps = sorted.slice(1).map((time, index) => time - (sorted[index] ?? 0));
    // The sensor went on measuring while nobody was there, so no pause of a second is to be seen.
    expect(Math.max(...gaps)).toBeLessThan(1000);
  });

  it.each<[Fault, (gateway: Awaited<ReturnType<typeof startGateway>>) => boolean]>([
    ['refuse-login', gateway => (gateway.counts.get('broker.login-refused') ?? 0) > 0],
    ['noise', gateway => (gateway.context.counts.get('malformed.not-json') ?? 0) > 3],
    ['away', gateway => gateway.connected() === 0],
    ['silent', gateway => gateway.connected() === 1],
    ['hang', gateway => gateway.connected() === 1],
  ])('shows "%s", and behaves well again', async (fault, isSeen) => {
    const port = await freePort();
    await using sensor = await startSensor(port);
    await using gateway = await startGateway(port, sensor.address);
    await until('a reading arrived', () => gateway.measured.length > 0);
    sensor.show(fault);
    await until(`${fault} is seen`, () => isSeen(gateway));
    const before = gateway.measured.length;
    sensor.show(undefined);
    await until('readings arrive again', () => gateway.measured.length > before + 10);
  });
});

/** Outputs of devices on MQTT, switched over real brokers: the gateway's own and mosquitto. */
import mqtt from 'mqtt';
import { describe, expect, it } from 'vitest';
import { outputSet } from '../../../../core/device-commands.ts';
import { GatewayError } from '../../../../core/errors.ts';
import type { RunningSimulator } from '../../../../core/simulator.ts';
import { systemClock } from '../../../../core/time.ts';
import { mqttJsonConfig } from '../../../../drivers/sensors/mqtt-json/config.ts';
import { driver } from '../../../../drivers/sensors/mqtt-json/driver.ts';
import { openBroker } from '../../../../gateway/broker/open.ts';
import { simulator } from '../../../../simulators/sensors/mqtt-json.ts';
import { createWorld } from '../../../../simulators/world/create.ts';
import { missingPrograms, startMosquitto, temporaryFolder, until } from '../../../support/resources.ts';
import { createContext, recordedLog, revealFrom, secretNamed } from '../../support/context.ts';
import { read } from '../../support/reading.ts';

const simulate = (config: object): Promise<RunningSimulator> =>
  simulator.start(
    { interval: '50ms', output: {}, ...config },
    {
      world: createWorld(7),
      clock: systemClock,
      log: recordedLog(),
      signal: AbortSignal.timeout(60_000),
      random: () => 0.5,
    },
  );

const openEmbedded = () =>
  openBroker({
    host: '127.0.0.1',
    port: 0,
    users: [
      {
        username: 'siren',
        password: secretNamed('SIREN'),
        device: 'siren-1',
        publish: ['tele/#', 'stat/#', 'cmnd/simulated/POWER'],
      },
      { username: 'deaf', password: secretNamed('SIREN'), device: 'siren-1', publish: ['tele/#', 'stat/#'] },
    ],
    reveal: revealFrom({ SIREN: 'a secret' }),
    clock: systemClock,
    log: recordedLog(),
    count: () => {},
  });

const order = (reading: ReturnType<typeof read>, state: 'on' | 'off', output = 'siren', within = 10_000) =>
  reading.context.commands.run(outputSet.name, { device: 'siren-1', output, state }, AbortSignal.timeout(within));

/** A device asks for its orders a moment after it connected. */
const listens = (reading: ReturnType<typeof read>) =>
  until('the device listens', () =>
    order(reading, 'off').then(
      () => true,
      () => false,
    ),
  );

describe('an output at the embedded broker', () => {
  it('is switched, and done when the device says so; its other messages are read on', async () => {
    await using broker = await openEmbedded();
    await using device = await simulate({
      url: `mqtt://127.0.0.1:${broker.port}`,
      username: 'siren',
      password: 'a secret',
    });
    const { outputs, topics, values, time } = device.address;
    const reading = read(driver.bind('siren-1', { outputs, topics, values, time }), { embedded: broker.source });
    await until('a measurement', () => reading.kinds.has('measurement'));
    await listens(reading);
    expect(await order(reading, 'on')).toEqual({ output: 'siren', state: 'on' });
    expect(await order(reading, 'off')).toEqual({ output: 'siren', state: 'off' });
    await expect(order(reading, 'on', 'sign')).rejects.toMatchObject({ kind: 'config', advice: 'It has: siren.' });
    expect(reading.context.counts.get('ignored.other-topic')).toBeUndefined();
    await reading.stop();
    expect(reading.context.commands.isOffered(outputSet.name)).toBe(false);
  });

  it('of a device that is away, or may not read its topic, is unreachable', async () => {
    await using broker = await openEmbedded();
    const outputs = { siren: { topic: 'cmnd/simulated/POWER' } };
    const values = [{ quantity: 'pm25', path: 'SDS0X1["PM2.5"]' }];
    const config = { outputs, topics: ['tele/simulated/SENSOR'], values };
    const reading = read(driver.bind('siren-1', config), { embedded: broker.source });
    await until('it is offered', () => reading.context.commands.isOffered(outputSet.name));
    await expect(order(reading, 'on')).rejects.toMatchObject({ kind: 'unreachable' });
    await using _deaf = await simulate({
      url: `mqtt://127.0.0.1:${broker.port}`,
      username: 'deaf',
      password: 'a secret',
    });
    await until('it is connected', () => reading.batches() > 0);
    await expect(order(reading, 'on')).rejects.toMatchObject({
      kind: 'unreachable',
      message: 'no connected device reads cmnd/simulated/POWER',
    });
    await reading.stop();
  });

  it('that does not say what it is does not pass for switched', async () => {
    await using broker = await openEmbedded();
    await using device = await simulate({
      url: `mqtt://127.0.0.1:${broker.port}`,
      username: 'siren',
      password: 'a secret',
    });
    const outputs = { siren: { topic: 'cmnd/simulated/POWER', state: 'stat/simulated/OTHER' } };
    const { topics, values, time } = device.address;
    const reading = read(driver.bind('siren-1', { outputs, topics, values, time }), { embedded: broker.source });
    await until('a measurement', () => reading.kinds.has('measurement'));
    const refused = await until('it is asked', () =>
      order(reading, 'on', 'siren', 300).catch(
        (failure: unknown) =>
          failure instanceof GatewayError && !failure.message.startsWith('no connected device') && failure,
      ),
    );
    expect(refused).toMatchObject({ kind: 'unreachable', message: 'siren does not say that it is on' });
    await reading.stop();
  });
});

const skip = missingPrograms('mosquitto');

describe.skipIf(skip !== undefined)('an output at another broker', () => {
  it.each(['3.1.1', 5] as const)(
    'is switched over MQTT %s, and unreachable where the broker says that nobody reads',
    async protocol => {
      await using folder = await temporaryFolder();
      await using broker = await startMosquitto({ folder: folder.path });
      const url = `mqtt://127.0.0.1:${broker.port}`;
      await using device = await simulate({ url });
      const { outputs, topics, values, time } = device.address;
      const lamp = { topic: 'cmnd/lamp' };
      const config = { broker: url, protocol, topics, values, time, outputs: { ...Object(outputs), lamp } };
      const reading = read(driver.bind('siren-1', config), {});
      await until('a measurement', () => reading.kinds.has('measurement'));
      await listens(reading);
      expect(await order(reading, 'on')).toEqual({ output: 'siren', state: 'on' });
      if (protocol === 5) await expect(order(reading, 'on', 'lamp')).rejects.toMatchObject({ kind: 'unreachable' });
      else expect(await order(reading, 'on', 'lamp')).toEqual({ output: 'lamp', state: 'on' });
      const heard: string[] = [];
      const client = await mqtt.connectAsync(url);
      client.on('message', (_, payload) => heard.push(payload.toString()));
      await client.subscribeAsync('cmnd/#', { qos: 1 });
      await order(reading, 'off', 'lamp');
      await until('it is heard', () => heard.includes('OFF'));
      await client.endAsync(true);
      await reading.stop();
    },
    300_000,
  );
});

describe('the configuration of a device', () => {
  const siren = { topic: 'cmnd/siren', state: 'stat/siren' };

  it('may have outputs alone, where they say what they are', () => {
    expect(mqttJsonConfig.safeParse({ outputs: { siren } }).success).toBe(true);
    for (const config of [{}, { topics: ['a'] }, { outputs: { siren: { topic: 'cmnd/siren' } } }])
      expect(mqttJsonConfig.safeParse(config).success).toBe(false);
  });

  it('offers switching only with outputs', () => {
    expect(driver.bind('siren-1', { outputs: { siren } }).commands).toEqual([outputSet.name]);
    expect(driver.bind('aq-1', { topics: ['a'], values: [{ quantity: 'pm25' }] }).commands).toEqual([]);
    expect(createContext().commands.isOffered(outputSet.name)).toBe(false);
  });
});

/** The driver at a real broker, with an edge node made of nothing but messages. */
import mqtt from 'mqtt';
import { describe, expect, it } from 'vitest';
import { toGatewayError } from '../../../../core/errors.ts';
import type { Measurement } from '../../../../core/observation.ts';
import {
  decodePayload,
  encodePayload,
  type MetricToSend,
  rebirthMetric,
} from '../../../../drivers/protocols/sparkplug/payload.ts';
import { driver } from '../../../../drivers/sensors/sparkplug/driver.ts';
import { missingPrograms, startMosquitto, temporaryFolder, until } from '../../../support/resources.ts';
import { createContext } from '../../support/context.ts';

const openStation = async () => {
  const folder = await temporaryFolder();
  const broker = await startMosquitto({ folder: folder.path });
  const url = `mqtt://127.0.0.1:${broker.port}`;
  const node = await mqtt.connectAsync(url, { protocolVersion: 4 });
  const asked: Uint8Array[] = [];
  node.on('message', (_, payload) => asked.push(payload));
  await node.subscribeAsync('spBv1.0/hue/NCMD/pole', { qos: 1 });

  const send = (verb: string, sequence: number | undefined, metrics: readonly MetricToSend[], retain = false) =>
    node.publishAsync(
      `spBv1.0/hue/${verb}/pole${verb.startsWith('D') ? '/weather' : ''}`,
      Buffer.from(encodePayload({ time: Date.now(), ...(sequence !== undefined && { sequence }), metrics })),
      { qos: 0, retain },
    );

  const birth = async (): Promise<void> => {
    await send('NBIRTH', 0, [{ name: 'bdSeq', datatype: 4, value: 7n }]);
    await send('DBIRTH', 1, [{ name: 'T', alias: 5, datatype: 10, value: 20 }]);
  };

  const context = createContext();
  const items: Measurement[] = [];
  let failure: unknown;
  const bound = driver.bind('weather-1', {
    broker: url,
    group: 'hue',
    edgeNode: 'pole',
    device: 'weather',
    metrics: [{ name: 'T', quantity: 'temperature' }],
  });
  const reading = (async () => {
    for await (const batch of bound.open(context)) {
      items.push(...(batch.items as Measurement[]));
      batch.settle?.();
    }
  })().catch((thrown: unknown) => {
    failure = toGatewayError(thrown);
  });
  return {
    send,
    asked,
    context,
    values: () => items.map(({ value }) => value),
    failure: () => failure,
    birth,
    /** Births that the driver hears as soon as it can, so that it has nothing to ask for. */
    begin: async () => {
      await until('the births are heard', async () => {
        await birth();
        return items.length > 0;
      });
      items.length = 0;
    },
    [Symbol.asyncDispose]: async () => {
      context.abort();
      await reading;
      await node.endAsync(true);
      await broker[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
};

describe.skipIf(missingPrograms('mosquitto') !== undefined)('a device of an edge node', () => {
  it.concurrent('asks for births that it missed, and reads the data by them', async () => {
    await using station = await openStation();
    await until('the request', () => station.asked.length > 0);
    const [request = new Uint8Array()] = station.asked;
    const payload = decodePayload(request);
    expect(payload?.sequence).toBeUndefined();
    expect(payload?.metrics).toMatchObject([{ name: rebirthMetric, datatype: 11 }]);
    await station.birth();
    await station.send('DDATA', 2, [{ alias: 5, value: 21 }]);
    await until('the data', () => station.values().length === 2);
    expect(station.values()).toEqual([20, 21]);
    expect(station.context.counts.get('rebirth-requested')).toBe(1);
  });

  it.concurrent('asks when messages are lost, and goes on meanwhile', async () => {
    await using station = await openStation();
    await station.begin();
    await station.send('DDATA', 2, [{ alias: 5, value: 21 }]);
    await station.send('DDATA', 5, [{ alias: 5, value: 22 }]);
    await station.send('DDATA', 5, [{ alias: 5, value: 22 }]);
    await until('the data', () => station.values().includes(22));
    expect(station.values().filter(value => value > 20)).toEqual([21, 22]);
    expect(station.context.counts.get('ignored.duplicate')).toBe(1);
    expect(station.asked).toEqual([]);
    await until('the request', () => station.asked.length === 1, 20_000);
  });

  it.concurrent('asks when data come by a number that no birth named', async () => {
    await using station = await openStation();
    await station.begin();
    await station.send('DDATA', 2, [{ alias: 6, value: 21 }]);
    await until('the request', () => station.asked.length === 1, 20_000);
    expect(station.values()).not.toContain(21);
    expect(station.context.counts.get('ignored.unknown-alias')).toBe(1);
  });

  it.concurrent('is gone with the death of its node', async () => {
    await using station = await openStation();
    await station.begin();
    await station.send('NDEATH', undefined, [{ name: 'bdSeq', value: 7n }]);
    await until('the end', () => station.failure() !== undefined);
    expect(station.failure()).toMatchObject({ kind: 'unreachable', message: expect.stringContaining('pole') });
  });

  it.concurrent('is gone with its own death, but not with the death of an earlier connection of the node', async () => {
    await using station = await openStation();
    await station.begin();
    await station.send('NDEATH', undefined, [{ name: 'bdSeq', value: 6n }]);
    await station.send('DDATA', 2, [{ alias: 5, value: 21 }]);
    await until('the data', () => station.values().includes(21));
    expect(station.failure()).toBeUndefined();
    await station.send('DDEATH', 3, []);
    await until('the end', () => station.failure() !== undefined);
    expect(station.failure()).toMatchObject({ kind: 'unreachable', message: expect.stringContaining('weather') });
  });
});

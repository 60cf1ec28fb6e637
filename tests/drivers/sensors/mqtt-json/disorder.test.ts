/** What brokers and radio links make of the messages of a sensor: kept, late, twice, without a time. */
import { expect, it } from 'vitest';
import type { Measurement } from '../../../../core/observation.ts';
import { hours, minutes, seconds, toTimestamp } from '../../../../core/time.ts';
import { createJsonDecoder } from '../../../../drivers/sensors/mqtt-json/codec.ts';
import { mqttJsonConfig } from '../../../../drivers/sensors/mqtt-json/config.ts';
import { createCopies } from '../../../../drivers/sensors/mqtt-json/copies.ts';
import { stage as aggregate } from '../../../../pipelines/aggregate/stage.ts';
import { stage as normalize } from '../../../../pipelines/normalize/stage.ts';
import { drive } from '../../../support/events.ts';

const start = Date.UTC(2026, 10, 23, 1);

interface Sent {
  /** Seconds after the start; undefined where the sensor has no clock. */
  readonly at?: number;
  readonly temperature: number;
  readonly rain: number;
  readonly retained?: boolean;
}

const meanOf = (messages: readonly Sent[]) => {
  const config = mqttJsonConfig.parse({
    topics: ['sensors/kim-long'],
    values: [
      { quantity: 'temperature', path: 't' },
      { quantity: 'precipitationTotal', path: 'rain' },
    ],
    time: { path: 'time' },
  });
  const decode = createJsonDecoder(config, 'weather-1', createCopies());
  const [first, last] = [drive(normalize), drive(aggregate, { periods: ['1m', '1h'] })];
  first.tick(start + seconds(30));
  const ignored: string[] = [];
  for (const { at, temperature, rain, retained = false } of messages) {
    const payload = { t: temperature, rain, ...(at !== undefined && { time: toTimestamp(start + seconds(at)) }) };
    const decoded = decode({
      bytes: Buffer.from(JSON.stringify(payload)),
      channel: 'sensors/kim-long',
      receivedAt: start + seconds(30),
      retained,
    });
    for (const one of decoded) {
      if (one.kind !== 'observation') ignored.push(one.reason);
      else {
        const from = first.items.length;
        first.step(one.observation as Measurement);
        last.step(...first.items.slice(from));
      }
    }
  }
  for (let after = hours(1); after < hours(4); after += minutes(20)) last.tick(start + after);
  const hour = last.conclusions.find(({ key }) => key === `${start}/${hours(1)}`);
  return { data: hour?.data, ignored, dropped: last.dropped };
};

it('counts each once and at its own time, in whatever order they come', () => {
  const { data, ignored, dropped } = meanOf([
    { at: 0, temperature: 20, rain: 5, retained: true },
    { at: 20, temperature: 24, rain: 5.4 },
    { at: 10, temperature: 22, rain: 5.2 },
    { at: 10, temperature: 22, rain: 5.2 },
    { at: 20, temperature: 24, rain: 5.4 },
    { at: 50, temperature: 26, rain: 5.6 },
  ]);
  expect(data).toMatchObject({ temperature: 23, precipitation: 0.6, samples: { temperature: 4 } });
  expect(ignored).toEqual([]);
  expect(dropped).toMatchObject({ repeated: expect.any(Number) });
});

it('dates what has no clock, or one that was never set, by its arrival, but not what the broker kept', () => {
  const { data, ignored } = meanOf([
    { temperature: 90, rain: 900, retained: true },
    { temperature: 20, rain: 5 },
    { temperature: 22, rain: 5.2 },
    { at: -start / 1000, temperature: 24, rain: 5.4 },
  ]);
  expect(data).toMatchObject({ temperature: 22, precipitation: 0.4, samples: { temperature: 3 } });
  expect(ignored).toEqual(['retained', 'implausible-time']);
});

import { describe, expect, it } from 'vitest';
import type { Message } from '../../../../core/message.ts';
import {
  decodePayload,
  encodePayload,
  type MetricToSend,
  rebirthMetric,
} from '../../../../drivers/protocols/sparkplug/payload.ts';
import { driver } from '../../../../drivers/sensors/sparkplug/driver.ts';
import { seenIn } from '../../../../drivers/sensors/sparkplug/seen.ts';
import { readFixtures } from '../../support/fixtures.ts';

const receivedAt = Date.UTC(2026, 10, 26);

const message = (topic: string, metrics: readonly MetricToSend[], retained = false): Message => ({
  channel: `spBv1.0/hue/${topic}`,
  bytes: encodePayload({ time: receivedAt, sequence: 1, metrics }),
  receivedAt,
  retained,
});

const fixture = (await readFixtures('sensors', 'sparkplug')).find(
  ({ name }) => name === 'births-name-what-data-number',
);
const published = (fixture?.chunks ?? []).flatMap(({ channel, ...chunk }): readonly Message[] =>
  channel === undefined ? [] : [{ ...chunk, channel, retained: false }],
);

describe('devices of Sparkplug edge nodes at a broker', () => {
  it('are known by the metrics of their births, in the units that these name, and read themselves back', () => {
    const seen = seenIn(published);
    expect(published.length).toBeGreaterThan(5);
    const weather = seen.find(({ name }) => name === 'weather');
    expect(weather?.isDraft).toBeUndefined();
    expect(weather?.config).toEqual({
      group: 'hue',
      edgeNode: 'pole 2',
      device: 'weather',
      metrics: [
        { name: 'Outdoor/Temperature', quantity: 'temperature', unit: '[degF]' },
        { name: 'Outdoor/Humidity', quantity: 'relativeHumidity', unit: '%' },
        { name: 'Rain/Counter', quantity: 'precipitationTotal' },
        { name: 'Soil/Temperature', quantity: 'soilTemperature' },
      ],
    });
    const decode = driver.bind('found', weather?.config).createDecoder();
    const observed = published
      .flatMap(one => decode?.(one) ?? [])
      .flatMap(piece => (piece.kind === 'observation' && piece.observation.kind === 'measurement' ? [piece] : []));
    expect(new Set(observed.map(({ observation }) => Reflect.get(observation, 'quantity')))).toEqual(
      new Set(['temperature', 'relativeHumidity', 'precipitationTotal', 'soilTemperature']),
    );
  });

  it('whose birth was missed are drafts, with the question that only makes the node say it again', () => {
    const [device, ...none] = seenIn([message('DDATA/pole-2/air', [{ alias: 7, value: 21 }])]);
    expect(none).toEqual([]);
    expect(device).toMatchObject({ name: 'air', isDraft: true, question: { topic: 'spBv1.0/hue/NCMD/pole-2' } });
    const asked = decodePayload(device?.question?.payload ?? new Uint8Array(0));
    expect(asked?.metrics.map(({ name }) => name)).toEqual([rebirthMetric]);
  });

  it('read the first metric of each quantity, and name the others', () => {
    const [device] = seenIn([
      message('DBIRTH/pole-2/air', [
        { name: 'Out/Temperature', value: 31, datatype: 10 },
        { name: 'In/Temperature', value: 22, datatype: 10 },
        { name: 'Fan/Turns', value: 1200, datatype: 10 },
        { name: 'Door', value: true, datatype: 11 },
      ]),
    ]);
    expect(device?.config['metrics']).toEqual([{ name: 'Out/Temperature', quantity: 'temperature' }]);
    expect(device?.remarks.at(-1)).toBe('numbers that are not read: In/Temperature, Fan/Turns');
  });

  it('are drafts where no name says what it measures, and none where they hold no number', () => {
    const seen = seenIn([
      message('DBIRTH/pole-2/pump', [{ name: 'Fan/Turns', value: 1200, datatype: 10 }]),
      message('DBIRTH/pole-2/door', [{ name: 'Open', value: true, datatype: 11 }]),
    ]);
    expect(seen).toMatchObject([{ name: 'pump', isDraft: true, config: { metrics: [{ name: 'Fan/Turns' }] } }]);
  });

  it('are not made out of the node itself, deaths, commands, kept messages, noise and names that cannot be', () => {
    const birth = [{ name: 'Temperature', value: 31, datatype: 10 }];
    expect(
      seenIn([
        message('NBIRTH/pole-2', [
          { name: 'bdSeq', value: 4n, datatype: 4 },
          { name: 'Properties/Battery', value: 80, datatype: 10 },
          { name: 'Uptime', value: 80, datatype: 10 },
        ]),
        message('NDEATH/pole-2', [{ name: 'bdSeq', value: 4n }]),
        message('NCMD/pole-2', birth),
        message('DBIRTH/pole-2/kept', birth, true),
        message(`DBIRTH/pole-2/${'x'.repeat(300)}`, birth),
        { channel: 'spBv1.0/hue/DDATA/pole-2/noise', bytes: Buffer.from('not a payload'), receivedAt, retained: false },
        { channel: 'spBv1.0/STATE/scada', bytes: Buffer.from('{"online":true}'), receivedAt, retained: false },
      ]),
    ).toEqual([]);
  });

  it('are found where the node itself measures', () => {
    const [node] = seenIn([message('NBIRTH/pole-2', [{ name: 'Temperature', value: 31, datatype: 10 }])]);
    expect(node).toMatchObject({ name: 'pole-2', config: { edgeNode: 'pole-2' } });
    expect(node?.config).not.toHaveProperty('device');
  });
});

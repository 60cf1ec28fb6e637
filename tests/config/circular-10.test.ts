import { expect, test } from 'vitest';
import { parseConfig } from '../../config/parse.ts';

const configOf = (device: string, stage: string): string => `
gateway: { id: gw-1, city: hue, site: pole-1, area: "00000" }
storage: { folder: /tmp/haidang }
broker: {}
uplinks:
  - { name: ioc, sink: mqtt, url: "mqtt://127.0.0.1" }
  - name: authority
    sink: circular-10
    station: Hue_KimLong
    values: [{ device: ${device}, quantity: temperature }]
    delivery: { transport: folder, path: /srv/files }
devices:
  - id: ws-1
    driver: mqtt-json
    tags: [air]
    topics: [tele/ws-1]
    values: [{ quantity: temperature, path: t }]
pipelines: [{ name: air, from: [air], stages: [${stage}] }]
`;

const judged = async (device: string, stage: string) => {
  const { problems, warnings } = await parseConfig(configOf(device, stage), 'gateway.yaml');
  return [...problems, ...warnings].map(({ line, path, message, advice }) => ({ line, path, message, advice }));
};

test('a line for a device with means of five minutes is good, however they are written', async () => {
  expect(await judged('ws-1', '{ stage: aggregate, periods: [1m, 5m] }')).toEqual([]);
  expect(await judged('ws-1', '{ stage: aggregate, periods: [300s] }')).toEqual([]);
});

test('a line for a device that is not there is refused, with the one that may be meant', async () => {
  expect(await judged('ws-2', '{ stage: aggregate, periods: [5m] }')).toEqual([
    {
      line: 10,
      path: 'uplinks[1].values[0].device',
      message: 'there is no device "ws-2"',
      advice: 'Did you mean "ws-1"?',
    },
  ]);
});

test('a line for a device of which nobody makes five minutes means is said to tell of errors', async () => {
  expect(await judged('ws-1', '{ stage: aggregate, periods: [1m, 1h] }')).toEqual([
    {
      line: 10,
      path: 'uplinks[1].values[0].device',
      message: 'no pipeline makes 5-minute means of "ws-1": its lines will say that it is in error',
      advice: 'Add "5m" to the "periods" of the stage "aggregate" of a pipeline that reads it.',
    },
  ]);
});

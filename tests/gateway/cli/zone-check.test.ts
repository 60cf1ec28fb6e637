import { expect, it } from 'vitest';
import { parseConfig } from '../../../config/parse.ts';
import { checkZones } from '../../../gateway/cli/zone-check.ts';
import { siteSections } from '../../support/gateway.ts';

/** What is said of a stage of zones behind a camera of the simulated scenes. */
const check = async (stage: string, detect = 'model: simulated-scenes') => {
  const text = `${siteSections({ folder: '/tmp/none', apiPort: 8080 })}
devices:
  - { id: cam-1, driver: rtsp-camera, tags: [street], url: "rtsp://127.0.0.1/live", detect: { ${detect} } }
pipelines:
  - name: cameras
    from: [street]
    stages:
      - { stage: zones, ${stage} }
`;
  const { config, texts } = parseConfig(text, 'gateway.yaml');
  if (config === undefined) throw new Error('the configuration was refused');
  return (await checkZones(config, texts)).map(({ path, message, advice }) => ({ path, message, advice }));
};

const polygon = 'polygon: [[0, 0], [1, 0], [1, 1]]';
const zone = (more: string): string => `zones: [{ id: quay, name: Bến, ${polygon}, ${more} }]`;

it('finds nothing in zones of cameras that are there and of classes that they know', async () => {
  expect(await check(zone('camera: cam-1, classes: [person, car]'))).toEqual([]);
  expect(await check(`lines: [{ id: gate, name: Cổng, points: [[0, 0], [1, 1]], classes: [bus] }]`)).toEqual([]);
});

it('misses the camera of a zone, a line and a plane', async () => {
  expect(await check(zone('camera: cam-2'))).toEqual([
    {
      path: 'pipelines[0].stages[0].zones[0].camera',
      message: 'no camera of this pipeline is named "cam-2", so nothing is told of it',
      advice: 'Did you mean cam-1?',
    },
  ]);
  expect(await check('lines: [{ id: gate, name: Cổng, points: [[0, 0], [1, 1]], camera: north }]')).toMatchObject([
    { path: 'pipelines[0].stages[0].lines[0].camera', advice: 'There is: cam-1.' },
  ]);
});

it('misses classes that no model of the cameras knows, and judges none where the model is not here', async () => {
  expect(await check(zone('classes: [person, tricycle]'))).toMatchObject([
    {
      path: 'pipelines[0].stages[0].zones[0].classes[1]',
      message: 'no model of its cameras knows "tricycle", so it is never told',
      advice: expect.stringMatching(/^What they know: person, motorbike/),
    },
  ]);
  expect(await check(zone('classes: [tricycle]'), 'model: /nowhere')).toEqual([]);
});

it('warns of looks that are rarer than what is taken for lost', async () => {
  expect(await check(zone('severity: LOW'), 'model: simulated-scenes, look: 5m')).toMatchObject([
    { path: 'devices[0].detect.look', message: expect.stringMatching(/looked at every 5m.* for 1m is told as lost/) },
  ]);
  expect(await check('lost: 6m', 'model: simulated-scenes, look: 5m')).toEqual([]);
});

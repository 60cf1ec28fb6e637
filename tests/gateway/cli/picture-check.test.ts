import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseConfig } from '../../../config/parse.ts';
import { checkPictures } from '../../../gateway/cli/picture-check.ts';
import { modelFolder } from '../../../models/load.ts';
import { siteSections } from '../../support/gateway.ts';
import { temporaryFolder } from '../../support/resources.ts';

const anything = z.record(z.string(), z.unknown());

/** What is said of a camera whose model hides these labels. */
const check = async (redact: object, detect: string, more = '') => {
  await using folder = await temporaryFolder();
  const shipped = await readFile(path.join(modelFolder('simulated-scenes'), 'manifest.json'), 'utf8');
  const manifest = { ...anything.parse(JSON.parse(shipped)), redact };
  await writeFile(path.join(folder.path, 'manifest.json'), JSON.stringify(manifest));
  const text = `${siteSections({ folder: folder.path, apiPort: 8080 })}
devices:
  - { id: cam-1, driver: rtsp-camera, url: "rtsp://127.0.0.1/live", detect: { model: simulated-scenes, snapshot: {} } }
  - id: cam-2
    driver: rtsp-camera
    url: "rtsp://127.0.0.1/live"
${more}
    detect:
      model: ${folder.path}
${detect}
`;
  const { config, texts } = parseConfig(text, 'gateway.yaml');
  if (config === undefined) throw new Error('the configuration was refused');
  const line = text.split('\n').findIndex(each => each.includes(`model: ${folder.path}`)) + 1;
  return { line, found: await checkPictures(config, texts) };
};

describe('pictures of a camera', () => {
  it('do not leave where its model knows no vehicles, and the check says so at the model', async () => {
    const { line, found } = await check({ person: ['person'], vehicle: [] }, '      snapshot: {}');
    expect(found).toEqual([
      {
        line,
        column: expect.any(Number),
        path: 'devices[1].detect.model',
        message: 'no picture of "cam-2" leaves the box: model simulated-scenes finds no vehicles to blur',
        advice: 'Name them under "redact" in its manifest, or take a model that finds both.',
      },
    ]);
  });

  it('are said to show what is authorised, and which of it changes nothing', async () => {
    const redact = { person: ['person'], vehicle: ['car'] };
    const { found } = await check(redact, '      snapshot: {}\n      authorised: [car, boat]');
    expect(found).toMatchObject([
      { path: 'devices[1].detect.authorised[0]', message: 'pictures of events about each "car" show it unblurred' },
      {
        path: 'devices[1].detect.authorised[1]',
        message: 'model simulated-scenes blurs no "boat", so this changes nothing',
        advice: 'What it blurs: person, car.',
      },
    ]);
    expect(found[0]?.line).toBe(found[1]?.line);
    expect(found[0]?.line).toBeGreaterThan(1);
    expect((await check(redact, '      authorised: [car]')).found).toMatchObject([
      { path: 'devices[1].detect.authorised[0]', message: '"cam-2" gives no pictures' },
    ]);
  });

  it('are missed where a larger stream is named for them, and none are kept', async () => {
    const redact = { person: ['person'], vehicle: ['car'] };
    const evidence = '    evidence: "rtsp://127.0.0.1/main"';
    expect((await check(redact, '', evidence)).found).toMatchObject([
      { path: 'devices[1].evidence', line: expect.any(Number), message: '"cam-2" gives no pictures' },
    ]);
    expect((await check(redact, '      snapshot: {}', evidence)).found).toEqual([]);
  });

  it('are no matter of a camera that keeps none, nor of a model that knows both', async () => {
    expect((await check({ person: [], vehicle: [] }, '')).found).toEqual([]);
    expect((await check({ person: ['person'], vehicle: ['car'] }, '      snapshot: {}')).found).toEqual([]);
  });
});

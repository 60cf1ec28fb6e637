import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { quayCameraConfig } from '../../../bench/harbour-watch.ts';
import { runCommandLine } from '../../../core/command-line.ts';
import { calibrateCommand } from '../../../gateway/cli/calibrate.ts';
import { sightingConfig } from '../../../pipelines/sighting/config.ts';
import { createRenderer } from '../../../simulators/scenes/render.ts';
import { createWorld } from '../../../simulators/world/create.ts';
import { quayCamera } from '../../../simulators/world/harbour.ts';
import { createView } from '../../../simulators/world/view.ts';
import { temporaryFolder } from '../../support/resources.ts';

const seed = 11;
const began = Date.UTC(2026, 10, 23, 1);
const size = { width: 1280, height: 720 };
const truth = quayCameraConfig(seed);
const position = `${quayCamera.longitude},${quayCamera.latitude}`;
const given = ['--position', position, '--height', String(truth['height']), '--field-of-view', '55', '--id', 'cam-3'];

/** Boats of the harbor in pixels, with hull and heading as AIS has them. */
const pairLines = (): readonly string[] => {
  const view = createView(seed, 'harbour');
  const world = createWorld(seed);
  const lines: string[] = [];
  for (let at = 0; at < 120_000; at += 15_000) {
    const states = world.vesselsAt(began + at);
    for (const { label, identity, box, visible } of view.visibleAt(began + at)) {
      const state = states.find(({ vessel }) => identity === `vessel-${vessel.mmsi}`);
      const isCut = box.x < 0.01 || box.x + box.width > 0.99;
      if (label !== 'boat' || visible < 0.8 || isCut || state === undefined) continue;
      const { vessel, longitude, latitude, headingDegrees } = state;
      const { toBowMetres, toSternMetres, toPortMetres, toStarboardMetres } = vessel;
      const [x, y] = [(box.x + box.width / 2) * size.width, (box.y + box.height) * size.height];
      const sides = [toBowMetres, toSternMetres, toPortMetres, toStarboardMetres];
      lines.push([x.toFixed(0), y.toFixed(0), longitude, latitude, headingDegrees.toFixed(0), ...sides].join(','));
    }
  }
  return lines;
};

const header = 'x,y,longitude,latitude,heading,toBow,toStern,toPort,toStarboard';

const call = async (...argv: readonly string[]) => {
  let out = '';
  let err = '';
  const streams = {
    out: (text: string): void => {
      out += text;
    },
    err: (text: string): void => {
      err += text;
    },
  };
  const program = { name: 'haidang', summary: 'A test.', version: '0.0.0' };
  const code = await runCommandLine(program, [calibrateCommand], ['calibrate', ...argv], streams);
  return { code, out, err };
};

describe('haidang calibrate', () => {
  it('prints lines that the stage takes, and says which pairs it did not believe', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'pairs.csv');
    const wrong = ['900,380,107.6449,16.5590,,,,,', '100,300,107.6470,16.5600,,,,,'];
    await writeFile(file, `${[header, ...wrong, ...pairLines()].join('\n')}\n`);
    const { code, out, err } = await call(
      ...given,
      '--solve',
      'heading,tilt,roll,field-of-view',
      '--size',
      '1280x720',
      file,
    );
    expect(code).toBe(0);
    const cameras: unknown = parse(out);
    const config = sightingConfig.parse({ cameras });
    const [camera] = config.cameras;
    expect(camera?.id).toBe('cam-3');
    expect(Math.abs((camera?.heading ?? 0) - 320)).toBeLessThan(0.5);
    expect(Math.abs((camera?.tilt ?? 0) - Number(truth['tilt']))).toBeLessThan(0.3);
    expect(Math.abs((camera?.fieldOfView ?? 0) - Number(truth['fieldOfView']))).toBeLessThan(1.5);
    expect(out).toMatch(/heading: \d+(\.\d+)? {2}# ± 0\.\d+/);
    expect(err.split('\n').filter(line => line.endsWith('outlier')).length).toBeGreaterThanOrEqual(2);
    expect(err).not.toContain('warning');
  });

  it('draws what it found over a picture', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'pairs.csv');
    const picture = path.join(folder.path, 'quay.jpg');
    const drawn = path.join(folder.path, 'check.png');
    await writeFile(file, `${[header, ...pairLines()].join('\n')}\n`);
    const pixels = createRenderer(createView(seed, 'harbour'), size.width, size.height).render(began);
    await sharp(pixels, { raw: { ...size, channels: 3 } })
      .jpeg()
      .toFile(picture);
    const { code, err } = await call(...given, '--size', '1280x720', '--draw', picture, '-o', drawn, file);
    expect(code).toBe(0);
    expect(err).toContain(`drawn into ${drawn}`);
    expect(await sharp(drawn).metadata()).toMatchObject({ format: 'png', ...size });
    const bytes = await readFile(drawn);
    expect(bytes.equals(await sharp(picture).png().toBuffer())).toBe(false);
  });

  it('warns of what the pairs do not determine', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'pairs.jsonl');
    const pair = { x: 0.5, y: 0.3, longitude: 107.6448, latitude: 16.5587 };
    const lines = [0, 1, 2, 3, 4].map(index => JSON.stringify({ ...pair, x: pair.x + index * 0.001 }));
    await writeFile(file, lines.join('\n'));
    const { code, err } = await call(...given, '--solve', 'heading,tilt,field-of-view', file);
    expect(code).toBe(0);
    expect(err).toContain('the pairs do not determine field-of-view');
  });

  it.each([
    ['no position', ['--height', '12'], 'x,y,longitude,latitude\n', '--position is missing'],
    ['too few pairs', given, 'x,y,longitude,latitude\n0.5,0.5,107.6,16.5\n', 'holds 1 pairs'],
    ['a missing column', given, 'x,y,lon,lat\n0.5,0.5,107.6,16.5\n', 'names no column longitude, latitude'],
    [
      'pixels without a size',
      given,
      'x,y,longitude,latitude\n640,360,107.6,16.5\n',
      ':2: x and y lie outside of the picture',
    ],
    ['a place that is none', given, 'x,y,longitude,latitude\n0.5,0.5,16.5,107.6\n', ':2: latitude'],
    ['no JSON', given, '{"x":0.5,\n', ':1: no JSON'],
    ['a strange unknown', [...given, '--solve', 'yaw'], 'x,y,longitude,latitude\n', '--solve names "yaw"'],
    [
      'a height below the water',
      ['--position', position, '--height', '0', '--field-of-view', '60'],
      `x,y,longitude,latitude\n${'0.5,0.5,107.6,16.5\n'.repeat(4)}`,
      '--height is "0"',
    ],
  ])('says what is wrong with %s', async (_, argv, text, message) => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'pairs.txt');
    await writeFile(file, text);
    expect(await call(...argv, file)).toMatchObject({ code: 1, err: expect.stringContaining(message) });
  });

  it('says that a file is not there', async () => {
    expect(await call(...given, '/nowhere/pairs.csv')).toMatchObject({
      code: 1,
      err: expect.stringContaining('ENOENT'),
    });
    const collecting = await call('--collect', '--position', position, '/nowhere/events.jsonl');
    expect(collecting).toMatchObject({ code: 1, err: expect.stringContaining('ENOENT') });
  });
});

describe('haidang calibrate --collect', () => {
  const box = { x: 0.4, y: 0.4, width: 0.1, height: 0.1 };
  const seen = (from: string, to: string, changes: object = {}) => ({
    type: 'vn.ioc.urban-camera.object.observed.v1',
    source: '/ioc/hue/gw-017/cam-3',
    data: {
      object: { class: 'boat' },
      firstSeen: from,
      lastSeen: to,
      firstBox: box,
      lastBox: { ...box, x: 0.95 },
      ...changes,
    },
  });
  const heard = (vessel: number, at: string, latitude: number, changes: object = {}) => ({
    type: 'vn.ioc.fishing-vessel.vessel.observed.v1',
    subject: `vessel/mmsi/${vessel}`,
    data: { location: { type: 'Point', coordinates: [107.645, latitude] }, observedAt: at, ...changes },
  });
  const described = {
    type: 'vn.ioc.fishing-vessel.vessel.described.v1',
    subject: 'vessel/mmsi/1',
    data: { toBow: 12, toStern: 5, toPort: 2, toStardboard: 3 },
  };

  const collect = async (events: readonly object[]) => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'events.jsonl');
    const lines = events.map(event => `ioc/v1/hue/gw-017/x ${JSON.stringify(event)}`);
    await writeFile(file, ['not an event', ...lines].join('\n'));
    const { out, ...rest } = await call('--collect', '--position', position, '--id', 'cam-3', file);
    return {
      ...rest,
      pairs: out
        .split('\n')
        .filter(line => line !== '')
        .map((line): Record<string, unknown> => JSON.parse(line)),
    };
  };

  it('takes a boat that was alone with one vessel near, at the moment of its whole box', async () => {
    const { code, pairs } = await collect([
      described,
      heard(1, '2026-11-23T01:00:00.000Z', 16.56, { speedOverGround: 5, courseOverGround: 0, heading: 2 }),
      heard(2, '2026-11-23T01:00:00.000Z', 16.8),
      seen('2026-11-23T01:00:10.000Z', '2026-11-23T01:00:50.000Z'),
    ]);
    expect(code).toBe(0);
    expect(pairs).toMatchObject([
      {
        x: 0.45,
        y: 0.5,
        longitude: 107.645,
        heading: 2,
        toBow: 12,
        toStarboard: 3,
        time: '2026-11-23T01:00:10.000Z',
        vessel: 'vessel/mmsi/1',
      },
    ]);
    // 10 s at 5 m/s to the north.
    expect(pairs[0]?.['latitude']).toBeCloseTo(16.56 + 50 / 110_660, 5);
  });

  const alone = [
    heard(1, '2026-11-23T01:00:00.000Z', 16.56),
    seen('2026-11-23T01:00:10.000Z', '2026-11-23T01:00:50.000Z'),
  ];

  it('leaves out moments at which the camera followed two boats', async () => {
    const { pairs } = await collect([...alone, seen('2026-11-23T01:00:05.000Z', '2026-11-23T01:00:50.000Z')]);
    expect(pairs.map(({ time }) => time)).toEqual(['2026-11-23T01:00:05.000Z']);
  });

  it('leaves out moments at which two vessels were near, and says that nothing is left', async () => {
    const { code, pairs, err } = await collect([...alone, heard(3, '2026-11-23T01:00:20.000Z', 16.561)]);
    expect({ code, pairs, err }).toEqual({ code: 1, pairs: [], err: '0 pairs\n' });
  });
});

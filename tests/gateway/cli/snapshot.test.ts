import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCommandLine } from '../../../core/command-line.ts';
import type { RunningSimulator } from '../../../core/simulator.ts';
import { systemClock } from '../../../core/time.ts';
import { snapshotCommand } from '../../../gateway/cli/snapshot.ts';
import { simulator } from '../../../simulators/cameras/rtsp-camera.ts';
import { createWorld } from '../../../simulators/world/create.ts';
import { recordedLog } from '../../drivers/support/context.ts';
import { missingPrograms, type TemporaryFolder, temporaryFolder } from '../../support/resources.ts';

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
  const code = await runCommandLine(program, [snapshotCommand], ['snapshot', ...argv], streams);
  return { code, out, err };
};

describe.skipIf(missingPrograms('ffmpeg') !== undefined)('haidang snapshot', () => {
  let camera: RunningSimulator;
  let folder: TemporaryFolder;
  let config: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    camera = await simulator.start(
      { scene: 'street', width: 320, fps: 5, username: 'viewer', password: 'secret' },
      {
        world: createWorld(20_261_125),
        clock: systemClock,
        log: recordedLog(),
        signal: new AbortController().signal,
        random: () => 0.5,
      },
    );
    config = path.join(folder.path, 'pole.yaml');
    const device = {
      driver: 'rtsp-camera',
      ...camera.address,
      username: 'viewer',
      password: '$' + '{env:SNAPSHOT_PASSWORD}',
    };
    const detect = { model: 'simulated-scenes', fps: 5 };
    const mask = [
      [0, 0],
      [0.2, 0],
      [0.2, 0.2],
      [0, 0.2],
    ];
    const polygon = [
      [0.4, 0.4],
      [0.8, 0.4],
      [0.8, 0.9],
      [0.4, 0.9],
    ];
    await writeFile(
      config,
      `gateway: { id: gw-1, city: hue, site: quay, area: "00001" }
storage: { folder: ${folder.path}/storage }
uplinks: [{ name: ioc, sink: mqtt, url: "mqtt://127.0.0.1:1" }]
devices:
  - ${JSON.stringify({ id: 'cam-1', tags: ['street'], ...device, detect, masks: [mask] })}
pipelines:
  - name: cameras
    from: [street]
    stages:
      - stage: zones
        zones:
          - ${JSON.stringify({ id: 'here', name: 'Đây', camera: 'cam-1', polygon })}
          - ${JSON.stringify({ id: 'elsewhere', name: 'Kia', camera: 'cam-2', polygon: mask })}
`,
    );
    vi.stubEnv('SNAPSHOT_PASSWORD', 'secret');
    vi.stubEnv('TMPDIR', folder.path);
  }, 120_000);
  afterAll(async () => {
    vi.unstubAllEnvs();
    await camera[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  it('writes a picture with the zones and masks of the camera, also where no picture leaves the box, and nothing else', {
    timeout: 60_000,
  }, async () => {
    const png = path.join(folder.path, 'cam-1.png');
    const { code, out, err } = await call(config, 'cam-1', '--zones', '--output', png);
    expect(err).toBe('');
    expect(out).toBe(`cam-1 (320 × 180) → ${png}\n`);
    expect(code).toBe(0);
    const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 320, height: 180, format: 'raw' });
    const at = (x: number, y: number): readonly number[] => {
      const offset = (Math.round(y * 180) * 320 + Math.round(x * 320)) * 3;
      return [...data.subarray(offset, offset + 3)];
    };
    expect(at(0.6, 0.9)).toEqual([255, 225, 25]);
    // Black by the mask itself, under the tint with which masks are shown.
    const [red = 255, green = 255, blue = 255] = at(0.1, 0.17);
    expect(Math.max(red, green, blue)).toBeLessThan(100);
    expect((await readdir(folder.path)).filter(name => name.startsWith('haidang-snapshot'))).toEqual([]);
  });

  it('says what is wrong with a name, a time, and a camera that does not answer', { timeout: 60_000 }, async () => {
    expect((await call(config, 'cam-2')).err).toMatch(/Did you mean cam-1/);
    expect((await call(config, 'cam-1', '--wait', 'long')).err).toMatch(/no time such as 30s/);
    vi.stubEnv('SNAPSHOT_PASSWORD', 'wrong');
    const { code, err } = await call(config, 'cam-1', '--output', path.join(folder.path, 'none.png'));
    vi.stubEnv('SNAPSHOT_PASSWORD', 'secret');
    expect(code).not.toBe(0);
    expect(err).toMatch(/denied|password|login/i);
    expect(await readdir(folder.path)).not.toContain('none.png');
  });
});

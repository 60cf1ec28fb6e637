/**
 * For who draws zones: one picture of a camera with what lies over it. It comes by the way of every other picture that
 * leaves the vision process: masked, inferred, and with persons and vehicles blurred.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { loadConfig } from '../../config/load.ts';
import { createSecrets } from '../../config/reveal.ts';
import type { Config, DeviceConfig } from '../../config/schema.ts';
import { onAbort } from '../../core/abort.ts';
import { createCommandOffers } from '../../core/command.ts';
import { defineCommand } from '../../core/command-line.ts';
import { snapshot } from '../../core/device-commands.ts';
import { GatewayError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { type Duration, formatDuration, parseDuration, seconds, systemClock } from '../../core/time.ts';
import { masksSchema } from '../../pipelines/detect/masks.ts';
import { type ZonesConfig, zonesConfig } from '../../pipelines/zones/config.ts';
import { bindDevice } from '../runtime/bind-device.ts';
import { openVision } from '../vision/open.ts';
import { chosenDevices } from './chosen-devices.ts';
import { requireConfig } from './report.ts';
import { type Drawing, drawZones } from './zones-drawing.ts';

const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };

/** Also of a camera whose pictures do not leave the box: this one is for who stands before it. */
const withPictures = (device: DeviceConfig): DeviceConfig => {
  const { detect, profile } = device;
  if (detect === undefined) {
    throw new GatewayError('config', `${profile.id} gives no pictures that are looked at`, {
      advice: 'Name a camera with the key "detect": only what a model has looked at is shown, with people blurred.',
    });
  }
  return { ...device, detect: { snapshot: { width: 1280 }, ...z.looseObject({}).parse(detect) } };
};

/** What the stages `zones` say of the camera. */
const zonesOf = ({ pipelines }: Config, { profile }: DeviceConfig): readonly ZonesConfig[] =>
  pipelines
    .filter(({ from }) => from.includes(profile.id) || profile.tags.some(tag => from.includes(tag)))
    .flatMap(({ stages }) => stages)
    .filter(({ stage }) => stage === 'zones')
    .map(({ stage: _, ...config }) => zonesConfig.parse(config));

const drawingOf = (config: Config, device: DeviceConfig, shown: 'zones' | 'none', grid: Drawing['grid']): Drawing => {
  if (shown === 'none') return { zones: [], lines: [], masks: [], grid };
  const lies = ({ camera }: { readonly camera?: string | undefined }): boolean =>
    camera === undefined || camera === device.profile.id;
  const stages = zonesOf(config, device);
  return {
    zones: stages.flatMap(({ zones }) => zones).filter(lies),
    lines: stages.flatMap(({ lines }) => lines).filter(lies),
    masks: masksSchema.parse(device.masks ?? []),
    grid,
  };
};

/** Opens the camera once and gives the file of its first picture, in `folder`. */
const takePicture = async (
  device: DeviceConfig,
  config: Config,
  folder: string,
  within: Duration,
): Promise<{ readonly file: string; readonly width: number; readonly height: number }> => {
  const { city, gateway } = config.site;
  await using vision = openVision({ log: silentLog, media: { folder, city, gateway } });
  const stop = new AbortController();
  const commands = createCommandOffers();
  const { reveal } = createSecrets(process.env);
  const late = AbortSignal.timeout(within);
  using _ = onAbort(late, () => stop.abort());
  let asked: Promise<unknown> | undefined;
  const context = { signal: stop.signal, clock: systemClock, log: silentLog, count: () => {}, reveal, commands };
  try {
    for await (const batch of bindDevice(withPictures(device), vision).open(context)) {
      void batch;
      if (asked !== undefined || !commands.isOffered(snapshot.name)) continue;
      asked = commands.run(snapshot.name, { device: device.profile.id }, stop.signal);
      // What it says is awaited below; the camera is closed with it.
      asked.then(
        () => stop.abort(),
        () => stop.abort(),
      );
    }
    if (asked !== undefined && !late.aborted) {
      const { sha256, width, height } = snapshot.output.parse(await asked);
      return { file: path.join(folder, `${sha256}.jpg`), width, height };
    }
  } finally {
    asked?.catch(() => {});
    stop.abort();
  }
  throw new GatewayError('unreachable', `${device.profile.id} gave no picture within ${formatDuration(within)}`, {
    advice: 'haidang probe says what is wrong with it; --wait gives it more time.',
  });
};

export const snapshotCommand = defineCommand({
  name: 'snapshot',
  summary: 'Write a picture of a camera, with zones, lines and masks of the configuration and a grid to draw new ones.',
  usage: 'FILE DEVICE',
  options: {
    zones: { type: 'boolean', summary: 'Draw the zones, lines and masks of the camera.' },
    grid: { type: 'boolean', summary: 'Draw a line at each tenth of the picture, with the fractions to write.' },
    output: { type: 'string', short: 'o', value: 'PNG', summary: 'Where it goes; DEVICE.png when absent.' },
    wait: { type: 'string', value: 'TIME', summary: 'How long to wait for the camera, as 30s; 60s when absent.' },
  },
  examples: [
    { line: 'config/camera-pole.yaml cam-leloi-north --grid', summary: 'To read the corners of a new zone from' },
    { line: 'config/camera-pole.yaml cam-leloi-north --zones -o /tmp/north.png', summary: 'What is watched' },
  ],
  run: async ({ values, positionals: [file = '', id = ''], out }) => {
    const within = values.wait === undefined ? seconds(60) : parseDuration(values.wait);
    if (within === undefined) throw new GatewayError('config', `--wait ${values.wait} is no time such as 30s`);
    const config = requireConfig(file, await loadConfig(file));
    const [device] = chosenDevices(config, id);
    if (device === undefined) throw new GatewayError('config', `${file} has no devices`);
    const drawing = drawingOf(
      config,
      device,
      values.zones === true ? 'zones' : 'none',
      values.grid === true ? 'drawn' : 'none',
    );
    const target = values.output ?? `${device.profile.id}.png`;
    const folder = await mkdtemp(path.join(tmpdir(), 'haidang-snapshot-'));
    try {
      const { file: picture, width, height } = await takePicture(device, config, folder, within);
      const { default: sharp } = await import('sharp');
      await sharp(picture)
        .composite([{ input: Buffer.from(drawZones(drawing, { width, height })), left: 0, top: 0 }])
        .png()
        .toFile(target)
        .catch((cause: unknown) => {
          const words = cause instanceof Error ? cause.message : String(cause);
          throw new GatewayError('config', `${target} cannot be written: ${words}`, {
            advice: 'Name another file by --output.',
            cause,
          });
        });
      out(`${device.profile.id} (${width} × ${height}) → ${target}\n`);
      return 0;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
});

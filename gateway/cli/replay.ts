import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { loadConfig } from '../../config/load.ts';
import { sleep } from '../../core/abort.ts';
import { defineCommand } from '../../core/command-line.ts';
import { GatewayError } from '../../core/errors.ts';
import type { DeviceProfile, Site } from '../../core/site.ts';
import { type Duration, type Instant, parseDuration, seconds, toTimestampSeconds } from '../../core/time.ts';
import { drivers } from '../../drivers/registry.generated.ts';
import { stages } from '../../pipelines/registry.generated.ts';
import { openRecording, type Recording } from '../replay/recording.ts';
import { type AssumedTime, replay, type Source } from '../replay/replay.ts';
import { createSummary } from '../replay/summary.ts';
import { type BoundPipeline, bindPipelines, defaultPipelines, type PipelineConfig } from '../runtime/bind-pipelines.ts';
import { readStageFile, toStageFile } from '../runtime/stage-files.ts';
import { requireConfig } from './report.ts';

/** Whoever waits longer wants to know how far it is. */
const progressEvery = seconds(2);

/** Broken conclusions that are told of one by one. */
const mostTold = 5;

const messageOf = (thrown: unknown): string =>
  (thrown instanceof Error ? thrown.message : String(thrown)).replaceAll(/\s+/g, ' ').slice(0, 300);

interface Setting {
  readonly site: Site;
  readonly pipelines: readonly PipelineConfig[];
  decoderOf(device: string): Source['decode'] | undefined;
}

interface Assigned {
  readonly recording: Recording;
  readonly device: string;
}

const wrong = (message: string, advice: string): GatewayError => new GatewayError('config', message, { advice });

interface Plan {
  readonly setting: Setting;
  readonly pipeline: BoundPipeline;
  readonly assigned: readonly Assigned[];
}

/** Without a configuration: one device for each file, and the pipeline that reads it by default. */
const assume = (recordings: readonly Recording[]): Plan => {
  const devices = new Map<string, DeviceProfile>();
  const assigned = recordings.map((recording, index) => {
    const { driver } = recording.format;
    const device = devices.has(driver) ? `${driver}-${index + 1}` : driver;
    devices.set(device, {
      id: device,
      driver,
      service: 'fishing-vessel',
      alsoServes: [],
      agencies: [],
      name: device,
      siteId: 'recording',
      areaCode: '00000',
      status: 'test',
      tags: [],
    });
    return { recording, device };
  });
  const site: Site = {
    city: 'city',
    gateway: 'replay',
    siteId: 'recording',
    areaCode: '00000',
    timeZone: 'Asia/Ho_Chi_Minh',
    status: 'test',
    configVersion: '000000000000',
    devices,
  };
  // A codec does not care how its device is connected, but its configuration must say so.
  const connection = { transport: 'tcp-client', host: 'localhost', port: 1 };
  const setting: Setting = {
    site,
    pipelines: defaultPipelines(devices.values()),
    decoderOf: id =>
      drivers
        .find(({ name }) => name === devices.get(id)?.driver)
        ?.bind(id, { connection })
        .createDecoder(),
  };
  return { setting, assigned, pipeline: choosePipeline(boundOf(setting), undefined, () => true) };
};

const boundOf = ({ pipelines, site }: Setting): readonly BoundPipeline[] => bindPipelines(pipelines, site, stages);

/** Each recording to the device that is named for it, or to the first of its driver that the pipeline reads. */
const assign = (
  setting: Setting,
  pipelineName: string | undefined,
  recordings: readonly Recording[],
  named: readonly (string | undefined)[],
): Plan => {
  const { site } = setting;
  const sends = (id: string, { format }: Recording): boolean => site.devices.get(id)?.driver === format.driver;
  const pipeline = choosePipeline(boundOf(setting), pipelineName, ({ devices }) =>
    recordings.every((recording, index) => {
      const device = named[index];
      return device === undefined ? [...devices].some(id => sends(id, recording)) : devices.has(device);
    }),
  );
  const assigned = recordings.map((recording, index) => ({
    recording,
    device: deviceOf(recording, named[index], pipeline, site),
  }));
  return { setting, pipeline, assigned };
};

const configuredSetting = async (file: string): Promise<Setting> => {
  const { site, pipelines, devices } = requireConfig(file, await loadConfig(file));
  return {
    site,
    pipelines: pipelines.length > 0 ? pipelines : defaultPipelines(site.devices.values()),
    decoderOf: id => {
      const device = devices.find(({ profile }) => profile.id === id);
      return device === undefined || device.driver.host === 'vision'
        ? undefined
        : device.driver.bind(id, device.slice).createDecoder();
    },
  };
};

/** The only pipeline that `fits`, or the one that is called so. */
const choosePipeline = (
  pipelines: readonly BoundPipeline[],
  name: string | undefined,
  fits: (pipeline: BoundPipeline) => boolean,
): BoundPipeline => {
  const names = pipelines.map(pipeline => pipeline.name).join(', ');
  if (name !== undefined) {
    const named = pipelines.find(pipeline => pipeline.name === name);
    if (named === undefined) throw wrong(`there is no pipeline ${name}`, `The pipelines are: ${names}.`);
    return named;
  }
  const [first, second] = pipelines.filter(fits);
  if (first === undefined)
    throw wrong(
      'no pipeline reads a device that sends what was recorded',
      `Name one with --pipeline, and the device as DEVICE=FILE. The pipelines are: ${names}.`,
    );
  if (second !== undefined)
    throw wrong(
      `the pipelines ${first.name} and ${second.name} read what was recorded`,
      `Name one: --pipeline ${first.name}.`,
    );
  return first;
};

/** Which device of the pipeline is to have sent it. */
const deviceOf = (recording: Recording, named: string | undefined, pipeline: BoundPipeline, site: Site): string => {
  const { driver } = recording.format;
  if (named !== undefined) {
    const found = site.devices.get(named);
    if (found?.driver !== driver)
      throw wrong(
        `${named} is a device of the driver ${found?.driver}, and ${recording.file} holds ${recording.format.name}`,
        `Name a device of the driver ${driver}.`,
      );
    if (!pipeline.devices.has(named))
      throw wrong(`the pipeline ${pipeline.name} does not read ${named}`, 'Name another one with --pipeline.');
    return named;
  }
  const device = [...pipeline.devices].find(id => site.devices.get(id)?.driver === driver);
  if (device === undefined)
    throw wrong(
      `the pipeline ${pipeline.name} reads no device of the driver ${driver}, which ${recording.file} is from`,
      'Name another one with --pipeline.',
    );
  return device;
};

/** `60x` → 60; undefined: as fast as it can. */
const parseSpeed = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const speed = Number(/^(\d+(?:\.\d+)?)x?$/.exec(text)?.[1]);
  if (speed > 0) return speed;
  throw wrong(`--speed ${text} is no speed`, 'Write how many times as fast as it was recorded: 60x.');
};

const parseAssumed = (start: string | undefined, every: string | undefined): AssumedTime | undefined => {
  if (start === undefined) {
    if (every !== undefined) throw wrong('--every says how far apart records are from --start on', 'Give --start too.');
    return undefined;
  }
  const at = Date.parse(start);
  if (Number.isNaN(at)) throw wrong(`--start ${start} is no time`, 'Write it as 2026-11-23T08:00:00Z.');
  const apart = parseDuration(every ?? '100ms');
  if (apart === undefined || apart <= 0) throw wrong(`--every ${every} is no time`, 'Write it as 100ms or 2s.');
  return { start: at, every: apart };
};

export const replayCommand = defineCommand({
  name: 'replay',
  summary:
    'Run recordings of vessels through a pipeline by the time that they tell: its events as JSON lines, a summary after.',
  usage: '[DEVICE=]FILE…',
  options: {
    speed: { type: 'string', value: '60x', summary: 'So many times as fast as it was recorded; absent: as it can.' },
    config: { type: 'string', value: 'FILE', summary: 'Configuration with the pipeline, its files and the devices.' },
    pipeline: { type: 'string', value: 'NAME', summary: 'Pipeline of it, where several read such a device.' },
    start: {
      type: 'string',
      value: 'TIME',
      summary: 'Time of the first record of a file that tells none: 2026-11-23T08:00:00Z.',
    },
    every: { type: 'string', value: 'TIME', summary: 'With --start: from one record to the next; 100ms when absent.' },
  },
  examples: [
    { line: 'quay.nmea > events.jsonl', summary: 'What the default pipeline says of a day of AIS with TAG blocks' },
    {
      line: '--config gateway.yaml quay.nmea provider.naf',
      summary: 'AIS and VMS of the same day together, with the zones and the registry of a site',
    },
    { line: '--config gateway.yaml ais-2=north.nmea', summary: 'As if this device of the site had sent it' },
    { line: '--speed 60x quay.nmea', summary: 'An hour in a minute, to watch it' },
    { line: '--start 2026-11-23T08:00:00Z --every 200ms bare.nmea', summary: 'Sentences that tell no time' },
  ],
  run: async ({ values, positionals, out, err }) => {
    const speed = parseSpeed(values.speed);
    const assumed = parseAssumed(values.start, values.every);
    if (values.pipeline !== undefined && values.config === undefined)
      throw wrong('--pipeline names a pipeline of a configuration', 'Give --config too.');
    const configured = values.config === undefined ? undefined : await configuredSetting(values.config);
    const given = positionals.map(text => {
      const [, device, file] = /^([a-z0-9-]{1,32})=(.+)$/.exec(text) ?? [];
      return file !== undefined && device !== undefined && configured?.site.devices.has(device)
        ? { device, file }
        : { device: undefined, file: text };
    });
    const recordings = await Promise.all(given.map(({ file }) => openRecording(file)));

    const { setting, pipeline, assigned } =
      configured === undefined
        ? assume(recordings)
        : assign(
            configured,
            values.pipeline,
            recordings,
            given.map(({ device }) => device),
          );
    const sources = assigned.map(({ recording, device }): Source => {
      const decode = setting.decoderOf(device);
      if (decode === undefined)
        throw new GatewayError('unsupported', `what ${device} sends cannot be decoded without the device`);
      return { device, decode, records: recording.records() };
    });

    const total = recordings.reduce((sum, { bytes }) => sum + bytes, 0);
    const began = performance.now();
    const summary = createSummary();
    let lines: string[] = [];
    let firstSecond: Instant | undefined;
    let told = began;
    let broken = 0;

    const write = async (): Promise<void> => {
      if (lines.length > 0) out(lines.join(''));
      lines = [];
      // A month of events must not pile up in memory before a slow reader.
      if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
    };
    const keepPace = async (now: Instant): Promise<void> => {
      if (speed === undefined) return;
      firstSecond ??= now;
      const due: Duration = began + (now - firstSecond) / speed - performance.now();
      if (due > 0) await sleep(due, new AbortController().signal);
    };

    const span = await replay({
      site: setting.site,
      pipeline,
      sources,
      readFile: async (path, name, time) => toStageFile(name, await readStageFile(path), { now: () => time }),
      ...(assumed !== undefined && { assumed }),
      onObservation: summary.onObservation,
      onCount: summary.onCount,
      tap: (_, step) => summary.onStep(step),
      onEvent: (sealed, conclusion) => {
        summary.onEvent(conclusion);
        lines.push(`${sealed.body}\n`);
      },
      onBroken: ({ event, subject }, thrown) => {
        if (broken++ < mostTold) err(`${event} of ${subject} breaks its contract: ${messageOf(thrown)}\n`);
      },
      onSecond: async (now, bytes) => {
        await write();
        await keepPace(now);
        if (performance.now() - told < progressEvery) return;
        told = performance.now();
        const part = total === 0 ? 100 : Math.floor((100 * bytes) / total);
        err(`${String(part).padStart(3)} %, at ${toTimestampSeconds(now)}\n`);
      },
    });
    await write();
    if (span === undefined)
      throw wrong(
        `nothing in ${recordings.map(({ file }) => file).join(', ')} tells when it was recorded`,
        'Say when it began and how far its records are apart: --start 2026-11-23T08:00:00Z --every 100ms.',
      );
    err(summary.format(span, performance.now() - began));
    if (broken > 0) err(`\n${broken} conclusions break the contract of their event: a gateway would set them aside\n`);
    return broken > 0 ? 1 : 0;
  },
});

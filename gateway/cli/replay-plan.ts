/** Through which pipeline recordings go, and which device is to have sent each of them. */
import { loadConfig } from '../../config/load.ts';
import type { Decoder } from '../../core/driver.ts';
import { GatewayError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import type { DeviceProfile, Site } from '../../core/site.ts';
import { drivers } from '../../drivers/registry.generated.ts';
import { stages } from '../../pipelines/registry.generated.ts';
import { type DatedResult, readDocument } from '../replay/documents.ts';
import { documentFormat } from '../replay/formats.ts';
import type { DocumentRecording, Expected, Recording } from '../replay/recording.ts';
import { type BoundPipeline, bindPipelines, defaultPipelines, type PipelineConfig } from '../runtime/bind-pipelines.ts';
import { requireConfig } from './report.ts';

/** Where recordings are replayed: a configured site, or one that is made up. */
export interface Setting {
  readonly site: Site;
  readonly pipelines: readonly PipelineConfig[];
  /** Undefined where what the device sends cannot be decoded without the device. */
  decoderOf(device: string): Decoder | undefined;
}

/** A recording, and the device that is to have sent it. */
export interface PlannedSource {
  readonly recording: Recording;
  readonly device: string;
  readonly decode: Decoder;
  /** What the device's mapping reads in a document. */
  readonly results?: readonly DatedResult[];
}

export interface Plan {
  readonly site: Site;
  readonly pipeline: BoundPipeline;
  readonly sources: readonly PlannedSource[];
}

/** A recording as it was named: `DEVICE=FILE`, or the file alone. */
export interface Named {
  readonly device: string | undefined;
  readonly file: string;
}

const wrong = (message: string, advice: string): GatewayError => new GatewayError('config', message, { advice });

/** Without a configuration: all that vessels are told by without a file, a registry or zones. */
const assumedStages: PipelineConfig['stages'] = [
  { stage: 'track' },
  { stage: 'vessel-rules' },
  { stage: 'downsample' },
];

/** A codec does not care how its device is connected, but its configuration must say so. */
const anyConnection = { transport: 'tcp-client', host: 'localhost', port: 1 };

/** Rejects with every problem of the file. */
export const configuredSetting = async (file: string): Promise<Setting> => {
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

/** What stands before the first `=` is a device where the site has it: file names may hold one too. */
export const parseNamed = (text: string, site: Site | undefined): Named => {
  const [, device, file] = /^([a-z0-9-]{1,32})=(.+)$/.exec(text) ?? [];
  return device !== undefined && file !== undefined && site?.devices.has(device) === true
    ? { device, file }
    : { device: undefined, file: text };
};

/** Documents are read by the mapping of a device: without one no file is taken for one. */
export const expectedOf = ({ device }: Named, site: Site | undefined): Expected => {
  const isReader = (driver: string | undefined): boolean => driver === documentFormat.driver;
  if (device !== undefined) return isReader(site?.devices.get(device)?.driver) ? 'document' : 'stream';
  return [...(site?.devices.values() ?? [])].some(({ driver }) => isReader(driver)) ? 'either' : 'stream';
};

/** What to say instead where `text` is no file: that its device is not there. */
export const unknownDevice = (text: string, site: Site | undefined): GatewayError | undefined => {
  const [, device] = /^([\w-]+)=./.exec(text) ?? [];
  if (device === undefined) return undefined;
  if (site === undefined) return wrong(`${device} is no device without a configuration`, 'Give --config too.');
  const near = nearest(device, [...site.devices.keys()]);
  return wrong(
    `there is no device ${device}`,
    near === undefined ? `The devices are: ${[...site.devices.keys()].join(', ')}.` : `Did you mean ${near}?`,
  );
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

/** Which device of the pipeline is to have sent it: the one that is named, or the first of its driver. */
const deviceOf = (recording: Recording, named: string | undefined, pipeline: BoundPipeline, site: Site): string => {
  const { driver } = recording.format;
  if (named !== undefined) {
    const found = site.devices.get(named);
    if (found?.driver !== driver)
      throw wrong(
        `${named} is a device of the driver ${found?.driver}, and ${recording.name} holds ${recording.format.name}`,
        `Name a device of the driver ${driver}.`,
      );
    if (!pipeline.devices.has(named))
      throw wrong(`the pipeline ${pipeline.name} does not read ${named}`, 'Name another one with --pipeline.');
    return named;
  }
  const device = [...pipeline.devices].find(id => site.devices.get(id)?.driver === driver);
  if (device === undefined)
    throw wrong(
      `the pipeline ${pipeline.name} reads no device of the driver ${driver}, which ${recording.name} is from`,
      'Name another one with --pipeline.',
    );
  return device;
};

/** The device whose mapping reads the most of a document, of those that are asked. */
const readerOf = (
  { site, decoderOf }: Setting,
  { name, content }: DocumentRecording,
  named: string | undefined,
): { readonly device: string; readonly results: readonly DatedResult[] } => {
  const asked = [...site.devices.values()].filter(
    ({ id, driver }) => driver === documentFormat.driver && (named === undefined || id === named),
  );
  let best: ReturnType<typeof readerOf> | undefined;
  let most = 0;
  for (const { id } of asked) {
    const decode = decoderOf(id);
    const results = decode === undefined ? [] : readDocument(content, decode);
    const read = results.filter(({ decoded }) => decoded.kind === 'observation').length;
    if (read <= most) continue;
    most = read;
    best = { device: id, results };
  }
  if (best !== undefined) return best;
  throw wrong(
    `${name} holds no position that the mapping of ${asked.map(({ id }) => id).join(', ')} reads`,
    `See what it makes of the file: haidang decode ${documentFormat.driver} --whole --config '{…}'.`,
  );
};

/** `named` is the device of each recording, where one was named. Throws `config` where it is not clear what is meant. */
export const planReplay = (
  setting: Setting,
  pipelineName: string | undefined,
  recordings: readonly Recording[],
  named: readonly (string | undefined)[],
): Plan => {
  const { site, pipelines, decoderOf } = setting;
  const given = recordings.map((recording, index): { recording: Recording } & Partial<PlannedSource> => {
    const device = named[index];
    if (recording.kind === 'document') return { recording, ...readerOf(setting, recording, device) };
    return { recording, ...(device !== undefined && { device }) };
  });
  const sends = (id: string, { format }: Recording): boolean => site.devices.get(id)?.driver === format.driver;
  const pipeline = choosePipeline(bindPipelines(pipelines, site, stages), pipelineName, ({ devices }) =>
    given.every(({ recording, device }) =>
      device === undefined ? [...devices].some(id => sends(id, recording)) : devices.has(device),
    ),
  );
  const sources = given.map((source): PlannedSource => {
    const device = deviceOf(source.recording, source.device, pipeline, site);
    const decode = decoderOf(device);
    if (decode === undefined)
      throw new GatewayError('unsupported', `what ${device} sends cannot be decoded without the device`);
    return { ...source, device, decode };
  });
  return { site, pipeline, sources };
};

/** Without a configuration: one device for each recording, and one pipeline that reads them all. */
export const assumePlan = (recordings: readonly Recording[]): Plan => {
  const devices = new Map<string, DeviceProfile>();
  const ids = recordings.map(({ format: { driver } }, index) => {
    const id = devices.has(driver) ? `${driver}-${index + 1}` : driver;
    devices.set(id, {
      id,
      driver,
      service: 'fishing-vessel',
      alsoServes: [],
      agencies: [],
      name: id,
      siteId: 'recording',
      areaCode: '00000',
      status: 'test',
      tags: [],
    });
    return id;
  });
  const setting: Setting = {
    site: {
      city: 'city',
      gateway: 'replay',
      siteId: 'recording',
      areaCode: '00000',
      timeZone: 'Asia/Ho_Chi_Minh',
      status: 'test',
      configVersion: '000000000000',
      devices,
    },
    pipelines: [{ name: 'vessels', from: ids, stages: assumedStages }],
    decoderOf: id =>
      drivers
        .find(({ name }) => name === devices.get(id)?.driver)
        ?.bind(id, { connection: anyConnection })
        .createDecoder(),
  };
  return planReplay(setting, undefined, recordings, ids);
};

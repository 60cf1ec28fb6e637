/**
 * A configuration file, read and judged as a whole: every problem at once, each with its place in the file and what to
 * write instead.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import type { Driver } from '../core/driver.ts';
import { nearest } from '../core/nearest.ts';
import type { Frame, Observation } from '../core/observation.ts';
import type { DeviceProfile } from '../core/site.ts';
import { drivers as allDrivers } from '../drivers/registry.generated.ts';
import { unstablePath } from '../drivers/transports/serial.ts';
import { stages as allStages } from '../pipelines/registry.generated.ts';
import { explain, type Finding, type Path } from './explain.ts';
import { locate } from './locate.ts';
import {
  type Config,
  type DeviceConfig,
  deviceFields,
  type PipelineConfig,
  pipelineFields,
  sections,
  usualServices,
  visionFields,
} from './schema.ts';

export interface Problem {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** `devices[2].port`. */
  readonly path: string;
  readonly message: string;
  readonly advice?: string;
}

/** A text of the file with its place, for checks that need the machine it will run on. */
export interface PlacedText extends Pick<Problem, 'line' | 'column' | 'path'> {
  readonly text: string;
}

/** Without `config` the file cannot be run; `warnings` may hold what deserves a look either way. */
export interface Loaded {
  readonly config?: Config;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  readonly texts: readonly PlacedText[];
}

/** A city's whole device list is below a megabyte; a larger file is no configuration. */
const largestFile = 4 * 2 ** 20;

const formatPath = (path: Path): string =>
  path.reduce<string>((text, segment) => {
    if (typeof segment === 'number') return `${text}[${segment}]`;
    return text === '' ? segment : `${text}.${segment}`;
  }, '');

const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\./.test(host);

/** All texts below `value`, with their paths. */
const textsOf = (value: unknown, path: Path): readonly { readonly path: Path; readonly text: string }[] => {
  if (typeof value === 'string') return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((part, index) => textsOf(part, [...path, index]));
  if (!isGroup(value)) return [];
  return Object.entries(value).flatMap(([key, part]) => textsOf(part, [...path, key]));
};

interface Judge {
  refuse(finding: Finding): void;
  warn(finding: Finding): void;
  /** The parsed value, or undefined after saying what is wrong with it. */
  parse<T>(schema: z.ZodType<T>, value: unknown, path: Path, known?: readonly string[]): T | undefined;
}

const createJudge = (problems: Finding[], warnings: Finding[]): Judge => {
  const refuse = (finding: Finding): void => {
    problems.push(finding);
  };
  return {
    refuse,
    warn: finding => {
      warnings.push(finding);
    },
    parse: (schema, value, path, known = []) => {
      const parsed = schema.safeParse(value, { reportInput: true });
      if (parsed.success) return parsed.data;
      for (const finding of explain(schema, parsed.error, { name: String(path.at(-1) ?? ''), known })) {
        refuse({ ...finding, path: [...path, ...finding.path] });
      }
      return undefined;
    },
  };
};

const deviceSchema = z.strictObject(deviceFields);
const visionSchema = z.strictObject(visionFields);
const pipelineSchema = z.strictObject(pipelineFields);

const pick = (group: Readonly<Record<string, unknown>>, isWanted: (key: string) => boolean) =>
  Object.fromEntries(Object.entries(group).filter(([key]) => isWanted(key)));

const unknownName = (path: Path, what: string, name: string, known: readonly string[]): Finding => {
  const near = nearest(name, known);
  return {
    path,
    at: 'value',
    message: `there is no ${what} "${name}"`,
    advice: near === undefined ? `Known: ${known.join(', ') || 'none'}.` : `Did you mean "${near}"?`,
  };
};

interface Parts {
  readonly drivers: readonly Driver<Observation | Frame>[];
  readonly judge: Judge;
}

const parseDevice = (
  raw: unknown,
  path: Path,
  gateway: Config['gateway'] | undefined,
  { drivers, judge }: Parts,
): DeviceConfig | undefined => {
  if (!isGroup(raw)) {
    judge.refuse({ path, at: 'value', message: 'expected a group of keys', advice: 'Write "- id: …".' });
    return undefined;
  }
  const isShared = (key: string): boolean => Object.hasOwn(deviceFields, key);
  const shared = judge.parse(deviceSchema, pick(raw, isShared), path);
  const name = raw['driver'];
  const driver = drivers.find(known => known.name === name);
  if (typeof name === 'string' && driver === undefined) {
    judge.refuse(
      unknownName(
        [...path, 'driver'],
        'driver',
        name,
        drivers.map(known => known.name),
      ),
    );
  }
  if (driver === undefined) return undefined;
  const seesPictures = driver.host === 'vision';
  const isOurs = (key: string): boolean => isShared(key) || (seesPictures && Object.hasOwn(visionFields, key));
  const slice = pick(raw, key => !isOurs(key));
  const ours = [...Object.keys(deviceFields), ...(seesPictures ? Object.keys(visionFields) : [])];
  const found = judge.parse(driver.schema, slice, path, ours);
  const vision = seesPictures ? judge.parse(visionSchema, { detect: raw['detect'] }, path) : {};
  const service = shared?.service ?? usualServices[driver.family];
  if (service === undefined) {
    judge.refuse({
      path: [...path, 'service'],
      at: 'key',
      message: '"service" is missing: this driver has no usual one',
    });
  }
  if (
    found === undefined ||
    vision === undefined ||
    shared === undefined ||
    service === undefined ||
    gateway === undefined
  )
    return undefined;
  const profile: DeviceProfile = {
    id: shared.id,
    driver: driver.name,
    service,
    alsoServes: shared.alsoServes.filter(other => other !== service),
    agencies: shared.agencies,
    name: shared.name ?? shared.id,
    ...(shared.location !== undefined && { location: shared.location }),
    siteId: shared.site ?? gateway.site,
    areaCode: shared.area ?? gateway.area,
    status: shared.status ?? gateway.status,
    tags: shared.tags,
  };
  return {
    profile,
    driver,
    slice,
    silence: shared.silence ?? driver.silence,
    ...(seesPictures && { detect: raw['detect'] }),
  };
};

const warnOfPortNumbers = (raw: unknown, path: Path, judge: Judge): void => {
  for (const { path: where, text } of textsOf(raw, path)) {
    const message = unstablePath(text);
    if (message !== undefined) {
      judge.warn({ path: where, at: 'value', message, advice: '`ls -l /dev/serial/by-path` shows the names.' });
    }
  }
};

const parseStage = (raw: unknown, path: Path, judge: Judge): PipelineConfig['stages'][number] | undefined => {
  if (!isGroup(raw) || typeof raw['stage'] !== 'string') {
    judge.refuse({ path, at: 'value', message: 'expected a stage', advice: 'Write "- stage: NAME" and its own keys.' });
    return undefined;
  }
  const { stage: name, ...config } = raw;
  const stage = allStages.find(known => known.name === name);
  if (stage === undefined) {
    const names = allStages.map(known => known.name);
    judge.refuse(unknownName([...path, 'stage'], 'stage', String(name), names));
    return undefined;
  }
  return judge.parse(stage.schema, config, path, ['stage']) === undefined
    ? undefined
    : { ...config, stage: stage.name };
};

interface Known {
  readonly devices: readonly { readonly id: string; readonly tags: readonly string[] }[];
  readonly uplinks: readonly string[];
}

const parsePipeline = (raw: unknown, path: Path, known: Known, judge: Judge): PipelineConfig | undefined => {
  if (!isGroup(raw)) {
    judge.refuse({ path, at: 'value', message: 'expected a group of keys', advice: 'Write "- name: …".' });
    return undefined;
  }
  const shared = judge.parse(
    pipelineSchema,
    pick(raw, key => key !== 'stages'),
    path,
    ['stages'],
  );
  const list = raw['stages'];
  if (!Array.isArray(list)) {
    judge.refuse({ path: [...path, 'stages'], at: 'key', message: '"stages" is missing: expected a list of stages' });
  }
  const stages = (Array.isArray(list) ? list : []).map((stage: unknown, index) =>
    parseStage(stage, [...path, 'stages', index], judge),
  );
  if (shared === undefined) return undefined;
  const names = [...new Set(known.devices.flatMap(({ id, tags }) => [id, ...tags]))];
  for (const [index, from] of shared.from.entries()) {
    if (!names.includes(from)) judge.refuse(unknownName([...path, 'from', index], 'device or tag', from, names));
  }
  for (const [index, to] of (shared.to ?? []).entries()) {
    if (!known.uplinks.includes(to)) judge.refuse(unknownName([...path, 'to', index], 'uplink', to, known.uplinks));
  }
  if (shared.to !== undefined && known.uplinks.some(name => !shared.to?.includes(name))) {
    judge.refuse({
      path: [...path, 'to'],
      at: 'value',
      message: 'every event goes to every uplink',
      advice: 'List all uplinks, or leave "to" out.',
    });
  }
  return { name: shared.name, from: shared.from, stages: stages.filter(stage => stage !== undefined) };
};

const refuseTwins = (names: readonly unknown[], pathOf: (index: number) => Path, what: string, judge: Judge): void => {
  const first = new Map<unknown, number>();
  for (const [index, name] of names.entries()) {
    if (typeof name !== 'string') continue;
    const path = pathOf(index);
    if (first.has(name)) {
      judge.refuse({
        path,
        at: 'value',
        message: `two ${what} are called "${name}"`,
        advice: 'Give one of them another name.',
      });
    } else first.set(name, index);
  }
};

const field = (value: unknown, key: string): unknown => (isGroup(value) ? value[key] : undefined);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const judgeNetwork = (
  config: Pick<Config, 'api'> & { readonly broker?: Config['broker'] | undefined },
  judge: Judge,
): void => {
  const { api, broker } = config;
  if (!isLoopback(api.host) && api.token === undefined) {
    judge.refuse({
      path: ['api', 'host'],
      at: 'value',
      message: `other machines could ask the gateway at ${api.host} without a login`,
      advice: 'Set "token", or keep to 127.0.0.1.',
    });
  }
  if (broker !== undefined && !isLoopback(broker.host) && broker.users.length === 0) {
    judge.refuse({
      path: ['broker', 'host'],
      at: 'value',
      message: `other machines could publish to the broker at ${broker.host} without a login`,
      advice: 'List "users" with passwords, or keep to 127.0.0.1.',
    });
  }
};

/** Devices that publish to the gateway's own broker, which must then be there. */
const judgeEmbedded = (devices: readonly DeviceConfig[], raw: readonly unknown[], judge: Judge): void => {
  for (const { profile, driver, slice } of devices) {
    const parsed: unknown = driver.schema.safeParse(slice).data;
    if (field(parsed, 'broker') !== 'embedded') continue;
    const index = raw.findIndex(device => field(device, 'id') === profile.id);
    judge.refuse({
      path: ['devices', index, 'broker'],
      at: 'key',
      message: `"${profile.id}" publishes to the gateway's own broker, and there is none`,
      advice: 'Add the section "broker", or name another broker here.',
    });
  }
};

/** `text` of `file`, parsed and judged. */
export const parseConfig = (
  text: string,
  file: string,
  drivers: readonly Driver<Observation | Frame>[] = allDrivers,
): Loaded => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const syntax = [...document.errors, ...document.warnings].map(({ message, pos }): Problem => {
    const { line, col } = lines.linePos(pos[0]);
    return { line, column: col, path: '', message, advice: 'Mend the YAML: look at the indentation and the quotes.' };
  });
  if (syntax.length > 0) return { problems: syntax, warnings: [], texts: [] };

  const refused: Finding[] = [];
  const doubtful: Finding[] = [];
  const judge = createJudge(refused, doubtful);
  let root: unknown;
  try {
    root = document.toJS({ maxAliasCount: 100 });
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    const advice = 'Write out what the aliases (*name) stand for.';
    return { problems: [{ line: 1, column: 1, path: '', message, advice }], warnings: [], texts: [] };
  }
  const config = judgeRoot(root, { file, text, drivers, judge });
  const place = (finding: Finding): Problem => ({
    ...locate(document, lines, finding.path, finding.at),
    path: formatPath(finding.path),
    message: finding.message,
    ...(finding.advice !== undefined && { advice: finding.advice }),
  });
  const inOrder = (findings: readonly Finding[]): readonly Problem[] =>
    findings.map(place).toSorted((a, b) => a.line - b.line || a.column - b.column);
  return {
    ...(config !== undefined && refused.length === 0 && { config }),
    problems: inOrder(refused),
    warnings: inOrder(doubtful),
    texts: textsOf(root, []).map(({ path, text: value }) => ({
      ...locate(document, lines, path, 'value'),
      path: formatPath(path),
      text: value,
    })),
  };
};

const judgeRoot = (
  root: unknown,
  { file, text, drivers, judge }: Parts & { readonly file: string; readonly text: string },
): Config | undefined => {
  if (!isGroup(root)) {
    judge.refuse({ path: [], at: 'value', message: 'expected the sections gateway, storage, uplinks and devices' });
    return undefined;
  }
  const known = [...Object.keys(sections), 'devices', 'pipelines'];
  judge.parse(
    z.strictObject({}),
    pick(root, key => !known.includes(key)),
    [],
    known,
  );
  const gateway = judge.parse(sections.gateway, root['gateway'], ['gateway']);
  const storage = judge.parse(sections.storage, root['storage'], ['storage']);
  const api = judge.parse(sections.api, root['api'], ['api']);
  const broker = judge.parse(sections.broker, root['broker'], ['broker']);
  const uplinks = judge.parse(sections.uplinks, root['uplinks'], ['uplinks']);
  const media = judge.parse(sections.media, root['media'], ['media']);
  const log = judge.parse(sections.log, root['log'], ['log']);

  if (!Array.isArray(root['devices'])) {
    judge.refuse({ path: ['devices'], at: 'key', message: '"devices" is missing: expected a list of devices' });
  }
  const rawDevices = listOf(root['devices']);
  const rawPipelines = listOf(root['pipelines']);
  const devices = rawDevices
    .map((raw, index) => parseDevice(raw, ['devices', index], gateway, { drivers, judge }))
    .filter(device => device !== undefined);
  warnOfPortNumbers(rawDevices, ['devices'], judge);
  refuseTwins(
    rawDevices.map(raw => field(raw, 'id')),
    index => ['devices', index, 'id'],
    'devices',
    judge,
  );
  const rawUplinks = listOf(root['uplinks']);
  refuseTwins(
    rawUplinks.map(raw => field(raw, 'name')),
    index => ['uplinks', index, 'name'],
    'uplinks',
    judge,
  );
  refuseTwins(
    rawPipelines.map(raw => field(raw, 'name')),
    index => ['pipelines', index, 'name'],
    'pipelines',
    judge,
  );
  if (root['pipelines'] !== undefined && !Array.isArray(root['pipelines'])) {
    judge.refuse({ path: ['pipelines'], at: 'value', message: 'expected a list of pipelines' });
  }
  const named: Known = {
    // Also devices that are wrong otherwise: a pipeline that names them is not to blame.
    devices: rawDevices.flatMap(raw => {
      const [id, tags] = [field(raw, 'id'), field(raw, 'tags')];
      const words = listOf(tags).filter(tag => typeof tag === 'string');
      return typeof id === 'string' ? [{ id, tags: words }] : [];
    }),
    uplinks: rawUplinks.map(raw => field(raw, 'name')).filter(name => typeof name === 'string'),
  };
  const pipelines = rawPipelines
    .map((raw, index) => parsePipeline(raw, ['pipelines', index], named, judge))
    .filter(pipeline => pipeline !== undefined);
  if (api !== undefined) judgeNetwork({ api, broker }, judge);
  for (const [index, { device }] of (broker?.users ?? []).entries()) {
    const ids = named.devices.map(({ id }) => id);
    if (device !== undefined && !ids.includes(device)) {
      judge.refuse(unknownName(['broker', 'users', index, 'device'], 'device', device, ids));
    }
  }
  if (root['broker'] === undefined) judgeEmbedded(devices, rawDevices, judge);
  if (uplinks !== undefined && uplinks.length === 0) {
    judge.warn({
      path: ['uplinks'],
      at: 'key',
      message: 'there is no uplink: everything stays in the outbox until it is shed',
      advice: 'Add the broker of the center.',
    });
  }
  if (!gateway || !storage || !api || !uplinks || !log) return undefined;
  return {
    file,
    gateway,
    storage,
    api,
    ...(broker !== undefined && { broker }),
    uplinks,
    ...(media !== undefined && { media }),
    log,
    devices,
    pipelines,
    site: {
      city: gateway.city,
      gateway: gateway.id,
      siteId: gateway.site,
      areaCode: gateway.area,
      timeZone: gateway.timeZone,
      status: gateway.status,
      configVersion: createHash('sha256').update(text).digest('hex').slice(0, 12),
      devices: new Map(devices.map(({ profile }) => [profile.id, profile])),
    },
  };
};

/** Reads and judges a file. A file that cannot be read is a problem as any other. */
export const loadConfig = async (file: string): Promise<Loaded> => {
  const fail = (message: string, advice: string): Loaded => ({
    problems: [{ line: 1, column: 1, path: '', message, advice }],
    warnings: [],
    texts: [],
  });
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return fail(`cannot be read: ${reason}`, 'Check the path and the permissions of the file.');
  }
  if (bytes.length > largestFile) return fail('is larger than 4 MiB', 'Give the path of a configuration file.');
  try {
    return parseConfig(new TextDecoder('utf-8', { fatal: true }).decode(bytes), file);
  } catch (thrown) {
    if (thrown instanceof TypeError) return fail('is not UTF-8 text', 'Save it as UTF-8.');
    throw thrown;
  }
};

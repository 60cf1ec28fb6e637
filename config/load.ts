/**
 * A configuration file, read and judged as a whole: every problem at once, each with its place in the file and what to
 * write instead.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Driver } from '../core/driver.ts';
import type { Frame, Observation } from '../core/observation.ts';
import { supplies } from '../core/site.ts';
import { drivers as allDrivers } from '../drivers/registry.generated.ts';
import { judgeCircular10 } from './circular-10.ts';
import { judgePublicKeys, warnOfIdleKeys } from './commands.ts';
import { type DeviceParts, parseDevice, warnOfPortNumbers, warnOfSharedLines } from './device.ts';
import type { Broken } from './document.ts';
import type { Finding } from './explain.ts';
import {
  createJudge,
  field,
  formatPath,
  isGroup,
  type Judge,
  listOf,
  pick,
  refuseTwins,
  unknownName,
} from './judge.ts';
import type { Position } from './locate.ts';
import { type ParsedApart, parseFileApart } from './parse-apart.ts';
import { type KnownNames, parsePipeline } from './pipeline.ts';
import type { Unreadable } from './read-text.ts';
import { type Config, type DeviceConfig, type PipelineConfig, sections } from './schema.ts';
import { warnOfSeldomDevices } from './seldom.ts';

export interface Problem {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** `devices[2].port`. */
  readonly path: string;
  readonly message: string;
  readonly advice?: string;
}

/** Without `config` the file cannot be run; `warnings` may hold what deserves a look either way. */
export interface Loaded {
  readonly config?: Config;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

export type Drivers = readonly Driver<Observation | Frame>[];

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\./.test(host);

/** What listens on the network asks for a login; said also where something else is wrong in the section. */
const judgeNetwork = (api: unknown, broker: unknown, judge: Judge): void => {
  const apiHost = field(api, 'host');
  if (typeof apiHost === 'string' && !isLoopback(apiHost) && field(api, 'token') === undefined) {
    judge.refuse({
      path: ['api', 'host'],
      at: 'value',
      message: `other machines could ask the gateway at ${apiHost} without a login`,
      advice: 'Set "token", or keep to 127.0.0.1.',
    });
  }
  const brokerHost = field(broker, 'host');
  if (typeof brokerHost === 'string' && !isLoopback(brokerHost) && listOf(field(broker, 'users')).length === 0) {
    judge.refuse({
      path: ['broker', 'host'],
      at: 'value',
      message: `other machines could publish to the broker at ${brokerHost} without a login`,
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

export interface Verdict {
  readonly config: Config | undefined;
  readonly refused: readonly Finding[];
  readonly doubtful: readonly Finding[];
}

/** What was parsed, judged as a whole. */
export const judgeValues = (root: unknown, text: string, file: string, drivers: Drivers): Verdict => {
  const refused: Finding[] = [];
  const doubtful: Finding[] = [];
  const judge = createJudge(refused, doubtful);
  const config = judgeRoot(root, { file, text, drivers, judge });
  return { config: refused.length === 0 ? config : undefined, refused, doubtful };
};

const toProblem = ({ path, message, advice }: Finding, { line, column }: Position): Problem => ({
  line,
  column,
  path: formatPath(path),
  message,
  ...(advice !== undefined && { advice }),
});

/** `positions` are those of the refused and then of the doubtful. */
export const toLoaded = ({ config, refused, doubtful }: Verdict, positions: readonly Position[]): Loaded => {
  const inOrder = (findings: readonly Finding[], from: number): readonly Problem[] =>
    findings
      .map((finding, index) => toProblem(finding, positions[from + index] ?? { line: 1, column: 1 }))
      .toSorted((a, b) => a.line - b.line || a.column - b.column);
  return {
    ...(config !== undefined && { config }),
    problems: inOrder(refused, 0),
    warnings: inOrder(doubtful, refused.length),
  };
};

/** A text that is no YAML. */
export const brokenText = (faults: readonly Broken[]): Loaded => ({
  problems: faults.map(fault => ({ ...fault, path: '' })),
  warnings: [],
});

/** A text that a thread of its own parses, judged. */
const judgeApart = async (parsing: ParsedApart, file: string): Promise<Loaded> => {
  await using document = parsing;
  const reading = await document.reading;
  if (reading.kind === 'broken') return brokenText(reading.faults);
  const verdict = judgeValues(reading.root, document.text, file, allDrivers);
  const places = [...verdict.refused, ...verdict.doubtful].map(({ path, at }) => ({ path, at }));
  return toLoaded(verdict, await document.positionsOf(places));
};

/** The sections that were found good. */
type Sections = { readonly [Name in keyof typeof sections]: z.output<(typeof sections)[Name]> | undefined };

const judgeSections = (root: Readonly<Record<string, unknown>>, judge: Judge): Sections => {
  const known = [...Object.keys(sections), 'devices', 'pipelines'];
  const unknown = pick(root, key => !known.includes(key));
  judge.parse(z.strictObject({}), unknown, [], known);
  return {
    gateway: judge.parse(sections.gateway, root['gateway'], ['gateway']),
    storage: judge.parse(sections.storage, root['storage'], ['storage']),
    api: judge.parse(sections.api, root['api'], ['api']),
    broker: judge.parse(sections.broker, root['broker'], ['broker']),
    uplinks: judge.parse(sections.uplinks, root['uplinks'], ['uplinks']),
    media: judge.parse(sections.media, root['media'], ['media']),
    commands: judge.parse(sections.commands, root['commands'], ['commands']),
    governor: judge.parse(sections.governor, root['governor'], ['governor']),
    log: judge.parse(sections.log, root['log'], ['log']),
  };
};

/** Names that must be unique, and names that must be those of something. */
const judgeNames = (root: Readonly<Record<string, unknown>>, judge: Judge): KnownNames => {
  const lists = [
    { path: ['devices'], list: root['devices'], key: 'id', what: 'devices' },
    { path: ['uplinks'], list: root['uplinks'], key: 'name', what: 'uplinks' },
    { path: ['pipelines'], list: root['pipelines'], key: 'name', what: 'pipelines' },
    { path: ['commands', 'keys'], list: field(root['commands'], 'keys'), key: 'id', what: 'keys' },
    { path: ['broker', 'users'], list: field(root['broker'], 'users'), key: 'username', what: 'users' },
  ];
  for (const { path, list, key, what } of lists) {
    const names = listOf(list).map(raw => field(raw, key));
    refuseTwins(names, index => [...path, index, key], what, judge);
  }
  return {
    // Also devices that are wrong otherwise: a pipeline that names them is not to blame.
    devices: listOf(root['devices']).flatMap(raw => {
      const id = field(raw, 'id');
      const tags = listOf(field(raw, 'tags')).filter(tag => typeof tag === 'string');
      return typeof id === 'string' ? [{ id, tags }] : [];
    }),
  };
};

const judgeBrokerUsers = (broker: Sections['broker'], { devices }: KnownNames, judge: Judge): void => {
  const ids = devices.map(({ id }) => id);
  for (const [index, { device }] of (broker?.users ?? []).entries()) {
    if (device === undefined || ids.includes(device)) continue;
    judge.refuse(unknownName(['broker', 'users', index, 'device'], 'device', device, ids));
  }
};

/** What is allowed and probably not meant. */
const warnOfDeadEnds = (
  { uplinks, media }: Sections,
  devices: readonly DeviceConfig[],
  pipelines: readonly PipelineConfig[],
  judge: Judge,
): void => {
  if (uplinks?.length === 0) {
    judge.warn({
      path: ['uplinks'],
      at: 'key',
      message: 'there is no uplink: events are accepted and go nowhere',
      advice: 'Add the broker of the center.',
    });
  } else if (uplinks?.every(({ sink }) => sink !== 'mqtt')) {
    judge.warn({
      path: ['uplinks'],
      at: 'key',
      message: 'no uplink goes to the center: it hears of nothing',
      advice: 'Add its broker with "sink: mqtt".',
    });
  }
  for (const [index, { profile, detect, masks }] of devices.entries()) {
    const reading = pipelines.filter(({ from }) =>
      from.some(name => name === profile.id || profile.tags.includes(name)),
    );
    if (pipelines.length > 0 && reading.length === 0) {
      judge.warn({
        path: ['devices', index, 'id'],
        at: 'value',
        message: `no pipeline reads "${profile.id}": what it says goes nowhere`,
        advice: 'Name it, or one of its tags, under "from" of a pipeline.',
      });
    }
    for (const supply of supplies) {
      const name = profile[supply];
      if (name === undefined || devices.filter(other => other.profile[supply] === name).length > 1) continue;
      judge.warn({
        path: ['devices', index, supply],
        at: 'value',
        message: `no other device shares "${name}", so it changes nothing`,
        advice: `Write it at every device that hangs on it, or leave "${supply}" out.`,
      });
    }
    if (masks !== undefined && detect === undefined) {
      judge.warn({
        path: ['devices', index, 'masks'],
        at: 'key',
        message: 'nothing is painted, since nothing looks at the pictures of this camera',
        advice: 'Add "detect", or leave "masks" out.',
      });
    }
    if (
      field(detect, 'clip') !== undefined &&
      reading.length > 0 &&
      !reading.some(({ stages }) => stages.some(({ stage }) => stage === 'clips'))
    ) {
      judge.warn({
        path: ['devices', index, 'detect', 'clip'],
        at: 'key',
        message: `no pipeline tells of the clips of "${profile.id}", so they go nowhere`,
        advice: 'Add "- stage: clips" to a pipeline that reads it, or leave "clip" out.',
      });
    }
    if (media === undefined && field(detect, 'snapshot') !== undefined) {
      judge.warn({
        path: ['devices', index, 'detect', 'snapshot'],
        at: 'key',
        message: 'no pictures are kept, since there is no place where they go',
        advice: 'Add the section "media", or leave "snapshot" out.',
      });
    }
  }
};

const judgeRoot = (
  root: unknown,
  { file, text, drivers, judge }: DeviceParts & { readonly file: string; readonly text: string },
): Config | undefined => {
  if (!isGroup(root)) {
    judge.refuse({
      path: [],
      at: 'value',
      message: `${root === null ? 'is empty: ' : ''}expected the sections gateway, storage, uplinks and devices`,
      advice: 'Begin with a copy of an example from the folder config.',
    });
    return undefined;
  }
  const found = judgeSections(root, judge);
  const names = judgeNames(root, judge);
  for (const key of ['devices', 'pipelines']) {
    if (Array.isArray(root[key]) || (key === 'pipelines' && root[key] === undefined)) continue;
    judge.refuse({ path: [key], at: 'key', message: `expected a list of ${key}`, advice: `Write "${key}: [ … ]".` });
  }
  const rawDevices = listOf(root['devices']);
  const parsedDevices = rawDevices.map((raw, index) =>
    parseDevice(raw, ['devices', index], found.gateway, { drivers, judge }),
  );
  const pipelines = listOf(root['pipelines'])
    .map((raw, index) => parsePipeline(raw, ['pipelines', index], names, judge))
    .filter(pipeline => pipeline !== undefined);
  const devices = parsedDevices.filter(device => device !== undefined);
  warnOfPortNumbers(rawDevices, ['devices'], judge);
  warnOfSharedLines(rawDevices, ['devices'], judge);
  judgeNetwork(root['api'], root['broker'], judge);
  judgeBrokerUsers(found.broker, names, judge);
  judgePublicKeys(root['commands'], judge);
  if (found.commands !== undefined) warnOfIdleKeys(found.commands, devices, judge);
  if (root['broker'] === undefined) judgeEmbedded(devices, rawDevices, judge);
  // Only where each device stands at its place in the file.
  if (devices.length === rawDevices.length) {
    warnOfDeadEnds(found, devices, pipelines, judge);
    warnOfSeldomDevices(devices, pipelines, judge);
  }
  judgeCircular10(
    found.uplinks ?? [],
    names.devices.map(({ id }) => id),
    devices,
    pipelines,
    judge,
  );

  const { gateway, storage, api, broker, uplinks, media, commands, governor, log } = found;
  if (!gateway || !storage || !api || !uplinks || !governor || !log) return undefined;
  return {
    file,
    gateway,
    storage,
    api,
    ...(broker !== undefined && { broker }),
    uplinks,
    ...(media !== undefined && { media }),
    ...(commands !== undefined && { commands }),
    governor,
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

/** A file that cannot be read is a problem as any other. */
export const toProblems = (unreadable: Unreadable): Loaded => ({
  problems: [{ line: 1, column: 1, path: '', ...unreadable }],
  warnings: [],
});

/**
 * Reads and judges a file, for a program that runs on with it: what was needed to judge it leaves no trace in memory.
 * `parsing` is the same file, where that was begun before.
 */
export const loadConfig = async (file: string, parsing?: ParsedApart | Unreadable): Promise<Loaded> => {
  const parsed = parsing ?? (await parseFileApart(file));
  return 'message' in parsed ? toProblems(parsed) : judgeApart(parsed, file);
};

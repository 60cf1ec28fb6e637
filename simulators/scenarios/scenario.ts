/** A scenario file: which simulated devices there are, and when each of them misbehaves. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseDocument } from 'yaml';
import { z } from 'zod';
import { GatewayError } from '../../core/errors.ts';
import { duration, identifier } from '../../core/fields.ts';
import { type Fault, faults } from '../../core/simulator.ts';
import { seconds } from '../../core/time.ts';
import { type Expectation, expectation } from '../fleet/expectation.ts';
import { type FleetPlan, fleetPlan } from '../fleet/plan.ts';

/** `stuck`: it goes on to say what it measured last. */
const deviceFaults = [...faults, 'stuck'] as const;
export type DeviceFault = (typeof deviceFaults)[number];

const after = duration().describe('Time from the start of the scenario.');

const timetableOf = <const Names extends readonly string[]>(names: Names) =>
  z
    .array(
      z.strictObject({
        after,
        show: z.enum(names).describe('The fault that begins then.'),
        for: duration({ minimum: seconds(1) })
          .optional()
          .describe('How long it lasts; until the end of the scenario when absent.'),
      }),
    )
    .default([]);

/** The remaining keys of a device are its simulator's own. */
const simulatedDevice = z.looseObject({
  id: identifier().describe('What the timetable, the log and the view call it.'),
  simulator: z.string().describe("The simulator: its driver's name."),
  faults: timetableOf(deviceFaults),
});

const scenarioSchema = z.strictObject({
  summary: z.string(),
  seed: z.int().min(0).default(7).describe('Of the world in which all its devices live.'),
  repeat: duration({ minimum: seconds(10) })
    .optional()
    .describe('The timetable of faults starts over after this time; it runs once when absent.'),
  center: timetableOf(faults).describe(
    'Faults of the stand-in operations center, where the scenario runs with one (the demonstration).',
  ),
  clock: z
    .array(z.strictObject({ after, ahead: duration().describe('So far it is ahead of the right time from then on.') }))
    .default([])
    .describe("How the clock of the gateway's machine is set, where whoever runs the scenario can do that."),
  fleet: fleetPlan.optional().describe('A fishing fleet on the water instead of the few vessels of the harbor.'),
  expect: z
    .array(expectation)
    .default([])
    .describe('What the gateway says of all this, beside what it merely observes: so much, and no more.'),
  devices: z.array(simulatedDevice).min(1),
});

export interface TimetableEntry<Shown = DeviceFault> {
  readonly after: number;
  readonly show: Shown;
  readonly for?: number | undefined;
}

export interface ClockSetting {
  readonly after: number;
  /** Milliseconds. */
  readonly ahead: number;
}

export interface SimulatedDevice {
  readonly id: string;
  readonly simulator: string;
  readonly faults: readonly TimetableEntry[];
  /** The simulator's own keys, not parsed yet. */
  readonly config: Readonly<Record<string, unknown>>;
}

export interface Scenario {
  readonly summary: string;
  readonly seed: number;
  readonly repeat: number | undefined;
  readonly center: readonly TimetableEntry<Fault>[];
  readonly clock: readonly ClockSetting[];
  readonly fleet: FleetPlan | undefined;
  readonly expect: readonly Expectation[];
  readonly devices: readonly SimulatedDevice[];
}

const scenarioFolder = path.dirname(fileURLToPath(import.meta.url));
const suffix = '.yaml';
/** Zones of the waters in which the fleets of all scenarios sail. */
export const fleetZonesFile = path.join(scenarioFolder, 'fleet-zones.geojson');

/** Names of the scenarios that come with the project. */
export const scenarioNames = async (): Promise<readonly string[]> =>
  (await readdir(scenarioFolder))
    .filter(file => file.endsWith(suffix))
    .map(file => file.slice(0, -suffix.length))
    .sort();

const variable = /\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Names in `${env:NAME}` anywhere in the text, each once. */
export const variablesOf = (text: string): readonly string[] => [
  ...new Set([...text.matchAll(variable)].map(([, name = '']) => name)),
];

/** Where the scenario of this name or file is, and its text. Throws `config` when there is none. */
export const readScenario = async (nameOrFile: string): Promise<{ readonly file: string; readonly text: string }> => {
  const isName = /^[a-z0-9-]+$/.test(nameOrFile);
  const file = isName ? path.join(scenarioFolder, `${nameOrFile}${suffix}`) : path.resolve(nameOrFile);
  try {
    return { file, text: await readFile(file, 'utf8') };
  } catch (cause) {
    const known = (await scenarioNames()).join(', ');
    throw new GatewayError('config', `there is no scenario ${nameOrFile}`, {
      cause,
      advice: `Take one of these, or give the path of a file: ${known}.`,
    });
  }
};

const substitute = (value: unknown, environment: NodeJS.ProcessEnv): unknown => {
  if (typeof value === 'string') {
    return value.replace(variable, (_, name: string) => {
      const found = environment[name];
      if (found === undefined) throw new GatewayError('config', `the environment variable ${name} is not set`);
      return found;
    });
  }
  if (Array.isArray(value)) return value.map(part => substitute(part, environment));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, substitute(part, environment)]));
};

/** What the file says of itself. */
export const summaryOf = (text: string): string => {
  const parsed = z.looseObject({ summary: z.string() }).safeParse(parse(text));
  return parsed.success ? parsed.data.summary : '';
};

/** Throws `config` with the first thing that is wrong. `file` is for the message. */
export const parseScenario = (text: string, file: string, environment: NodeJS.ProcessEnv): Scenario => {
  const document = parseDocument(text);
  const [syntax] = document.errors;
  if (syntax !== undefined) throw new GatewayError('config', `${file}: ${syntax.message}`);
  const parsed = scenarioSchema.safeParse(substitute(document.toJS(), environment));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new GatewayError('config', `${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`);
  }
  const seen = new Set<string>();
  for (const { id } of parsed.data.devices) {
    if (seen.has(id)) throw new GatewayError('config', `${file}: two devices are called ${id}`);
    seen.add(id);
  }
  return {
    summary: parsed.data.summary,
    seed: parsed.data.seed,
    repeat: parsed.data.repeat,
    center: parsed.data.center,
    clock: parsed.data.clock,
    fleet: parsed.data.fleet,
    expect: parsed.data.expect,
    devices: parsed.data.devices.map(({ id, simulator, faults: timetable, ...config }) => ({
      id,
      simulator,
      faults: timetable,
      config,
    })),
  };
};

/**
 * How a driver and its simulator are brought together: `drivers/<family>/<name>/fixtures/rigs.yaml`.
 *
 * `simulator` is the simulator's configuration, `driver` what stands beside its address in the driver's. In both,
 * `${port}` is a free port, `${pty}` a path for a serial line, `${folder}` one for a folder and `${broker}` the address
 * of a mosquitto.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { duration } from '../../../core/fields.ts';
import { type Fault, faults } from '../../../core/simulator.ts';
import { freePort, projectFile, startMosquitto } from '../../support/resources.ts';

/**
 * `quiet`: no batch and no error; `running`: batches go on; `as-it-falls`: they go on or it ends, by what chance hits;
 * otherwise the kind of error that the driver ends with.
 */
const outcomes = ['quiet', 'running', 'as-it-falls', 'denied', 'unreachable', 'protocol', 'unsupported'] as const;
export type Outcome = (typeof outcomes)[number];

const usualOutcomes: Readonly<Record<Fault, Outcome>> = {
  'refuse-login': 'denied',
  silent: 'quiet',
  noise: 'running',
  hang: 'quiet',
  away: 'unreachable',
};

const values = z.record(z.string(), z.unknown()).default({});
const why = z.string().min(10);

const rig = z.strictObject({
  name: z.string(),
  simulator: values,
  driver: values,
  secrets: z.record(z.string(), z.string()).default({}),
  programs: z.array(z.string()).default([]),
  /** The driver's first batch comes within this time of its opening. */
  firstBatchWithin: duration().prefault('10s'),
  /** What differs from the usual, and why. */
  faults: z.partialRecord(z.enum(faults), z.strictObject({ gives: z.enum(outcomes), why })).default({}),
});

const rigsFile = z.strictObject({
  rigs: z.array(rig).default([]),
  /** Parts of the suite that the driver is spared, and why. */
  exempt: z.partialRecord(z.enum(['fixtures', 'simulator']), why).default({}),
});

export type Rig = z.output<typeof rig>;
export type Rigs = z.output<typeof rigsFile>;

export const readRigs = async (family: string, driver: string): Promise<Rigs> => {
  const file = projectFile('drivers', family, driver, 'fixtures', 'rigs.yaml');
  const text = await readFile(file, 'utf8').catch(() => '{}');
  return rigsFile.parse(parse(text));
};

export const outcomeOf = (rig: Rig, fault: Fault): Outcome => rig.faults[fault]?.gives ?? usualOutcomes[fault];

const usedIn = (rig: Rig, placeholder: string): boolean =>
  JSON.stringify([rig.simulator, rig.driver]).includes(`"\${${placeholder}}"`);

export const programsOf = (rig: Rig): readonly string[] => [
  ...rig.programs,
  ...(usedIn(rig, 'pty') ? ['socat'] : []),
  ...(usedIn(rig, 'broker') ? ['mosquitto'] : []),
];

export interface FilledRig extends AsyncDisposable {
  readonly simulator: Readonly<Record<string, unknown>>;
  readonly driver: Readonly<Record<string, unknown>>;
}

const fill = (value: unknown, given: ReadonlyMap<string, unknown>): unknown => {
  if (typeof value === 'string') return given.has(value) ? given.get(value) : value;
  if (Array.isArray(value)) return value.map(item => fill(item, given));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fill(member, given)]));
};

/** With what the placeholders stand for; a mosquitto runs until disposed of. */
export const fillRig = async (rig: Rig, folder: string): Promise<FilledRig> => {
  const broker = usedIn(rig, 'broker') ? await startMosquitto({ folder }) : undefined;
  const given = new Map<string, unknown>([
    [`\${port}`, await freePort()],
    [`\${pty}`, path.join(folder, 'line')],
    [`\${folder}`, path.join(folder, 'dropped')],
    [`\${broker}`, `mqtt://127.0.0.1:${broker?.port}`],
  ]);
  const filled = (part: Readonly<Record<string, unknown>>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(part).map(([key, member]) => [key, fill(member, given)]));
  return {
    simulator: filled(rig.simulator),
    driver: filled(rig.driver),
    [Symbol.asyncDispose]: async () => broker?.[Symbol.asyncDispose](),
  };
};

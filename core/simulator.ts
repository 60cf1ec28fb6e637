import type { z } from 'zod';
import type { Log } from './log.ts';
import type { Clock } from './time.ts';

/** Faults every simulator can be told to show, at any moment. */
export const faults = ['refuse-login', 'silent', 'noise', 'hang', 'away'] as const;
export type Fault = (typeof faults)[number];

export interface SimulatorContext<World> {
  readonly world: World;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Random numbers 0 ≤ n < 1 of the scenario's seed. */
  readonly random: () => number;
}

/** A simulated device on its real socket, pty or file. */
export interface RunningSimulator extends AsyncDisposable {
  /** Where a gateway reaches it, as the fields of its driver's configuration (`{ host, port }`, `{ path }`, …). */
  readonly address: Readonly<Record<string, unknown>>;
  /** Shows `fault` until told otherwise; undefined: behaves well again. */
  show(fault: Fault | undefined): void;
}

export interface SimulatorSpec<Config, World> {
  /** The driver's name. */
  readonly name: string;
  readonly summary: string;
  readonly config: z.ZodType<Config>;
  readonly start: (config: Config, context: SimulatorContext<World>) => Promise<RunningSimulator>;
}

export interface Simulator<World> {
  readonly name: string;
  readonly summary: string;
  readonly schema: z.ZodType;
  start(config: unknown, context: SimulatorContext<World>): Promise<RunningSimulator>;
}

export const defineSimulator = <Config, World>(spec: SimulatorSpec<Config, World>): Simulator<World> => ({
  name: spec.name,
  summary: spec.summary,
  schema: spec.config,
  start: (raw, context) => spec.start(spec.config.parse(raw), context),
});

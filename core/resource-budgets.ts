/**
 * What a gateway may use of the machine it runs on, and what it does, step by step, when it uses more. This table is the
 * declaration: the governor acts by it, the events and the operator's page show it.
 */
import { type Duration, minutes, seconds } from './time.ts';

export const resources = ['memory', 'cpu', 'temperature', 'disk', 'writes'] as const;
export type Resource = (typeof resources)[number];

/** Everything that may be done; in effect while any budget asks for it. */
export const measures = {
  'detection-half': 'cameras: half as many pictures are looked at',
  'smaller-model': 'cameras: those with a smaller model are looked at with that',
  'detection-quarter': 'cameras: a quarter as many pictures are looked at',
  'no-pictures': 'cameras: no pictures are kept, but for those that are ordered',
  'vision-afresh': 'the vision process is started afresh, once',
  'gateway-afresh': 'the gateway stops cleanly and starts afresh, once an hour at most',
  'no-history': 'delivered events are not kept for `outbox.replay`, and those that were kept are given up',
  'commits-10s': 'observations that no source waits for are committed every 10 s: the loss window of a power cut',
  'commits-60s': 'observations that no source waits for are committed every 60 s',
  'no-observations':
    'events of the class `obs` are refused and counted as `writes`; events and alerts are always accepted',
} as const;
export type Measure = keyof typeof measures;

export const measureNames = Object.keys(measures) as [Measure, ...Measure[]];

export interface ResourceBudget {
  /** UCUM code. */
  readonly unit: 'By' | '1' | 'Cel';
  /** What is measured, and against what. */
  readonly summary: string;
  readonly bound: 'at-most' | 'at-least';
  /** Clearly within: the measured value has to be on the good side of this, not only of the limit. */
  readonly calm: (limit: number) => number;
  /** How long it must be exceeded for each step up. */
  readonly stepAfter: Duration;
  /** How long it must be clearly kept for each step down. */
  readonly calmAfter: Duration;
  /** In this order, each beside those before it. */
  readonly measures: readonly [Measure, ...Measure[]];
}

export const resourceBudgets: Readonly<Record<Resource, ResourceBudget>> = {
  memory: {
    unit: 'By',
    summary: 'resident memory of the gateway and the processes that it started',
    bound: 'at-most',
    calm: limit => 0.85 * limit,
    stepAfter: seconds(30),
    calmAfter: minutes(10),
    measures: ['vision-afresh', 'no-pictures', 'gateway-afresh'],
  },
  cpu: {
    unit: '1',
    summary: 'processor cores that they use, mean of a minute',
    bound: 'at-most',
    calm: limit => 0.8 * limit,
    stepAfter: minutes(1),
    calmAfter: minutes(5),
    measures: ['detection-half', 'smaller-model', 'detection-quarter', 'no-pictures'],
  },
  temperature: {
    unit: 'Cel',
    summary: 'temperature of the hottest zone that the machine tells of',
    bound: 'at-most',
    calm: limit => limit - 5,
    stepAfter: seconds(30),
    calmAfter: minutes(5),
    measures: ['detection-half', 'smaller-model', 'detection-quarter', 'no-pictures'],
  },
  disk: {
    unit: 'By',
    summary: 'free disk of the storage folder',
    bound: 'at-least',
    calm: limit => 1.25 * limit,
    stepAfter: seconds(30),
    calmAfter: minutes(10),
    measures: ['no-pictures', 'no-history'],
  },
  writes: {
    unit: 'By',
    summary:
      'bytes that they wrote to disks since midnight at the site, against a quarter of the budget and its share of the day',
    bound: 'at-most',
    calm: limit => 0.9 * limit,
    stepAfter: seconds(30),
    calmAfter: minutes(10),
    measures: ['commits-10s', 'commits-60s', 'no-pictures', 'no-history', 'no-observations'],
  },
};

/** What is asked of a vessel inside a zone: one row for each condition. Pure. */
import type { Duration, Instant } from '../../core/time.ts';
import type { VesselFix, VesselMotion, ZoneKind } from '../../core/vessel.ts';
import type { GeofenceConfig } from './config.ts';
import type { Belief, ConditionName, Doubt, Fields, Followed, Visit } from './followed.ts';
import { type Gears, isFishingVessel } from './gear.ts';
import type { Zone } from './zone.ts';

/** What a rule looks at: a position of a vessel in a zone. */
export interface Judged {
  readonly zone: Zone;
  readonly visit: Visit;
  readonly followed: Followed;
  readonly fix: VesselFix;
  /** Filtered where there is a filter; undefined when no speed is known. */
  readonly speedKnots: number | undefined;
  readonly config: GeofenceConfig;
  readonly gears: Gears;
}

export interface Patience {
  readonly raise: Duration;
  readonly clear: Duration;
  /** Positions that must speak for a change. */
  readonly positions: number;
  /** Positions that speak against it for up to this long do not end it. */
  readonly pause: Duration;
  /** Positions further apart in time do not belong together. */
  readonly gap: Duration;
}

export interface Rule {
  readonly name: ConditionName;
  readonly appliesTo: (zone: Zone) => boolean;
  /** Undefined when this position does not say. `isOpen`: it was raised, so that what ends it may be stricter. */
  readonly holds: (judged: Judged, isOpen: boolean) => boolean | undefined;
  readonly patience: (config: GeofenceConfig) => Patience;
  /** Its own fields of the events. */
  readonly dataOf: (judged: Judged, doubt: Doubt) => Fields;
  /** Why it is cleared when it does not hold any more though the vessel is still there. */
  readonly end: 'recovered' | 'superseded';
}

const round = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;

export const speedOf = (fix: VesselFix, motion: VesselMotion | undefined): number | undefined =>
  motion?.sogKnots ?? fix.sogKnots;

const atOnce = ({ bridgeWithin }: GeofenceConfig): Patience => ({
  raise: 0,
  clear: 0,
  positions: 1,
  pause: 0,
  gap: bridgeWithin,
});

/** Where vessels wait, queue and manoeuvre slowly for other reasons than fishing. */
const shelteredKinds: ReadonlySet<ZoneKind> = new Set(['port', 'shelter', 'anchorage', 'channel']);

const isSheltered = ({ visits }: Followed): boolean => {
  for (const { zone } of visits) if (shelteredKinds.has(zone.kind)) return true;
  return false;
};

const reserves = (zone: Zone): boolean => zone.permits?.activity === 'fishing';

/** Undefined when it may fish there. */
const groundOf = ({ zone, followed: { vessel }, gears }: Judged): Fields | undefined => {
  if (zone.here.kind === 'protected' && !reserves(zone)) return { ground: 'protected' };
  const broken = gears.notPermitted(vessel, zone.permits);
  return broken.length === 0 ? undefined : { ground: 'not-permitted', permits: permitsOf(zone), notPermitted: broken };
};

const permitsOf = ({ permits }: Zone): Fields => {
  const { lengthMetres, gear } = permits ?? {};
  return { ...(lengthMetres !== undefined && { lengthMetres }), ...(gear !== undefined && { gear }) };
};

const stayOf = ({ visit, fix }: Judged): Duration => fix.time - visit.enteredAt;

export const rules: readonly Rule[] = [
  {
    name: 'zone-stay',
    appliesTo: ({ dwell }) => dwell !== undefined,
    holds: judged => stayOf(judged) >= (judged.zone.dwell ?? Number.POSITIVE_INFINITY),
    patience: atOnce,
    dataOf: judged => ({
      visit: judged.visit.correlation,
      limitSeconds: (judged.zone.dwell ?? 0) / 1000,
      staySeconds: stayOf(judged) / 1000,
    }),
    end: 'recovered',
  },
  {
    name: 'speeding',
    appliesTo: ({ speedLimitKnots }) => speedLimitKnots !== undefined,
    holds: ({ zone: { speedLimitKnots = Number.POSITIVE_INFINITY }, speedKnots, config }, isOpen) =>
      speedKnots === undefined
        ? undefined
        : speedKnots > speedLimitKnots + (isOpen ? 0 : config.speeding.toleranceKnots),
    patience: ({ speeding, interpolateWithin }) => ({
      raise: speeding.for,
      clear: speeding.clearedFor,
      positions: 2,
      pause: 0,
      gap: interpolateWithin,
    }),
    dataOf: ({ zone, visit, speedKnots = 0, config }) => ({
      visit: visit.correlation,
      limitKnots: zone.speedLimitKnots,
      toleranceKnots: config.speeding.toleranceKnots,
      speedKnots: round(speedKnots, 1),
      highestKnots: round(speedKnots, 1),
    }),
    end: 'recovered',
  },
  {
    name: 'forbidden-anchoring',
    appliesTo: ({ anchoring }) => anchoring === 'forbidden',
    holds: ({ speedKnots, config: { anchoring } }, isOpen) =>
      speedKnots === undefined ? undefined : speedKnots <= (isOpen ? anchoring.releaseKnots : anchoring.atMostKnots),
    patience: ({ anchoring, bridgeWithin }) => ({
      raise: anchoring.for,
      clear: anchoring.clearedFor,
      positions: 2,
      pause: 0,
      gap: bridgeWithin,
    }),
    dataOf: ({ visit, fix, config }, { since }) => ({
      visit: visit.correlation,
      atMostKnots: config.anchoring.atMostKnots,
      forSeconds: (fix.time - since) / 1000,
    }),
    end: 'recovered',
  },
  {
    name: 'forbidden-presence',
    appliesTo: zone => zone.permits?.activity === 'presence',
    holds: ({ zone, followed, gears }) => gears.notPermitted(followed.vessel, zone.permits).length > 0,
    patience: atOnce,
    dataOf: ({ zone, visit, followed, gears }) => ({
      visit: visit.correlation,
      permits: permitsOf(zone),
      notPermitted: gears.notPermitted(followed.vessel, zone.permits),
    }),
    // It does not move away by that: something else became known of it.
    end: 'superseded',
  },
  {
    name: 'suspected-fishing',
    appliesTo: zone => zone.here.kind === 'protected' || reserves(zone),
    holds: judged => {
      const { followed, fix, speedKnots, gears } = judged;
      if (speedKnots === undefined) return undefined;
      if (!isFishingVessel(followed.vessel, fix) || isSheltered(followed)) return false;
      const { leastKnots, mostKnots } = gears.patternOf(followed.vessel);
      const fits = speedKnots >= leastKnots && speedKnots <= mostKnots;
      return fits && groundOf(judged) !== undefined;
    },
    patience: ({ fishing, bridgeWithin }) => ({
      raise: fishing.for,
      clear: fishing.clearedFor,
      positions: fishing.positions,
      pause: fishing.pause,
      gap: bridgeWithin,
    }),
    dataOf: (judged, { since, positions }) => ({
      visit: judged.visit.correlation,
      ...groundOf(judged),
      pattern: {
        ...judged.gears.patternOf(judged.followed.vessel),
        forSeconds: (judged.fix.time - since) / 1000,
        positions,
      },
      method: 'speed-pattern',
    }),
    end: 'recovered',
  },
];

/**
 * Weighs a position against what is believed: a change needs positions that agree on it for long enough. Gives the doubt
 * that became certainty, and undefined as long as nothing changes.
 */
export const weigh = (
  belief: Belief,
  holds: boolean | undefined,
  time: Instant,
  { raise, clear, positions, pause, gap }: Patience,
): Doubt | undefined => {
  if (holds === undefined) return undefined;
  const { open, doubt } = belief;
  const isOpen = open !== undefined;
  if (holds === isOpen) {
    if (doubt !== undefined && time - doubt.last > pause) delete belief.doubt;
    return undefined;
  }
  const grown: Doubt =
    doubt === undefined || time - doubt.last > gap ? { since: time, last: time, positions: 0 } : doubt;
  grown.last = time;
  grown.positions++;
  belief.doubt = grown;
  const isSure = time - grown.since >= (isOpen ? clear : raise) && grown.positions >= (isOpen ? 1 : positions);
  if (!isSure) return undefined;
  delete belief.doubt;
  return grown;
};

/** What is asked of a vessel inside a zone: one row for each condition. Pure. */
import type { Duration } from '../../core/time.ts';
import type { VesselFix, VesselMotion, ZoneKind } from '../../core/vessel.ts';
import type { GeofenceConfig } from './config.ts';
import type { ConditionName, Doubt, Episode, Fields, Followed, Visit } from './followed.ts';
import { type Gears, isFishingVessel } from './gear.ts';
import type { Patience } from './patience.ts';
import type { Zone } from './zone.ts';

/** What a rule looks at: a position of a vessel in a zone. */
export interface Judged {
  readonly zone: Zone;
  readonly visit: Visit;
  readonly followed: Followed;
  readonly fix: VesselFix;
  readonly before: VesselFix | undefined;
  /** Filtered where there is a filter; undefined when no speed is known. */
  readonly speedKnots: number | undefined;
  readonly config: GeofenceConfig;
  readonly gears: Gears;
}

export interface Rule {
  readonly name: ConditionName;
  /**
   * What the zone asks, as its events tell it; undefined when it asks nothing of the kind. What was raised by other
   * limits ends with them, whatever the vessel does.
   */
  readonly limitsOf: (zone: Zone) => Fields | undefined;
  /** Undefined when this position does not say. `isOpen`: it was raised, so that what ends it may be stricter. */
  readonly holds: (judged: Judged, isOpen: boolean) => boolean | undefined;
  readonly patience: (config: GeofenceConfig) => Patience;
  /** Its own fields of the events, besides the limits. */
  readonly dataOf: (judged: Judged, doubt: Doubt) => Fields;
  /** Takes in what a further position says of an open one; true when that is to be told. */
  readonly goOn?: (judged: Judged, open: Episode) => boolean;
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

const notPermitted = ({ zone, followed, gears }: Judged): readonly ('length' | 'gear')[] =>
  gears.notPermitted(followed.vessel, zone.permits);

const permitsOf = ({ permits }: Zone): Fields => {
  const { lengthMetres, gear } = permits ?? {};
  return { ...(lengthMetres !== undefined && { lengthMetres }), ...(gear !== undefined && { gear }) };
};

/** Fishing is reserved there; elsewhere in a protected area nobody fishes. */
const reserves = ({ permits }: Zone): boolean => permits?.activity === 'fishing';

const stayOf = ({ visit, fix }: Judged): Duration => fix.time - visit.enteredAt;

export const rules: readonly Rule[] = [
  {
    name: 'zone-stay',
    limitsOf: ({ dwell }) => (dwell === undefined ? undefined : { limitSeconds: dwell / 1000 }),
    holds: judged => stayOf(judged) >= (judged.zone.dwell ?? Number.POSITIVE_INFINITY),
    patience: atOnce,
    dataOf: judged => ({ staySeconds: stayOf(judged) / 1000 }),
    end: 'recovered',
  },
  {
    name: 'speeding',
    limitsOf: ({ speedLimitKnots }) => (speedLimitKnots === undefined ? undefined : { limitKnots: speedLimitKnots }),
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
    dataOf: ({ speedKnots = 0, config }) => ({
      toleranceKnots: config.speeding.toleranceKnots,
      speedKnots: round(speedKnots, 1),
      highestKnots: round(speedKnots, 1),
    }),
    goOn: ({ speedKnots = 0, config }, open) => {
      const { highestKnots, speedKnots: told } = open.data;
      const now = round(speedKnots, 1);
      if (now <= Number(highestKnots)) return false;
      const isTold = now >= Number(told) + config.speeding.stepKnots;
      open.data = { ...open.data, highestKnots: now, ...(isTold && { speedKnots: now }) };
      return isTold;
    },
    end: 'recovered',
  },
  {
    name: 'forbidden-anchoring',
    limitsOf: ({ anchoring }) => (anchoring === 'forbidden' ? {} : undefined),
    holds: ({ speedKnots, config: { anchoring } }, isOpen) =>
      speedKnots === undefined ? undefined : speedKnots <= (isOpen ? anchoring.releaseKnots : anchoring.atMostKnots),
    patience: ({ anchoring, bridgeWithin }) => ({
      raise: anchoring.for,
      clear: anchoring.clearedFor,
      positions: 2,
      pause: 0,
      gap: bridgeWithin,
    }),
    dataOf: ({ fix, config }, { since }) => ({
      atMostKnots: config.anchoring.atMostKnots,
      forSeconds: (fix.time - since) / 1000,
    }),
    end: 'recovered',
  },
  {
    name: 'forbidden-presence',
    limitsOf: zone => (zone.permits?.activity === 'presence' ? { permits: permitsOf(zone) } : undefined),
    holds: judged => notPermitted(judged).length > 0,
    patience: atOnce,
    dataOf: judged => ({ notPermitted: notPermitted(judged) }),
    // It does not move away by that: something else became known of it.
    end: 'superseded',
  },
  {
    name: 'suspected-fishing',
    limitsOf: zone =>
      reserves(zone)
        ? { ground: 'not-permitted', permits: permitsOf(zone) }
        : zone.here.kind === 'protected'
          ? { ground: 'protected' }
          : undefined,
    holds: judged => {
      const { zone, followed, fix, speedKnots, gears } = judged;
      if (speedKnots === undefined) return undefined;
      if (!isFishingVessel(followed.vessel, fix) || isSheltered(followed)) return false;
      if (reserves(zone) && notPermitted(judged).length === 0) return false;
      const { leastKnots, mostKnots } = gears.patternOf(followed.vessel);
      return speedKnots >= leastKnots && speedKnots <= mostKnots;
    },
    patience: ({ fishing, bridgeWithin }) => ({
      raise: fishing.for,
      clear: fishing.clearedFor,
      positions: fishing.positions,
      pause: fishing.pause,
      gap: bridgeWithin,
    }),
    dataOf: (judged, { since, positions }) => ({
      ...(reserves(judged.zone) && { notPermitted: notPermitted(judged) }),
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

/** Whether what was raised still goes by what the zone asks now. */
export const isByLimits = ({ data }: Episode, limits: Fields): boolean =>
  Object.entries(limits).every(([field, value]) => JSON.stringify(data[field]) === JSON.stringify(value));

/** Fishing vessels and their gear, in whatever words the registry has for it. Pure. */
import type { VesselFix, VesselIdentity } from '../../core/vessel.ts';
import type { GeofenceConfig } from './config.ts';
import type { Zone } from './zone.ts';

export interface Pattern {
  readonly gear: string;
  readonly leastKnots: number;
  readonly mostKnots: number;
}

const combiningMarks = /\p{M}/gu;

/** Without marks and capitals, one blank around each word: ` luoi keo doi `. */
const fold = (text: string): string => {
  const plain = text.normalize('NFD').replaceAll(combiningMarks, '').replaceAll(/[đĐ]/g, 'd').toLowerCase();
  return ` ${plain.replaceAll(/[^a-z0-9]+/g, ' ').trim()} `;
};

/** ITU-R M.1371-5 table 53. */
const fishingShip = 30;
/** ITU-R M.1371-5 table 45: engaged in fishing. */
const engagedInFishing = 7;

/** Whether anything says that it fishes at all: the speeds of a fishing vessel are those of many others too. */
export const isFishingVessel = (vessel: VesselIdentity, fix: VesselFix): boolean =>
  vessel.registry !== undefined ||
  vessel.shipType === fishingShip ||
  fix.source === 'vms' ||
  fix.navigationStatus === engagedInFishing;

/** Words for gear are compared in every position, so each is folded once. */
export interface Gears {
  /** Speeds that are typical of the vessel's gear. */
  patternOf(vessel: VesselIdentity): Pattern;
  /** What of the vessel the zone does not permit; nothing of what is not known of it. */
  notPermitted(vessel: VesselIdentity, permits: Zone['permits']): readonly ('length' | 'gear')[];
}

/** A registry has some dozens; beyond these they are forgotten and folded anew. */
const mostRemembered = 2000;

const remembering = <Value>(make: (text: string) => Value): ((text: string) => Value) => {
  const known = new Map<string, Value>();
  return text => {
    const found = known.get(text);
    if (found !== undefined) return found;
    if (known.size >= mostRemembered) known.clear();
    const made = make(text);
    known.set(text, made);
    return made;
  };
};

export const createGears = ({ gears, otherGear }: GeofenceConfig['fishing']): Gears => {
  const folded = remembering(fold);
  const other: Pattern = { gear: 'other', ...otherGear };
  const isNamed = (gear: string, words: readonly string[]): boolean =>
    words.some(word => folded(gear).includes(folded(word)));
  const patternOfGear = remembering((gear): Pattern => {
    const row = gears.find(({ words }) => isNamed(gear, words));
    return row === undefined ? other : { gear: row.name, leastKnots: row.leastKnots, mostKnots: row.mostKnots };
  });
  const isSameGear = (gear: string, permitted: string): boolean => {
    const row = patternOfGear(gear);
    return isNamed(gear, [permitted]) || (row !== other && row.gear === patternOfGear(permitted).gear);
  };

  return {
    patternOf: ({ registry }) => (registry?.gear === undefined ? other : patternOfGear(registry.gear)),
    notPermitted: ({ registry }, permits) => {
      const broken: ('length' | 'gear')[] = [];
      const { lengthMetres, gear: permitted } = permits ?? {};
      const { lengthMaxMetres: length, gear } = registry ?? {};
      if (length !== undefined && lengthMetres !== undefined) {
        const { least = 0, below = Number.POSITIVE_INFINITY } = lengthMetres;
        if (length < least || length >= below) broken.push('length');
      }
      if (gear !== undefined && permitted?.every(word => !isSameGear(gear, word))) broken.push('gear');
      return broken;
    },
  };
};

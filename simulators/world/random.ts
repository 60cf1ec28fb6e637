/** Seeded randomness: the same keys give the same numbers for ever, on every machine. */

/** 32 bits of `keys` (FNV-1a, then the finalizer of MurmurHash3 so that neighbouring keys differ everywhere). */
export const hash = (...keys: readonly (string | number)[]): number => {
  let value = 0x811c9dc5;
  for (const key of keys) {
    const text = `${key}|`;
    for (let index = 0; index < text.length; index++) {
      value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
    }
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
};

/** Gives 0 ≤ n < 1. */
export type Random = () => number;

/** An endless sequence of its own for each set of keys (mulberry32). */
export const createRandom = (...keys: readonly (string | number)[]): Random => {
  let state = hash(...keys);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

export const between = (random: Random, least: number, most: number): number => least + (most - least) * random();

export const pick = <T>(random: Random, choices: readonly [T, ...T[]]): T =>
  choices[Math.floor(random() * choices.length)] ?? choices[0];

/** Smooth noise −1…1 that wanders over about one unit of `at`. */
export const wander = (at: number, ...keys: readonly (string | number)[]): number => {
  const cell = Math.floor(at);
  const fraction = at - cell;
  const weight = fraction * fraction * (3 - 2 * fraction);
  const value = (index: number): number => hash(...keys, index) / 2 ** 31 - 1;
  return value(cell) * (1 - weight) + value(cell + 1) * weight;
};

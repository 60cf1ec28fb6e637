import { airAt } from './air.ts';
import { fleetOf, stateOf } from './harbour.ts';
import { createView, type View } from './view.ts';
import type { World } from './world.ts';

/** The world of a seed: vessels at Thuận An, air at a station in Huế, a street and a harbour to look at. */
export const createWorld = (seed: number): World => {
  const fleet = fleetOf(seed);
  const views: ReadonlyMap<string, View> = new Map([
    ['street', createView(seed, 'street')],
    ['harbour', createView(seed, 'harbour')],
  ]);
  return {
    seed,
    vesselsAt: instant => fleet.map(vessel => stateOf(vessel, instant)),
    quantitiesAt: instant => airAt(seed, instant),
    visibleAt: (scene, instant) => views.get(scene)?.visibleAt(instant) ?? [],
  };
};

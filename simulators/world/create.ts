import { airAt } from './air.ts';
import { fleetOf, stateOf } from './harbour.ts';
import { createView, type View } from './view.ts';
import type { Afloat, Station, World } from './world.ts';

/**
 * The world of a seed: vessels at Thuận An, air at a station in Huế, a street and a harbour to look at. `afloat` are on
 * the air instead of the harbour's own few vessels, which the cameras see either way.
 */
export const createWorld = (seed: number, afloat?: Afloat): World => {
  const fleet = fleetOf(seed);
  const views: ReadonlyMap<string, View> = new Map([
    ['street', createView(seed, 'street')],
    ['harbour', createView(seed, 'harbour')],
  ]);
  const stations =
    afloat?.stations ?? fleet.map((vessel): Station => ({ stateAt: instant => stateOf(vessel, instant) }));
  return {
    seed,
    stations,
    ...(afloat !== undefined && { vmsReportsBetween: afloat.vmsReportsBetween }),
    vesselsAt: instant => stations.flatMap(station => station.stateAt(instant) ?? []),
    quantitiesAt: instant => airAt(seed, instant),
    visibleAt: (scene, instant) => views.get(scene)?.visibleAt(instant) ?? [],
  };
};

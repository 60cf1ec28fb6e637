/**
 * The quay of the gateway that is recorded, where a camera meets AIS: some of the boats that it sees carry none, and
 * some that AIS tells of are not there.
 */
import { quayCameraConfig } from '../../bench/harbour-watch.ts';
import { destinationOf } from '../../core/geodesy.ts';
import { createWorld } from '../../simulators/world/create.ts';
import { quayCamera } from '../../simulators/world/harbour.ts';
import type { Station, VesselState, World } from '../../simulators/world/world.ts';

export interface Quay {
  /** As AIS has it. */
  readonly world: World;
  /** Configuration of the stage `sighting`. */
  readonly sighting: object;
}

/**
 * Of the vessels of the harbour: the boat that passes nearest to the camera, and one that always lies before it, which is
 * there whenever the gateway starts.
 */
const withoutAis: ReadonlySet<number> = new Set([1, 2]);

/**
 * In the one gap between the boats that lie here, which is free for half of the time; broader than a boat that the camera
 * sights looks from its end, and not much farther away than the freighter: else the stage does not know that the camera
 * would see them.
 */
const ghosts: readonly VesselState[] = [
  { aside: -4.6, metres: 400, length: 22 },
  { aside: -4.6, metres: 410, length: 23 },
  { aside: -4.6, metres: 420, length: 24 },
].map(({ aside, metres, length }, index) => ({
  vessel: {
    mmsi: 574_100_097 + index,
    stationClass: 'A',
    imo: 0,
    name: `TTH ${91_097 + index} TS`,
    callSign: `XVTW${index}`,
    shipType: 30,
    toBowMetres: length - 8,
    toSternMetres: 8,
    toPortMetres: 2,
    toStarboardMetres: 3,
    draughtMetres: 2.4,
    destination: 'THUAN AN',
  },
  ...destinationOf(quayCamera, quayCamera.bearingDegrees + aside, metres),
  sogKnots: 0,
  cogDegrees: 0,
  headingDegrees: 50,
  navigationStatus: 0,
}));

export const createQuay = (seed: number): Quay => {
  const { stations } = createWorld(seed);
  const afloat: readonly Station[] = [
    ...stations.filter((_, index) => !withoutAis.has(index)),
    ...ghosts.map((ghost): Station => ({ stateAt: () => ghost })),
  ];
  return {
    world: createWorld(seed, { stations: afloat, vmsReportsBetween: () => [] }),
    sighting: {
      cameras: [
        {
          ...quayCameraConfig(seed),
          headingUncertainty: 0.05,
          zones: [
            {
              id: 'vung-nuoc-cang',
              name: 'Vùng nước trước cầu cảng',
              englishName: 'Water before the quay',
              bearings: [0, 0],
              ranges: [0, 5000],
              unidentified: 'event',
            },
          ],
        },
      ],
      patience: '15s',
      period: '1m',
      unseenAfter: '5s',
      unseenFrames: 10,
      unseenLight: 'any',
    },
  };
};

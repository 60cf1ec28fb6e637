/**
 * The waters off Thuận An as the fleet knows them: piers in the lagoon, the channel to the sea, the grounds outside. The
 * shape of the coast is right, depths and limits are made up: no chart and no legal boundary.
 */
import { destinationOf, metresPerDegree, metresPerNauticalMile, type Place } from '../../core/geodesy.ts';
import { quayCamera } from '../world/harbour.ts';

/** Metres east and north of the quay. */
export interface Spot {
  readonly east: number;
  readonly north: number;
}

const metresPerDegreeEast = metresPerDegree * Math.cos((quayCamera.latitude * Math.PI) / 180);

export const toPlace = ({ east, north }: Spot): Place => ({
  longitude: quayCamera.longitude + east / metresPerDegreeEast,
  latitude: quayCamera.latitude + north / metresPerDegree,
});

export const toSpot = ({ longitude, latitude }: Place): Spot => ({
  east: (longitude - quayCamera.longitude) * metresPerDegreeEast,
  north: (latitude - quayCamera.latitude) * metresPerDegree,
});

export const distanceOf = (from: Spot, to: Spot): number => Math.hypot(to.east - from.east, to.north - from.north);

/** Where the lanes of the piers meet. */
export const basin: Spot = { east: -120, north: 60 };
/** From the basin to the sea buoy. */
export const channel: readonly Spot[] = [
  { east: -600, north: 700 },
  { east: -1000, north: 1600 },
  { east: -760, north: 3000 },
];
export const seaBuoy: Spot = channel[channel.length - 1] ?? basin;

/** The coast runs from north-west to south-east; seawards is across it. */
const alongCoastBearing = 125;
const seawardBearing = 35;

/** Nautical miles along the coast (to the south-east positive) and out to sea, from the sea buoy. */
export const atSea = (alongMiles: number, outMiles: number): Spot => {
  const along = destinationOf(toPlace(seaBuoy), alongCoastBearing, alongMiles * metresPerNauticalMile);
  return toSpot(destinationOf(along, seawardBearing, outMiles * metresPerNauticalMile));
};

const laneApart = 130;
const berthApart = 32;
const berthFromLane = 40;
const berthsOfLane = 26;

/** The way from a berth to the basin: it begins at the berth. Any number of boats finds one of its own. */
export const wayFromBerth = (number: number): readonly Spot[] => {
  const lane = Math.floor(number / berthsOfLane);
  const place = number % berthsOfLane;
  const along = 150 + Math.floor(place / 2) * berthApart;
  const side = place % 2 === 0 ? 1 : -1;
  const north = -60 - lane * laneApart;
  return [
    { east: along, north: north + side * berthFromLane },
    { east: along - berthFromLane, north },
    { east: 0, north },
    { east: -60, north: north + 60 },
    basin,
  ];
};

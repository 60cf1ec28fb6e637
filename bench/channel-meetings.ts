/**
 * Ships that meet in the bend of a channel: those that pass each other as they should, and those that collide there. The
 * rule has seen ordinary ships take the channel before, and no two channels are the same.
 */
import { destinationOf, distanceMetres, metresPerSecondPerKnot, type Place } from '../core/geodesy.ts';
import { type Instant, seconds } from '../core/time.ts';
import type { VesselIdentity, VesselUpdate, ZoneHere } from '../core/vessel.ts';
import { stage } from '../pipelines/vessel-rules/stage.ts';
import { between, createRandom, type Random } from '../simulators/world/random.ts';
import { receiverSite } from './events.ts';

const began: Instant = Date.UTC(2026, 10, 23);
const corner: Place = { longitude: 107.6, latitude: 16.57 };
const zones: readonly ZoneHere[] = [{ id: 'channel', name: 'Luồng', kind: 'channel' }];
/** As on the ordinary day. */
const lostShare = 0.3;
const scatterMetres = 8;
const every = 10;
const legMetres = 1500;

interface Spot {
  readonly place: Place;
  readonly course: number;
}

/** Where a ship is, `at` seconds after two are closest. */
type Mover = (at: number) => Spot & { readonly knots: number };

/** A line with one bend, by metres from the middle of it. */
interface Channel {
  readonly turnDegrees: number;
  at(metres: number, starboardMetres: number): Spot;
}

const createChannel = (random: Random): Channel => {
  const course = random() * 360;
  const turnDegrees = between(random, 20, 50) * (random() < 0.5 ? 1 : -1);
  const radius = between(random, 180, 400);
  const half = (radius * Math.abs(turnDegrees) * Math.PI) / 360;
  const step = 5;
  const spots: Spot[] = [{ place: destinationOf(corner, course + 180, legMetres), course }];
  for (let metres = -legMetres; metres < legMetres; metres += step) {
    const part = Math.min(1, Math.max(0, (metres + half) / (2 * half)));
    const now = course + part * turnDegrees;
    spots.push({ place: destinationOf(spots.at(-1)?.place ?? corner, now, step), course: now });
  }
  return {
    turnDegrees,
    at: (metres, starboardMetres) => {
      const index = Math.round((metres + legMetres) / step);
      const spot = spots[Math.min(spots.length - 1, Math.max(0, index))] ?? { place: corner, course };
      const beyond = metres - Math.min(legMetres, Math.max(-legMetres, metres));
      const onward = destinationOf(spot.place, spot.course, beyond);
      return { place: destinationOf(onward, spot.course + 90, starboardMetres), course: spot.course };
    },
  };
};

/** Along the channel, in (1) or out (-1), beside the middle to its own starboard; `metres` from the bend when closest. */
const keeping =
  ({ at }: Channel, way: 1 | -1, knots: number, starboardMetres: number, metres: number): Mover =>
  time => {
    const { place, course } = at(metres + way * knots * metresPerSecondPerKnot * time, way * starboardMetres);
    return { place, knots, course: way === 1 ? course : course + 180 };
  };

/** Straight through a place. */
const straight =
  (through: Place, knots: number, course: number): Mover =>
  time => ({ place: destinationOf(through, course, knots * metresPerSecondPerKnot * time), knots, course });

interface Kind {
  readonly name: string;
  /** Before the bend nobody can know that one will not turn. */
  readonly begins?: 'at the bend';
  readonly movers: (random: Random, channel: Channel) => readonly [Mover, Mover];
}

const besideMetres = 45;
const nearBend = (random: Random): number => between(random, -400, 400);

/** Of these nobody is to be told. */
export const harmless: readonly Kind[] = [
  {
    name: 'ships that meet 90 m apart in the bend',
    movers: (random, channel) => {
      const metres = nearBend(random);
      return [
        keeping(channel, 1, between(random, 6, 12), besideMetres, metres),
        keeping(channel, -1, between(random, 6, 12), besideMetres, metres),
      ];
    },
  },
  {
    name: 'a boat at the edge that overtakes a ship 110 m away in the bend',
    movers: (random, channel) => {
      const [metres, knots] = [nearBend(random), between(random, 4, 7)];
      return [keeping(channel, 1, knots, 10, metres), keeping(channel, 1, knots + between(random, 5, 9), 120, metres)];
    },
  },
];

/** Each of these is a collision if nobody does anything. */
export const collisions: readonly Kind[] = [
  {
    name: 'head-on, one on the wrong side, in or near the bend',
    movers: (random, channel) => {
      const metres = nearBend(random);
      return [
        keeping(channel, 1, between(random, 6, 12), besideMetres, metres),
        keeping(channel, -1, between(random, 6, 12), between(random, -10, 10) - besideMetres, metres),
      ];
    },
  },
  {
    name: 'one misses the bend and runs into another',
    begins: 'at the bend',
    movers: (random, channel) => {
      // Over to the other side it gets where the bend is to its own starboard.
      const way = channel.turnDegrees > 0 ? 1 : -1;
      const from = channel.at(way * -250, way * besideMetres);
      const course = way === 1 ? from.course : from.course + 180;
      let [metres, through, closest] = [0, corner, Number.POSITIVE_INFINITY];
      for (let ahead = 200; ahead < 900; ahead += 5) {
        const place = destinationOf(from.place, course, ahead);
        for (let beside = -400; beside < 700; beside += 5) {
          const apart = distanceMetres(place, channel.at(way * beside, -way * besideMetres).place);
          if (apart < closest) [metres, through, closest] = [way * beside, place, apart];
        }
      }
      return [
        straight(through, between(random, 6, 12), course),
        keeping(channel, way === 1 ? -1 : 1, between(random, 6, 12), besideMetres, metres),
      ];
    },
  },
  {
    name: 'one crosses the channel before another in the bend',
    movers: (random, channel) => {
      const metres = nearBend(random);
      const { place, course } = channel.at(metres, besideMetres);
      const side = random() < 0.5 ? 90 : -90;
      return [
        keeping(channel, 1, between(random, 6, 12), besideMetres, metres),
        straight(place, between(random, 6, 12), course + side + between(random, -30, 30)),
      ];
    },
  },
  {
    name: 'one runs into the stern of another in the bend',
    movers: (random, channel) => {
      const [metres, knots] = [nearBend(random), between(random, 4, 6)];
      return [
        keeping(channel, 1, knots, besideMetres, metres),
        keeping(channel, 1, knots + between(random, 5, 9), besideMetres + between(random, -10, 10), metres),
      ];
    },
  },
];

const hull = (lengthMetres: number): Partial<VesselIdentity> => ({
  toBowMetres: Math.round(lengthMetres * 0.7),
  toSternMetres: Math.round(lengthMetres * 0.3),
  toPortMetres: Math.round(lengthMetres * 0.1),
  toStarboardMetres: Math.round(lengthMetres * 0.1),
});

/** How long before the two are closest it was told, in seconds; undefined when it was not. */
export const tellChannelMeeting = ({ name, movers }: Kind, seed: number, passages: number): number | undefined => {
  const random = createRandom(seed, name);
  const channel = createChannel(random);
  const running = stage.bind({}, receiverSite).start(new Map());
  let lead: number | undefined;
  let mmsi = 574_000_000;

  /** `from` and `to`: seconds about the time at which they are closest, which is `closest`. */
  const sail = (vessels: readonly Mover[], from: number, to: number, closest: Instant): void => {
    const identities = vessels.map((): VesselIdentity => {
      mmsi++;
      return { key: `mmsi/${mmsi}`, mmsi, mmsiKind: 'ship', shipType: 70, ...hull(between(random, 14, 95)) };
    });
    const due = vessels.map(() => from + random() * every);
    const previous: VesselUpdate['fix'][] = [];
    for (let at = from; at < to; at++) {
      const time = closest + seconds(at);
      for (const [index, mover] of vessels.entries()) {
        const identity = identities[index];
        if (identity === undefined || at < (due[index] ?? 0)) continue;
        due[index] = at + every * between(random, 0.9, 1.1);
        if (random() < lostShare) continue;
        const { place, knots, course } = mover(at);
        const fix = {
          source: 'ais',
          time,
          ...destinationOf(place, random() * 360, random() * scatterMetres),
          sogKnots: knots,
          cogDegrees: (course + between(random, -8, 8) / Math.max(1, knots) + 720) % 360,
        } as const;
        const { output } = running.step([
          {
            kind: 'vessel-update',
            cause: 'position',
            device: 'ais-1',
            time,
            timeFrom: 'device',
            vessel: identity,
            fix,
            ...(previous[index] !== undefined && { previous: previous[index] }),
            receivers: ['ais-1'],
            firstSeen: began,
            lastSeen: time,
            zones,
          },
        ]);
        previous[index] = fix;
        const isRaised = output.some(
          item => item.kind === 'conclusion' && item.event === 'fishing-vessel.collision-risk.raised',
        );
        if (isRaised && vessels.length === 2) lead ??= -at;
      }
      running.tick(time);
    }
  };

  let now = began;
  for (let passage = 0; passage < passages; passage++) {
    const knots = between(random, 6, 12);
    const lasts = Math.ceil((1.2 * legMetres) / (knots * metresPerSecondPerKnot));
    const mover = keeping(channel, passage % 2 === 0 ? 1 : -1, knots, between(random, 30, 120), 0);
    sail([mover], -lasts, lasts, now + seconds(lasts));
    now += seconds(2 * lasts);
  }
  const meetingFor = 240;
  sail(movers(random, channel), -meetingFor, 60, now + seconds(meetingFor + 600));
  return lead;
};

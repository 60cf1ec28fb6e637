/** Two vessels that meet at sea, one that goes nowhere, and two on a collision course: each true, and each another way. */
import type { EventName } from '../core/conclusion.ts';
import { destinationOf, metresPerSecondPerKnot, type Place } from '../core/geodesy.ts';
import { hours, type Instant, minutes, seconds } from '../core/time.ts';
import type { VesselUpdate, ZoneHere } from '../core/vessel.ts';
import { stage } from '../pipelines/vessel-rules/stage.ts';
import { between, createRandom, type Random } from '../simulators/world/random.ts';
import { receiverSite } from './events.ts';

const began: Instant = Date.UTC(2026, 10, 23);
const middle: Place = { longitude: 107.9, latitude: 16.9 };
const channel: ZoneHere = { id: 'channel', name: 'Luồng', kind: 'channel' };
/** As on the ordinary day. */
const lostShare = 0.3;
const scatterMetres = 8;

type Mover = (at: number) => { readonly place: Place; readonly knots: number; readonly course: number };

interface Meeting {
  readonly event: EventName;
  readonly lasts: number;
  readonly every: number;
  readonly zones: readonly ZoneHere[];
  readonly vessels: (random: Random) => readonly Mover[];
}

const straight =
  (from: Place, knots: number, course: number): Mover =>
  at => ({ place: destinationOf(from, course, (knots * metresPerSecondPerKnot * at) / 1000), knots, course });

const meetings: readonly Meeting[] = [
  {
    event: 'fishing-vessel.rendezvous.raised',
    lasts: hours(2),
    every: minutes(3),
    zones: [],
    vessels: random => {
      const [knots, course, apart] = [between(random, 0.2, 1.4), random() * 360, between(random, 10, 90)];
      const arrives = between(random, 0, minutes(20));
      const stays = straight(middle, knots, course);
      const beside = straight(destinationOf(middle, random() * 360, apart), knots, course);
      const away = destinationOf(middle, 90, 5000);
      return [stays, at => (at < arrives ? { place: away, knots: 8, course: 270 } : beside(at))];
    },
  },
  {
    event: 'fishing-vessel.loitering.raised',
    lasts: hours(6),
    every: seconds(30),
    zones: [],
    vessels: random => {
      const [radius, knots] = [between(random, 200, 1200), between(random, 1, 4)];
      return [
        at => {
          const turned = ((knots * metresPerSecondPerKnot * at) / 1000 / radius) * (180 / Math.PI);
          return { place: destinationOf(middle, turned, radius), knots, course: (turned + 90) % 360 };
        },
      ];
    },
  },
  {
    event: 'fishing-vessel.collision-risk.raised',
    lasts: minutes(8),
    every: seconds(10),
    zones: [channel],
    vessels: random => {
      const passes = minutes(7);
      return [random() * 360, random() * 360].map((course, index, [first = 0]) => {
        const knots = between(random, 5, 14);
        // One comes from ahead or from the side; who is overtaken has time to see it.
        const own = index === 0 ? first : (first + between(random, 60, 300)) % 360;
        const spot = destinationOf(middle, course, between(random, 0, 10));
        return straight(destinationOf(spot, own + 180, (knots * metresPerSecondPerKnot * passes) / 1000), knots, own);
      });
    },
  },
];

const isTold = ({ event, lasts, every, zones, vessels }: Meeting, seed: number): boolean => {
  const random = createRandom(seed, event);
  const movers = vessels(random);
  const running = stage.bind({}, receiverSite).start(new Map());
  const due = movers.map(() => random() * every);
  let told = false;
  for (let at = 0; at < lasts; at += seconds(1)) {
    for (const [index, mover] of movers.entries()) {
      if (at < (due[index] ?? 0)) continue;
      due[index] = at + every * between(random, 0.9, 1.1);
      if (random() < lostShare) continue;
      const { place, knots, course } = mover(at);
      const mmsi = 574_000_001 + index;
      const fix = {
        source: 'ais',
        time: began + at,
        ...destinationOf(place, random() * 360, random() * scatterMetres),
        sogKnots: knots,
        cogDegrees: (course + between(random, -8, 8) / Math.max(1, knots) + 360) % 360,
      } as const;
      const update: VesselUpdate = {
        kind: 'vessel-update',
        cause: 'position',
        device: 'ais-1',
        time: fix.time,
        timeFrom: 'device',
        vessel: { key: `mmsi/${mmsi}`, mmsi, mmsiKind: 'ship', shipType: 70 },
        fix,
        receivers: ['ais-1'],
        firstSeen: began,
        lastSeen: fix.time,
        zones,
      };
      told ||= running.step([update]).output.some(item => item.kind === 'conclusion' && item.event === event);
    }
    told ||= running.tick(began + at).output.some(item => item.kind === 'conclusion' && item.event === event);
  }
  return told;
};

/** How many of `count` meetings of each kind are told, by rule. */
export const tellMeetings = (count: number): ReadonlyMap<string, number> =>
  new Map(
    meetings.map(meeting => [
      meeting.event.split('.')[1] ?? meeting.event,
      Array.from({ length: count }, (_, seed) => isTold(meeting, seed + 1)).filter(Boolean).length,
    ]),
  );

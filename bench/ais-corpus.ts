/**
 * Sentences as a busy coastal receiver hears them: every message type that the gateway reports, about as often as in
 * the published captures, with values of the whole range. The same for ever.
 */
import { type AisMessage, type AisValues, encode } from '../drivers/protocols/ais/encode.ts';
import { createRandom } from '../simulators/world/random.ts';

type Make = (random: () => number) => Omit<AisMessage, 'mmsi'>;

const whole = (random: () => number, most: number): number => Math.floor(random() * (most + 1));
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789';
const words = (random: () => number, most: number): string =>
  Array.from({ length: 4 + whole(random, most - 4) }, () => letters[whole(random, letters.length - 1)]).join('');

const position = (random: () => number): AisValues => ({
  longitude: -180 + random() * 360,
  latitude: -80 + random() * 160,
  accurate: random() < 0.5,
});
const motion = (random: () => number): AisValues => ({
  ...position(random),
  sogKnots: random() * 24,
  cogDegrees: random() * 359,
});
const heading = (random: () => number): AisValues => (random() < 0.7 ? { headingDegrees: whole(random, 359) } : {});
const hull = (random: () => number): AisValues => ({
  shipType: 20 + whole(random, 79),
  toBowMetres: 5 + whole(random, 200),
  toSternMetres: 2 + whole(random, 60),
  toPortMetres: 1 + whole(random, 20),
  toStarboardMetres: 1 + whole(random, 20),
});

const classA =
  (type: number): Make =>
  random => ({
    name: 'positionClassA',
    type,
    values: {
      ...motion(random),
      ...heading(random),
      navigationStatus: whole(random, 8),
      ...(random() < 0.6 && { rateOfTurnDegreesPerMinute: -60 + random() * 120 }),
    },
  });

/** Of a thousand messages. */
const shares: readonly (readonly [count: number, make: Make])[] = [
  [583, classA(1)],
  [10, classA(2)],
  [90, classA(3)],
  [95, random => ({ name: 'positionClassB', values: { ...motion(random), ...heading(random) } })],
  [
    75,
    random => ({
      name: 'staticClassA',
      values: {
        ...hull(random),
        imo: 9_000_000 + whole(random, 900_000),
        callSign: words(random, 7),
        name: words(random, 20),
        destination: words(random, 20),
        draughtMetres: random() * 20,
      },
    }),
  ],
  [
    56,
    random => ({
      name: 'aidToNavigation',
      values: { ...position(random), aidType: 1 + whole(random, 30), name: words(random, 20) },
    }),
  ],
  [27, random => ({ name: 'staticPartA', values: { name: words(random, 20) } })],
  [15, random => ({ name: 'staticPartB', values: { ...hull(random), callSign: words(random, 7) } })],
  [20, random => ({ name: 'baseStation', values: { ...position(random), year: 2026, month: 11, day: 25, hour: 3 } })],
  [
    19,
    random => ({ name: 'longRange', values: { ...position(random), sogKnots: 12, cogDegrees: whole(random, 359) } }),
  ],
  [
    5,
    random => ({ name: 'searchAndRescueAircraft', values: { ...motion(random), altitudeMetres: whole(random, 900) } }),
  ],
  [5, random => ({ name: 'extendedClassB', values: { ...motion(random), ...hull(random), name: words(random, 20) } })],
];

/** `thousands` thousand messages in random order, each sentence with CR and LF. */
export const createAisCorpus = (thousands: number): Uint8Array => {
  const random = createRandom('ais-corpus');
  const messages: AisMessage[] = [];
  for (let thousand = 0; thousand < thousands; thousand++) {
    for (const [count, make] of shares) {
      for (let index = 0; index < count; index++) {
        messages.push({ mmsi: 200_000_000 + whole(random, 575_000_000), ...make(random) });
      }
    }
  }
  for (let index = messages.length - 1; index > 0; index--) {
    const other = whole(random, index);
    const [a, b] = [messages[index], messages[other]];
    if (a !== undefined && b !== undefined) [messages[index], messages[other]] = [b, a];
  }
  const sentences = messages.map((message, index) =>
    encode(message, { channel: index % 2 === 0 ? 'A' : 'B', sequence: index % 10 }),
  );
  return Buffer.from(sentences.join(''), 'latin1');
};

/** As a TCP socket gives it. */
export const chunkBytes = 65_536;

/**
 * Sentences as a busy coastal receiver hears them: every message type of the standard, about as often as in the
 * published captures, with values of the whole range. The same for ever.
 */
import type { AisMessage } from '../drivers/protocols/ais/decode.generated.ts';
import { encode, type SendableMessage } from '../drivers/protocols/ais/encode.ts';
import { createAisReader } from '../drivers/protocols/ais/reader.ts';
import { createRandom } from '../simulators/world/random.ts';

type Random = () => number;
type Make = (random: Random, mmsi: number) => SendableMessage;

const whole = (random: Random, most: number): number => Math.floor(random() * (most + 1));
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789';
const words = (random: Random, most: number): string =>
  Array.from({ length: 4 + whole(random, most - 4) }, () => letters[whole(random, letters.length - 1)]).join('');
const otherMmsi = (random: Random): number => 200_000_000 + whole(random, 575_000_000);
const bytes = (random: Random, count: number) => ({
  bits: count * 8,
  hex: Array.from({ length: count * 2 }, () => whole(random, 15).toString(16)).join(''),
});

const position = (random: Random) => ({
  longitude: -180 + random() * 360,
  latitude: -80 + random() * 160,
  positionAccuracy: random() < 0.5 ? ('high' as const) : ('low' as const),
  timeStampSeconds: whole(random, 59),
});
const fix = (random: Random) => ({
  longitude: -180 + random() * 360,
  latitude: -80 + random() * 160,
  positionAccuracy: 'high' as const,
});
const motion = (random: Random) => ({
  ...position(random),
  sogKnots: random() * 24,
  cogDegrees: random() * 359,
  raim: random() < 0.5,
});
const heading = (random: Random) => (random() < 0.7 ? { trueHeadingDegrees: whole(random, 359) } : {});
const hull = (random: Random) => ({
  typeOfShipAndCargo: 20 + whole(random, 79),
  toBowMetres: 5 + whole(random, 200),
  toSternMetres: 2 + whole(random, 60),
  toPortMetres: 1 + whole(random, 20),
  toStarboardMetres: 1 + whole(random, 20),
});
const corners = (random: Random) => ({
  longitude1: random() * 180,
  latitude1: random() * 90,
  longitude2: -random() * 180,
  latitude2: -random() * 90,
});

const sotdma = (random: Random) => ({
  kind: 'sotdma' as const,
  syncState: 0,
  slotTimeOut: 2 * (1 + whole(random, 2)),
  slotNumber: whole(random, 2249),
  receivedStations: undefined,
  utcHour: undefined,
  utcMinute: undefined,
  slotOffset: undefined,
});
const itdma = (random: Random) => ({
  kind: 'itdma' as const,
  syncState: 0,
  slotIncrement: whole(random, 2249),
  numberOfSlots: 0,
  keep: random() < 0.5,
});

const classA =
  (messageType: 1 | 2 | 3): Make =>
  (random, mmsi) => ({
    messageType,
    mmsi,
    ...motion(random),
    ...heading(random),
    navigationalStatus: whole(random, 8),
    ...(random() < 0.6 && { rateOfTurnDegreesPerMinute: -60 + random() * 120 }),
    communicationState: messageType === 3 ? itdma(random) : sotdma(random),
  });
const timed =
  (messageType: 4 | 11): Make =>
  (random, mmsi) => ({
    messageType,
    mmsi,
    ...fix(random),
    utcYear: 2026,
    utcMonth: 11,
    utcDay: 25,
    utcHour: 3,
    utcMinute: whole(random, 59),
    utcSecond: whole(random, 59),
    electronicPositionFixingDevice: 7,
    communicationState: sotdma(random),
  });
const acknowledgement =
  (messageType: 7 | 13): Make =>
  (random, mmsi) => ({
    messageType,
    mmsi,
    acknowledgements: [{ destinationMmsi: otherMmsi(random), sequenceNumber: whole(random, 3) }],
  });

/** Of a thousand messages. */
const shares: readonly (readonly [count: number, make: Make])[] = [
  [559, classA(1)],
  [10, classA(2)],
  [90, classA(3)],
  [20, timed(4)],
  [
    72,
    (random, mmsi) => ({
      messageType: 5,
      mmsi,
      ...hull(random),
      imoNumber: 9_000_000 + whole(random, 900_000),
      callSign: words(random, 7),
      name: words(random, 20),
      destination: words(random, 20),
      maximumPresentStaticDraughtMetres: random() * 20,
      electronicPositionFixingDevice: 1,
      etaMonth: 1 + whole(random, 11),
      etaDay: 1 + whole(random, 27),
      etaHour: whole(random, 23),
      etaMinute: whole(random, 59),
    }),
  ],
  [
    5,
    (random, mmsi) => ({
      messageType: 6,
      mmsi,
      destinationMmsi: otherMmsi(random),
      designatedAreaCode: 235,
      functionIdentifier: 10,
      applicationData: bytes(random, 6),
    }),
  ],
  [2, acknowledgement(7)],
  [
    15,
    (random, mmsi) => ({
      messageType: 8,
      mmsi,
      designatedAreaCode: 366,
      functionIdentifier: 56,
      applicationData: bytes(random, 8 + whole(random, 40)),
    }),
  ],
  [
    4,
    (random, mmsi) => ({
      messageType: 9,
      mmsi,
      ...motion(random),
      altitudeMetres: whole(random, 900),
      communicationState: itdma(random),
    }),
  ],
  [1, (random, mmsi) => ({ messageType: 10, mmsi, destinationMmsi: otherMmsi(random) })],
  [1, timed(11)],
  [
    1,
    (random, mmsi) => ({
      messageType: 12,
      mmsi,
      destinationMmsi: otherMmsi(random),
      safetyRelatedText: words(random, 60),
    }),
  ],
  [1, acknowledgement(13)],
  [2, (random, mmsi) => ({ messageType: 14, mmsi, safetyRelatedText: words(random, 60) })],
  [
    3,
    (random, mmsi) => ({
      messageType: 15,
      mmsi,
      interrogations: [{ destinationMmsi: otherMmsi(random), requestedMessageType: 5, slotOffset: 0 }],
    }),
  ],
  [
    1,
    (random, mmsi) => ({
      messageType: 16,
      mmsi,
      assignments: [{ destinationMmsi: otherMmsi(random), offset: whole(random, 2249), increment: 1 }],
    }),
  ],
  [
    3,
    (random, mmsi) => ({
      messageType: 17,
      mmsi,
      longitude: random() * 180,
      latitude: random() * 90,
      correctionMessageType: 9,
      correctionWords: 10,
      corrections: bytes(random, 30),
    }),
  ],
  [
    95,
    (random, mmsi) => ({
      messageType: 18,
      mmsi,
      ...motion(random),
      ...heading(random),
      classBUnit: 'carrier-sense',
      classBMessage22: true,
    }),
  ],
  [4, (random, mmsi) => ({ messageType: 19, mmsi, ...motion(random), ...hull(random), name: words(random, 20) })],
  [
    3,
    (random, mmsi) => ({
      messageType: 20,
      mmsi,
      reservations: [{ offset: 1 + whole(random, 2000), numberOfSlots: 5, timeOutMinutes: 7, increment: 225 }],
    }),
  ],
  [
    50,
    (random, mmsi) => ({
      messageType: 21,
      mmsi,
      ...position(random),
      typeOfAidToNavigation: 1 + whole(random, 30),
      name: words(random, 20),
    }),
  ],
  [1, (random, mmsi) => ({ messageType: 22, mmsi, channelA: 2087, channelB: 2088, ...corners(random) })],
  [1, (random, mmsi) => ({ messageType: 23, mmsi, stationType: 6, reportingInterval: 9, ...corners(random) })],
  [27, (random, mmsi) => ({ messageType: 24, partNumber: 0, mmsi, name: words(random, 20) })],
  [15, (random, mmsi) => ({ messageType: 24, partNumber: 1, mmsi, ...hull(random), callSign: words(random, 7) })],
  [1, (random, mmsi) => ({ messageType: 25, mmsi, binaryData: bytes(random, 8) })],
  [
    1,
    (random, mmsi) => ({
      messageType: 26,
      mmsi,
      structured: true,
      designatedAreaCode: 1,
      functionIdentifier: 22,
      binaryData: bytes(random, 20),
      communicationState: itdma(random),
    }),
  ],
  [
    12,
    (random, mmsi) => ({
      messageType: 27,
      mmsi,
      ...fix(random),
      sogKnots: 12,
      cogDegrees: whole(random, 359),
      navigationalStatus: whole(random, 8),
    }),
  ],
];

/** `thousands` thousand messages in random order, each sentence with CR and LF. */
export const createAisCorpus = (thousands: number): Uint8Array => {
  const random = createRandom('ais-corpus');
  const messages: SendableMessage[] = [];
  for (let thousand = 0; thousand < thousands; thousand++) {
    for (const [count, make] of shares) {
      for (let index = 0; index < count; index++) messages.push(make(random, otherMmsi(random)));
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
const chunkBytes = 65_536;

/** Reads the corpus as it comes from a socket, and hands on each typed message. */
export const readCorpus = (corpus: Uint8Array, take: (message: AisMessage) => void): void => {
  const nothing = (): void => {};
  const read = createAisReader({ message: take, fields: nothing, other: nothing, fault: nothing });
  for (let at = 0; at < corpus.length; at += chunkBytes) read(corpus.subarray(at, at + chunkBytes), 0);
};

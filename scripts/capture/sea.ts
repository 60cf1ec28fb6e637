/**
 * The sea of the gateway that is recorded: vessels that do what the rules for them ask about, by AIS and VMS. What takes
 * hours is told as of the past and all at once, since rules go by the time of the reports; what waits for a clock is made
 * short by the configuration.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { destinationOf, metresPerSecondPerKnot, type Place } from '../../core/geodesy.ts';
import { type Duration, type Instant, minutes, seconds, toTimestamp } from '../../core/time.ts';
import { encodeApplication } from '../../drivers/protocols/ais/applications/application.ts';
import { encode, type SendableMessage } from '../../drivers/protocols/ais/encode.ts';
import { openTcpOutlet } from '../../simulators/outlets/tcp.ts';
import { createTagger } from '../../simulators/world/tagger.ts';
import { freePort, until } from '../../tests/support/resources.ts';

/** Ids of its devices in the configuration. */
export const seaReceiver = 'ais-sea';
const providers = ['vishipel', 'viettel', 'vnpt'] as const;
type Provider = (typeof providers)[number];

export interface Sea extends AsyncDisposable {
  /** Its devices, pipelines and files in the configuration of the gateway. */
  readonly devices: readonly object[];
  readonly pipelines: readonly object[];
  /** What happened at sea in the last hours; resolves when it was handed over. */
  tellOfTheDay(): Promise<void>;
  /** A vessel speaks for a moment, and is heard no more, though others around it are. */
  speakAndSwitchOff(): Promise<void>;
  /** The same vessel is heard again. */
  switchOn(): Promise<void>;
  /** A beacon calls for help until it is told to stop, and drifts. */
  callForHelp(): void;
  stopCalling(): void;
  testBeacon(): Promise<void>;
  /** Boats report to the provider of their VMS devices, once. */
  report(fleet: 'alone' | 'provider'): Promise<void>;
  /** Somebody saves a registry that cannot be used, and mends it. */
  breakRegistry(): Promise<void>;
  mendRegistry(): Promise<void>;
  /** So many vessels are heard again and again from now on. */
  crowd(vessels: number): void;
}

interface Line {
  readonly at: Instant;
  readonly message: SendableMessage;
}

/** MMSI of the vessels, by what they do. */
const vessels = {
  trawler: 574_100_001,
  stranger: 574_100_002,
  crosser: 574_100_003,
  hurried: 574_100_004,
  sleeper: 574_100_005,
  idler: 574_100_006,
  giver: 574_100_007,
  taker: 574_100_008,
  eastbound: 574_100_009,
  westbound: 574_100_010,
  jumper: 574_100_011,
  twin: 574_100_012,
  renamed: 574_100_013,
  liar: 574_100_014,
  dark: 574_100_015,
} as const;
const beacon = 970_574_101;
const testedBeacon = 970_574_102;
const firstOfCrowd = 574_200_001;

const registryLines = [
  'mark,mmsi,call_sign,length_max_metres,gear,crew,home_port,ward,provider,vms_id',
  `TTH-91001-TS,${vessels.trawler},XVTT1,18.4,lưới kéo,8,Thuận An,19900,,`,
  `TTH-91002-TS,${vessels.stranger},XVTT2,21.0,lưới vây,11,Thuận An,19900,,`,
  `TTH-91003-TS,${vessels.crosser},XVTT3,19.2,câu vàng,9,Thuận An,19900,,`,
  `TTH-91014-TS,${vessels.liar},XVTT4,17.5,lưới rê,7,Thuận An,19900,vishipel,VF14`,
  'TTH-91020-TS,,XVTT5,18.0,câu vàng,8,Thuận An,19900,viettel,VT20',
  'TTH-91021-TS,,XVTT6,18.2,câu vàng,8,Thuận An,19900,viettel,VT21',
  'TTH-91022-TS,,XVTT7,18.6,câu vàng,8,Thuận An,19900,viettel,VT22',
  ...[31, 32, 33, 34, 35].map(
    number => `TTH-910${number}-TS,,XVTU${number},19.0,lưới vây,10,Thuận An,19900,vnpt,VN${number}`,
  ),
];
const alone = [{ provider: 'viettel', vmsId: 'VT20' }] as const;
const keeping = [
  { provider: 'viettel', vmsId: 'VT21' },
  { provider: 'viettel', vmsId: 'VT22' },
] as const;
const failing = [31, 32, 33, 34, 35].map(number => ({ provider: 'vnpt', vmsId: `VN${number}` }) as const);

const box = (west: number, south: number, size: number) => ({
  type: 'Polygon',
  coordinates: [
    [
      [west, south],
      [west + size, south],
      [west + size, south + size],
      [west, south + size],
      [west, south],
    ],
  ],
});
const zone = (properties: object, geometry: object) => ({ type: 'Feature', properties, geometry });
const zones = {
  type: 'FeatureCollection',
  features: [
    zone(
      {
        id: 'luong-thuan-an',
        name: 'Luồng Thuận An',
        englishName: 'Thuan An channel',
        kind: 'channel',
        speedLimitKnots: 8,
        anchoring: 'forbidden',
      },
      box(107.66, 16.6, 0.04),
    ),
    zone(
      { id: 'khu-bao-ve', name: 'Khu bảo vệ nguồn lợi', englishName: 'Nursery ground', kind: 'protected' },
      box(107.8, 16.6, 0.06),
    ),
    zone(
      {
        id: 'vung-ven-bo',
        name: 'Vùng ven bờ',
        englishName: 'Coastal waters',
        kind: 'waters',
        permits: { lengthMetres: { below: 12 } },
      },
      box(107.8, 16.7, 0.06),
    ),
    zone(
      { id: 'khu-neo-dau', name: 'Khu neo đậu', englishName: 'Anchorage', kind: 'anchorage', dwell: '10m' },
      box(107.6, 16.66, 0.04),
    ),
    zone(
      { id: 'bao-so-12', name: 'Vùng nguy hiểm bão số 12', englishName: 'Danger area of storm 12', kind: 'danger' },
      box(107.9, 16.81, 0.06),
    ),
    zone(
      {
        id: 'ranh-gioi',
        name: 'Đường ranh giới',
        englishName: 'Boundary line',
        kind: 'boundary',
        bufferNauticalMiles: 1,
      },
      {
        type: 'LineString',
        coordinates: [
          [107.6, 16.9],
          [108.1, 16.9],
        ],
      },
    ),
  ],
};

const place = (longitude: number, latitude: number): Place => ({ longitude, latitude });

interface Leg {
  readonly bearing: number;
  readonly knots: number;
  readonly minutes: number;
}

/** ITU-R M.1371-5 table 45: an active AIS-SART. */
const sartActive = 14;

const position = (
  mmsi: number,
  { longitude, latitude }: Place,
  { knots, bearing }: Pick<Leg, 'bearing' | 'knots'>,
  navigationalStatus?: number,
): SendableMessage => ({
  messageType: 1,
  mmsi,
  longitude,
  latitude,
  positionAccuracy: 'high',
  sogKnots: knots,
  cogDegrees: bearing,
  trueHeadingDegrees: bearing,
  navigationalStatus,
});

const description = (mmsi: number, name: string, callSign: string, typeOfShipAndCargo: number): SendableMessage => ({
  messageType: 5,
  mmsi,
  name,
  callSign,
  typeOfShipAndCargo,
  toBowMetres: 12,
  toSternMetres: 6,
  toPortMetres: 2,
  toStarboardMetres: 3,
});

/** Along the legs from `start`, a report every so often. */
const sail = (
  mmsi: number,
  start: Place,
  begins: Instant,
  legs: readonly Leg[],
  every: Duration = seconds(30),
): readonly Line[] => {
  const lines: Line[] = [];
  let from = start;
  let at = begins;
  for (const leg of legs) {
    const metresPerSecond = leg.knots * metresPerSecondPerKnot;
    const took = minutes(leg.minutes);
    for (let passed = 0; passed < took; passed += every) {
      const here = destinationOf(from, leg.bearing, (metresPerSecond * passed) / 1000);
      lines.push({ at: at + passed, message: position(mmsi, here, leg) });
    }
    from = destinationOf(from, leg.bearing, (metresPerSecond * took) / 1000);
    at += took;
  }
  return lines;
};

/** What each of them did, with `now` as its end. */
const pastOf = (now: Instant): readonly Line[] => {
  const weather: SendableMessage = {
    messageType: 8,
    mmsi: 995_741_301,
    designatedAreaCode: 1,
    functionIdentifier: 31,
    applicationData: encodeApplication(1, 31, {
      longitude: 107.63,
      latitude: 16.58,
      windSpeedKnots: 17,
      windDirectionDegrees: 45,
      airTemperatureCelsius: 24.3,
      waterLevelMetres: 0.4,
    }),
  };
  const ago = (count: number): Instant => now - minutes(count);
  const still = { bearing: 90, knots: 0 };
  const there = place(107.9, 16.62);
  const far = destinationOf(there, 45, 37_000);
  return [
    ...sail(vessels.trawler, place(107.78, 16.63), ago(120), [
      { bearing: 90, knots: 8, minutes: 12 },
      { bearing: 90, knots: 3.5, minutes: 40 },
      { bearing: 90, knots: 8, minutes: 20 },
    ]),
    ...sail(vessels.stranger, place(107.77, 16.73), ago(110), [{ bearing: 90, knots: 8, minutes: 60 }]),
    ...sail(vessels.crosser, place(107.8, 16.85), ago(110), [{ bearing: 0, knots: 8, minutes: 40 }]),
    ...sail(
      vessels.hurried,
      place(107.64, 16.62),
      ago(100),
      [
        { bearing: 90, knots: 12, minutes: 8 },
        { bearing: 90, knots: 16, minutes: 2 },
        { bearing: 90, knots: 5, minutes: 3 },
        { bearing: 90, knots: 0, minutes: 15 },
        { bearing: 90, knots: 5, minutes: 8 },
      ],
      seconds(10),
    ),
    ...sail(vessels.sleeper, place(107.62, 16.68), ago(90), [
      { bearing: 0, knots: 0, minutes: 20 },
      { bearing: 0, knots: 8, minutes: 15 },
    ]),
    { at: ago(121), message: description(vessels.idler, 'HUONG GIANG 07', 'XVTV1', 70) },
    ...sail(vessels.idler, place(107.95, 16.78), ago(120), [
      ...[90, 270, 90, 270, 90, 270].map(bearing => ({ bearing, knots: 2, minutes: 6 })),
      { bearing: 90, knots: 10, minutes: 10 },
    ]),
    { at: ago(71), message: description(vessels.giver, 'TTH 91007 TS', 'XVTV2', 30) },
    { at: ago(71), message: description(vessels.taker, 'TTH 91008 TS', 'XVTV3', 30) },
    ...sail(vessels.giver, place(107.95, 16.7), ago(70), [{ bearing: 90, knots: 0.3, minutes: 40 }]),
    ...sail(vessels.taker, place(107.9505, 16.7), ago(70), [
      { bearing: 90, knots: 0.3, minutes: 25 },
      { bearing: 90, knots: 8, minutes: 15 },
    ]),
    ...sail(vessels.eastbound, place(107.662, 16.605), ago(60), [{ bearing: 90, knots: 6, minutes: 12 }], seconds(10)),
    ...sail(vessels.westbound, place(107.696, 16.605), ago(60), [{ bearing: 270, knots: 6, minutes: 12 }], seconds(10)),
    ...sail(vessels.jumper, there, ago(50), [{ bearing: 90, knots: 6, minutes: 5 }]),
    { at: ago(45) + seconds(10), message: position(vessels.jumper, far, { bearing: 90, knots: 6 }) },
    ...sail(vessels.twin, place(107.9, 16.64), ago(50), [{ bearing: 90, knots: 6, minutes: 10 }]),
    ...sail(vessels.twin, far, ago(50) + seconds(10), [{ bearing: 180, knots: 6, minutes: 10 }]),
    { at: ago(52), message: position(vessels.renamed, there, still) },
    { at: ago(51), message: description(vessels.renamed, 'BINH MINH 01', 'XVTV4', 30) },
    { at: ago(41), message: position(vessels.renamed, there, still) },
    { at: ago(40), message: description(vessels.renamed, 'HAI AU 09', 'XVTV9', 30) },
    ...sail(vessels.liar, place(107.7, 16.8), ago(180), [{ bearing: 90, knots: 3, minutes: 170 }], minutes(2)),
    { at: ago(39), message: weather },
  ].toSorted((one, other) => one.at - other.at);
};

interface VmsBoat {
  readonly provider: Provider;
  readonly vmsId: string;
}

/** The dialect that tells seconds. */
const naf = ({ vmsId }: VmsBoat, { longitude, latitude }: Place, time: Instant): string => {
  const stamp = toTimestamp(time);
  const [date, clock] = [stamp.slice(0, 10).replaceAll('-', ''), stamp.slice(11, 19).replaceAll(':', '')];
  return `//SR//TM/POS//FR/VNM//IR/${vmsId}//DA/${date}//TI/${clock}//LT/${latitude.toFixed(4)}//LG/${longitude.toFixed(4)}//SP/42//CO/90//ER//\r\n`;
};

const crowdEvery = 500;
const drifting = { bearing: 90, knots: 3 } as const;

/** What says the same again within some seconds is taken for a repetition, so who is heard now moves on. */
const drift = (from: Place, now: Instant): Place => {
  const metres = ((now % minutes(20)) / 1000) * drifting.knots * metresPerSecondPerKnot;
  return destinationOf(from, drifting.bearing, metres);
};
/** In waters of their own with each attempt: what is learned of a place where somebody fell silent stays. */
const placeAt = (now: Instant, attempt: number): Place => drift(place(108.02 + 0.05 * attempt, 16.63), now);
/** Boats with VMS: in a row at sea. */
const placeOf = ({ vmsId }: VmsBoat, now: Instant): Place =>
  drift(place(107.9 + Number(vmsId.slice(2)) / 1000, 16.83), now);

/** Listens on ports of its own from here on. */
export const openSea = async (folder: string): Promise<Sea> => {
  await using opened = new AsyncDisposableStack();
  const outletOf = async () =>
    opened.use(await openTcpOutlet({ transport: 'tcp-server', host: '127.0.0.1', port: await freePort() }));
  const receiver = await outletOf();
  const relays = new Map(await Promise.all(providers.map(async name => [name, await outletOf()] as const)));
  const registry = path.join(folder, 'registry.csv');
  const zoneFile = path.join(folder, 'zones.geojson');
  const mendRegistry = (): Promise<void> => writeFile(registry, `${registryLines.join('\n')}\n`);
  await mendRegistry();
  await writeFile(zoneFile, JSON.stringify(zones));

  const tag = createTagger('sea');
  const say = (lines: readonly Line[]): void => {
    receiver.write(Buffer.from(lines.map(({ at, message }) => tag(encode(message), at)).join(''), 'latin1'));
  };
  const relay = (boat: VmsBoat, where: Place, time: Instant): void =>
    relays.get(boat.provider)?.write(Buffer.from(naf(boat, where, time), 'latin1'));
  const connected = (): Promise<true> =>
    until('the gateway reads the sea', () =>
      [receiver, ...relays.values()].every(outlet => outlet.connections() > 0) ? true : undefined,
    );

  let crowded = 0;
  let attempt = 0;
  let calls = 0;
  let isCalling = false;
  const timer = setInterval(() => {
    const now = Date.now();
    say(
      Array.from({ length: crowded }, (_, index) => ({
        at: now,
        message: position(firstOfCrowd + index, destinationOf(placeAt(now, attempt), index * 40, 600), drifting),
      })),
    );
    for (const boat of keeping) relay(boat, placeOf(boat, now), now);
    if (!isCalling) return;
    calls++;
    const drifted = destinationOf(place(107.75, 16.75), 90, calls > 6 ? 500 : 0);
    say([
      { at: now, message: position(beacon, drifted, { bearing: 0, knots: 0 }, sartActive) },
      { at: now, message: { messageType: 14, mmsi: beacon, safetyRelatedText: 'SART ACTIVE' } },
    ]);
  }, crowdEvery);
  opened.defer(() => clearInterval(timer));

  const speak = async (times: number): Promise<void> => {
    for (let count = 0; count < times; count++) {
      const now = Date.now();
      say([{ at: now, message: position(vessels.dark, placeAt(now, attempt), drifting) }]);
      await new Promise(resolve => setTimeout(resolve, seconds(1)));
    }
  };

  const parts = opened.move();
  return {
    devices: [
      { id: seaReceiver, driver: 'ais-receiver', name: 'Máy thu AIS ngoài khơi', ...toConnection(receiver) },
      ...providers.map(provider => ({
        id: `vms-${provider}`,
        driver: 'naf-vms',
        name: `VMS ${provider}`,
        provider,
        ...toConnection(relays.get(provider)),
      })),
      { id: 'duty-desk', driver: 'duty-officer', name: 'Trực ban cảng cá Thuận An' },
    ],
    pipelines: [
      {
        name: 'sea',
        from: [seaReceiver, ...providers.map(provider => `vms-${provider}`), 'duty-desk'],
        stages: [
          { stage: 'track', registry, deafness: { period: '15s', history: 3, least: 3 } },
          { stage: 'geofence', zones: zoneFile },
          {
            stage: 'vessel-rules',
            vmsInterval: '4s',
            rules: {
              distress: { every: '1s', silence: '8s' },
              'vms-silence': { lost: '10s', again: '0s' },
              'provider-outage': { again: '0s' },
              'ais-silence': { after: '7s', leastReports: 3, again: '0s' },
              'identity-conflict': { quiet: '5s' },
              loitering: { for: '20m' },
              rendezvous: { for: '5m' },
            },
          },
          { stage: 'fleet', every: '2s' },
          { stage: 'downsample', every: '5s' },
        ],
      },
    ],
    tellOfTheDay: async () => {
      await connected();
      const now = Math.floor(Date.now() / 1000) * 1000;
      say(pastOf(now));
      const liar = { provider: 'vishipel', vmsId: 'VF14' } as const;
      // One kilometer a minute of a degree: what AIS says of it, and what its VMS device does.
      const at = (ago: number): Place =>
        destinationOf(place(107.7, 16.8), 90, minutes(180 - ago) * 0.001 * 3 * metresPerSecondPerKnot);
      for (const ago of [150, 120]) relay(liar, destinationOf(at(ago), 0, 11_000), now - minutes(ago));
      for (const ago of [90, 60]) relay(liar, at(ago), now - minutes(ago));
    },
    speakAndSwitchOff: async () => {
      await connected();
      attempt++;
      await speak(8);
    },
    switchOn: () => speak(2),
    callForHelp: () => {
      isCalling = true;
    },
    stopCalling: () => {
      isCalling = false;
    },
    testBeacon: async () => {
      await connected();
      const at = Date.now();
      say([
        { at, message: { messageType: 14, mmsi: testedBeacon, safetyRelatedText: 'SART TEST' } },
        { at, message: position(testedBeacon, place(107.65, 16.58), { bearing: 0, knots: 0 }) },
      ]);
    },
    report: async fleet => {
      await connected();
      const now = Date.now();
      for (const boat of fleet === 'alone' ? alone : failing) relay(boat, placeOf(boat, now), now);
    },
    breakRegistry: () => writeFile(registry, `${registryLines.join('\n')}\n${registryLines[1]}\n`),
    mendRegistry,
    crowd: count => {
      crowded = count;
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
};

const toConnection = (outlet: Awaited<ReturnType<typeof openTcpOutlet>> | undefined): object => ({
  connection: outlet?.connection,
});

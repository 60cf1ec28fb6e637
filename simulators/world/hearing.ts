/**
 * What an AIS receiver hears of the stations of the world, as often as ITU-R M.1371-5 annex 1 table 1 makes them report;
 * beside them its own base station and a buoy.
 */
import { type Duration, type Instant, minutes, seconds } from '../../core/time.ts';
import type { SotdmaState } from '../../drivers/protocols/ais/communication-state.ts';
import { encode, type SendableMessage } from '../../drivers/protocols/ais/encode.ts';
import type { Random } from './random.ts';
import type { Station, VesselState } from './world.ts';

const staticEvery = minutes(6);
const baseStationEvery = seconds(10);
const aidEvery = minutes(3);
/** A beacon in distress sends bursts of eight messages a minute, one of them with text: IEC 61097-14. */
const beaconEvery = seconds(8);
const beaconTextEvery = minutes(1);
/** A station that is not heard now is asked again after this time. */
const listenAgain = seconds(10);

/** Whoever begins to listen hears everyone within this time, so that names are there when somebody looks. */
const heardWithin = seconds(8);

const atAnchor = 1;
const moored = 5;
/** Which a beacon under test sends: it is sent as what is not available is. */
const notDefined = 15;

/** Vietnam's numbers for a coast station and an aid to navigation, and where they stand at Thuận An. */
const baseStation = { mmsi: 5_741_024, longitude: 107.6459, latitude: 16.5571 } as const;
const buoy = { mmsi: 995_741_201, name: 'THUAN AN 0', aidType: 30, longitude: 107.6366, latitude: 16.5742 } as const;

const positionEvery = ({ vessel, sogKnots, navigationStatus }: VesselState): Duration => {
  if (vessel.stationClass === 'beacon') return beaconEvery;
  if (vessel.stationClass === 'B') return sogKnots > 2 ? seconds(30) : minutes(3);
  const still = navigationStatus === atAnchor || navigationStatus === moored;
  if (still && sogKnots <= 3) return minutes(3);
  if (sogKnots > 23) return seconds(2);
  return sogKnots > 14 ? seconds(6) : seconds(10);
};

/** Degrees a minute, by where the bow points a second later. */
const rateOfTurn = (now: VesselState, later: VesselState | undefined): number => {
  const change = (later?.headingDegrees ?? now.headingDegrees) - now.headingDegrees;
  return (((change + 540) % 360) - 180) * 60;
};

/** ITU-R M.1371-5 annex 2 § 3.1.3: a frame is a minute of 2250 slots. */
const frame = minutes(1);
const slotsOfFrame = 2250;
const longestTimeOut = 8;

/** Stations count down the frames for which they keep a slot, and tell in turn whom they hear, where they are and when. */
const communicationState = (mmsi: number, heard: number, instant: Instant): SotdmaState => {
  const slotTimeOut = longestTimeOut - 1 - ((Math.floor(instant / frame) + mmsi) % longestTimeOut);
  const now = new Date(instant);
  return {
    kind: 'sotdma',
    syncState: 0,
    slotTimeOut,
    receivedStations: heard,
    slotNumber: Math.floor(((instant % frame) * slotsOfFrame) / frame),
    utcHour: now.getUTCHours(),
    utcMinute: now.getUTCMinutes(),
    // The next slot is in the same place of the next frame.
    slotOffset: slotsOfFrame,
  };
};

const positionOf = (state: VesselState, station: Station, heard: number, instant: Instant): SendableMessage => {
  const { vessel, longitude, latitude, sogKnots, cogDegrees, headingDegrees, navigationStatus } = state;
  const report = {
    mmsi: vessel.mmsi,
    longitude,
    latitude,
    positionAccuracy: 'high',
    sogKnots,
    cogDegrees: cogDegrees % 360,
    timeStampSeconds: new Date(instant).getUTCSeconds(),
  } as const;
  if (vessel.stationClass === 'B')
    return {
      ...report,
      messageType: 18,
      classBUnit: 'carrier-sense',
      classBDsc: true,
      classBBand: true,
      classBMessage22: true,
    };
  const slots = communicationState(vessel.mmsi, heard, instant);
  if (vessel.stationClass === 'beacon')
    return {
      ...report,
      messageType: 1,
      navigationalStatus: navigationStatus === notDefined ? undefined : navigationStatus,
      communicationState: slots,
    };
  return {
    ...report,
    messageType: 1,
    trueHeadingDegrees: Math.round(headingDegrees) % 360,
    navigationalStatus: navigationStatus,
    rateOfTurnDegreesPerMinute: rateOfTurn(state, station.stateAt(instant + seconds(1))),
    communicationState: slots,
  };
};

const staticOf = ({ vessel }: VesselState): readonly SendableMessage[] => {
  const { mmsi, name, callSign, shipType, toBowMetres, toSternMetres, toPortMetres, toStarboardMetres } = vessel;
  if (vessel.stationClass === 'beacon')
    return vessel.safetyText === undefined ? [] : [{ messageType: 14, mmsi, safetyRelatedText: vessel.safetyText }];
  const hull = {
    typeOfShipAndCargo: shipType,
    callSign,
    toBowMetres,
    toSternMetres,
    toPortMetres,
    toStarboardMetres,
  };
  if (vessel.stationClass === 'B') {
    return [
      { messageType: 24, partNumber: 0, mmsi, name },
      {
        messageType: 24,
        partNumber: 1,
        mmsi,
        ...hull,
        manufacturerId: 'SIM',
        unitModelCode: 1,
        unitSerialNumber: mmsi % 100_000,
        electronicPositionFixingDevice: 1,
      },
    ];
  }
  const { imo, draughtMetres, destination } = vessel;
  return [
    {
      messageType: 5,
      mmsi,
      name,
      ...hull,
      maximumPresentStaticDraughtMetres: draughtMetres,
      destination,
      aisVersionIndicator: 2,
      electronicPositionFixingDevice: 1,
      dataTerminalEquipment: 'available',
      ...(imo > 0 && { imoNumber: imo }),
    },
  ];
};

const baseStationReport = (heard: number, instant: Instant): SendableMessage => {
  const now = new Date(instant);
  return {
    messageType: 4,
    mmsi: baseStation.mmsi,
    utcYear: now.getUTCFullYear(),
    utcMonth: now.getUTCMonth() + 1,
    utcDay: now.getUTCDate(),
    utcHour: now.getUTCHours(),
    utcMinute: now.getUTCMinutes(),
    utcSecond: now.getUTCSeconds(),
    longitude: baseStation.longitude,
    latitude: baseStation.latitude,
    positionAccuracy: 'high',
    electronicPositionFixingDevice: 7,
    communicationState: communicationState(baseStation.mmsi, heard, instant),
  };
};

const aidReport = (): SendableMessage => ({
  messageType: 21,
  mmsi: buoy.mmsi,
  name: buoy.name,
  typeOfAidToNavigation: buoy.aidType,
  longitude: buoy.longitude,
  latitude: buoy.latitude,
  electronicPositionFixingDevice: 7,
  timeStampSeconds: 30,
});

/** One message on the air, as sentences. */
export interface Transmission {
  readonly message: string;
  /** Who sent it; absent for the base station and the buoy, which are always heard. */
  readonly from?: VesselState;
}

export interface Hearing {
  /** What was sent since the call before. Called at least every second of the world, this or `heardAt`. */
  sentAt(now: Instant): readonly Transmission[];
  /** The same as sentences of each message, for a receiver that hears everybody. */
  heardAt(now: Instant): readonly string[];
  /** Somebody new listens, who is to hear everyone soon. */
  beginAgain(): void;
}

export const createHearing = (stations: readonly Station[], random: Random): Hearing => {
  const nextPosition = new Float64Array(stations.length);
  const nextStatic = new Float64Array(stations.length);
  let nextBase = Number.NaN;
  let nextAid = Number.NaN;
  let sequence = 0;
  let sent = 0;

  const beginAgain = (): void => {
    nextPosition.fill(Number.NaN);
    nextStatic.fill(Number.NaN);
    nextBase = nextAid = Number.NaN;
  };
  beginAgain();

  /** Give or take a tenth, as slots are chosen. */
  const after = (now: Instant, interval: Duration): Instant => now + interval * (0.9 + 0.2 * random());
  const soon = (now: Instant): Instant => now + random() * heardWithin;

  const say = (message: SendableMessage): string => {
    sequence = (sequence + 1) % 10;
    return encode(message, {
      talker: message.messageType === 4 ? 'AB' : 'AI',
      channel: sent++ % 2 === 0 ? 'A' : 'B',
      sequence,
    });
  };

  const sentAt = (now: Instant): readonly Transmission[] => {
    const heard: Transmission[] = [];
    for (const [index, station] of stations.entries()) {
      const position = nextPosition[index] ?? 0;
      const description = nextStatic[index] ?? 0;
      if (Number.isNaN(position)) {
        nextPosition[index] = soon(now);
        nextStatic[index] = soon(now);
        continue;
      }
      if (position > now && description > now) continue;
      const state = station.stateAt(now);
      if (state === undefined) {
        if (position <= now) nextPosition[index] = after(now, listenAgain);
        if (description <= now) nextStatic[index] = after(now, listenAgain);
        continue;
      }
      const every = positionEvery(state);
      if (position <= now) {
        heard.push({ message: say(positionOf(state, station, stations.length, now)), from: state });
        nextPosition[index] = after(now, every);
        // Who casts off reports more often at once.
      } else if (position > now + every * 1.1) nextPosition[index] = now + every * 1.1;
      if (description <= now) {
        for (const message of staticOf(state)) heard.push({ message: say(message), from: state });
        nextStatic[index] = after(now, state.vessel.stationClass === 'beacon' ? beaconTextEvery : staticEvery);
      }
    }
    if (!(nextBase > now)) {
      heard.push({ message: say(baseStationReport(stations.length, now)) });
      nextBase = after(now, baseStationEvery);
    }
    if (!(nextAid > now)) {
      heard.push({ message: say(aidReport()) });
      nextAid = after(now, aidEvery);
    }
    return heard;
  };

  return { beginAgain, sentAt, heardAt: now => sentAt(now).map(({ message }) => message) };
};

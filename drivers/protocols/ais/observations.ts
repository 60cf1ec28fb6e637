/** What an AIS message becomes for the pipelines: observations, or the reason why nothing of it is reported. */
import type { Decoded } from '../../../core/driver.ts';
import type {
  ApplicationMessage,
  NavigationAid,
  Observation,
  VesselPosition,
  VesselStatic,
} from '../../../core/observation.ts';
import type { Instant } from '../../../core/time.ts';
import { decodeApplication } from './applications/application.ts';
import type {
  AddressedBinary,
  AidToNavigation,
  AisMessage,
  BroadcastBinary,
  ExtendedClassB,
  LongRange,
  PositionClassA,
  PositionClassB,
  SearchAndRescueAircraft,
  StaticClassA,
  StaticPartA,
  StaticPartB,
} from './decode.generated.ts';
import { layouts } from './fields.ts';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Which device said it, and when. */
export interface Heard {
  readonly device: string;
  readonly time: Instant;
  readonly timeFrom: 'device' | 'gateway';
}

const lastType = 27;
/** Where the name of message 19 ends: shorter ones tell a position only. */
const extendedNameEnd = 263;

const tooShort: Decoded = { kind: 'malformed', reason: 'too-short' };
const ignored = (reason: string): Decoded => ({ kind: 'ignored', reason });
export const noPosition = ignored('no-position');
export const noText = ignored('no-text');
export const noMmsi = ignored('no-mmsi');
/** Beside an observation: bits are missing or left over. About 0.3 % of real messages with a good checksum. */
const unexpectedLength = ignored('unexpected-length');
/** Messages between stations about slots and channels, which say nothing of vessels. */
const otherMessages = Array.from({ length: lastType + 1 }, (_, type) => ignored(`message-${type}`));

/**
 * Numbers of ships have up to nine digits: MMSI (ITU-R M.585-9), IMO and those of flag States. The fields have room for
 * ten, which only garbage with a sound checksum uses.
 */
export const largestNumber = 999_999_999;

/** The length in bits up to which each type has its position, and 0 for the others. */
const positionEnds = new Uint16Array(lastType + 1);
for (const { types, fields } of Object.values(layouts)) {
  for (const field of fields) {
    if (field.name !== 'latitude' || field.as !== 'signed') continue;
    for (const type of types) positionEnds[type] = field.at + field.bits;
  }
}

const mmsiOf = (mmsi: number | undefined): number | undefined =>
  mmsi !== undefined && mmsi <= largestNumber ? mmsi : undefined;

type PositionReport = PositionClassA | SearchAndRescueAircraft | PositionClassB | ExtendedClassB | LongRange;

const stationClassOf = (type: number): VesselPosition['stationClass'] => {
  if (type === 9) return 'sar-aircraft';
  return type === 18 || type === 19 ? 'B' : 'A';
};

const toPosition = (message: PositionReport, heard: Heard): Writable<VesselPosition> | undefined => {
  const { longitude, latitude, sogKnots, cogDegrees } = message;
  if (longitude === undefined || latitude === undefined) return undefined;
  const observation: Writable<VesselPosition> = {
    kind: 'vessel-position',
    device: heard.device,
    time: heard.time,
    timeFrom: heard.timeFrom,
    mmsi: message.mmsi,
    stationClass: stationClassOf(message.messageType),
    messageType: message.messageType,
    longitude,
    latitude,
    accurate: message.positionAccuracy === 'high',
  };
  if (sogKnots !== undefined) observation.sogKnots = sogKnots;
  if (cogDegrees !== undefined) observation.cogDegrees = cogDegrees;
  return observation;
};

const toClassAPosition = (message: PositionClassA, heard: Heard): VesselPosition | undefined => {
  const observation = toPosition(message, heard);
  if (observation === undefined) return undefined;
  const { trueHeadingDegrees, rateOfTurnDegreesPerMinute, navigationalStatus } = message;
  if (trueHeadingDegrees !== undefined) observation.headingDegrees = trueHeadingDegrees;
  if (rateOfTurnDegreesPerMinute !== undefined) observation.rateOfTurnDegreesPerMinute = rateOfTurnDegreesPerMinute;
  if (navigationalStatus !== undefined) observation.navigationStatus = navigationalStatus;
  return observation;
};

const toClassBPosition = (message: PositionClassB | ExtendedClassB, heard: Heard): VesselPosition | undefined => {
  const observation = toPosition(message, heard);
  if (observation === undefined) return undefined;
  if (message.trueHeadingDegrees !== undefined) observation.headingDegrees = message.trueHeadingDegrees;
  return observation;
};

const toAircraftPosition = (message: SearchAndRescueAircraft, heard: Heard): VesselPosition | undefined => {
  const observation = toPosition(message, heard);
  if (observation === undefined) return undefined;
  if (message.altitudeMetres !== undefined) observation.altitudeMetres = message.altitudeMetres;
  return observation;
};

const toLongRangePosition = (message: LongRange, heard: Heard): VesselPosition | undefined => {
  const observation = toPosition(message, heard);
  if (observation === undefined) return undefined;
  if (message.navigationalStatus !== undefined) observation.navigationStatus = message.navigationalStatus;
  return observation;
};

const startStatic = (mmsi: number, heard: Heard): Writable<VesselStatic> => ({
  kind: 'vessel-static',
  device: heard.device,
  time: heard.time,
  timeFrom: heard.timeFrom,
  mmsi,
});

const addHull = (
  observation: Writable<VesselStatic>,
  { typeOfShipAndCargo, toBowMetres, toSternMetres, toPortMetres, toStarboardMetres }: Hull,
): void => {
  if (typeOfShipAndCargo !== undefined) observation.shipType = typeOfShipAndCargo;
  if (toBowMetres !== undefined) observation.toBowMetres = toBowMetres;
  if (toSternMetres !== undefined) observation.toSternMetres = toSternMetres;
  if (toPortMetres !== undefined) observation.toPortMetres = toPortMetres;
  if (toStarboardMetres !== undefined) observation.toStarboardMetres = toStarboardMetres;
};

type Hull = Pick<
  StaticClassA | ExtendedClassB | StaticPartB,
  'typeOfShipAndCargo' | 'toBowMetres' | 'toSternMetres' | 'toPortMetres' | 'toStarboardMetres'
>;

const toClassAStatic = (message: StaticClassA, heard: Heard): VesselStatic => {
  const observation = startStatic(message.mmsi, heard);
  const { imoNumber, callSign, name, maximumPresentStaticDraughtMetres, destination } = message;
  if (imoNumber !== undefined && imoNumber <= largestNumber) observation.imo = imoNumber;
  if (callSign !== undefined) observation.callSign = callSign;
  if (name !== undefined) observation.name = name;
  addHull(observation, message);
  if (maximumPresentStaticDraughtMetres !== undefined) observation.draughtMetres = maximumPresentStaticDraughtMetres;
  if (destination !== undefined) observation.destination = destination;
  return observation;
};

const toClassBStatic = (message: ExtendedClassB, heard: Heard): VesselStatic => {
  const observation = startStatic(message.mmsi, heard);
  if (message.name !== undefined) observation.name = message.name;
  addHull(observation, message);
  return observation;
};

const toStaticPart = (message: StaticPartA | StaticPartB, heard: Heard): VesselStatic => {
  const observation = startStatic(message.mmsi, heard);
  if (message.partNumber === 0) {
    if (message.name !== undefined) observation.name = message.name;
    return observation;
  }
  if (message.callSign !== undefined) observation.callSign = message.callSign;
  addHull(observation, message);
  const parent = mmsiOf(message.mothershipMmsi);
  if (parent !== undefined) observation.mothershipMmsi = parent;
  return observation;
};

const toNavigationAid = (message: AidToNavigation, heard: Heard): NavigationAid | undefined => {
  const { longitude, latitude, virtualAidToNavigation, typeOfAidToNavigation, name, offPosition } = message;
  if (longitude === undefined || latitude === undefined || virtualAidToNavigation === undefined) return undefined;
  const observation: Writable<NavigationAid> = {
    kind: 'navigation-aid',
    device: heard.device,
    time: heard.time,
    timeFrom: heard.timeFrom,
    mmsi: message.mmsi,
    longitude,
    latitude,
    virtual: virtualAidToNavigation,
  };
  if (typeOfAidToNavigation !== undefined) observation.aidType = typeOfAidToNavigation;
  if (name !== undefined) observation.name = name;
  if (offPosition !== undefined) observation.offPosition = offPosition;
  return observation;
};

/** Where the application data begin: ITU-R M.1371-5 annex 8 §§ 3.4 and 3.6. */
const addressedDataAt = 88;
const broadcastDataAt = 56;

type Application = NonNullable<ReturnType<typeof decodeApplication>>;

/** What the data of a message 6 or 8 say, where their application is understood. */
export const applicationOf = (message: AisMessage, symbols: Uint8Array, bits: number): Application | undefined => {
  if (message.messageType !== 6 && message.messageType !== 8) return undefined;
  const { messageType, designatedAreaCode, functionIdentifier } = message;
  if (designatedAreaCode === undefined || functionIdentifier === undefined) return undefined;
  const from = messageType === 6 ? addressedDataAt : broadcastDataAt;
  return decodeApplication(symbols, bits, from, designatedAreaCode, functionIdentifier);
};

const toApplicationMessage = (
  message: AddressedBinary | BroadcastBinary,
  symbols: Uint8Array,
  bits: number,
  heard: Heard,
): ApplicationMessage | undefined => {
  const { designatedAreaCode, functionIdentifier } = message;
  if (designatedAreaCode === undefined || functionIdentifier === undefined) return undefined;
  const observation: Writable<ApplicationMessage> = {
    kind: 'application-message',
    device: heard.device,
    time: heard.time,
    timeFrom: heard.timeFrom,
    mmsi: message.mmsi,
    designatedAreaCode,
    functionIdentifier,
    hex: message.applicationData?.hex ?? '',
  };
  const to = message.messageType === 6 ? mmsiOf(message.destinationMmsi) : undefined;
  if (to !== undefined) observation.toMmsi = to;
  const understood = applicationOf(message, symbols, bits);
  if (understood !== undefined) {
    observation.application = understood.application;
    observation.content = understood.content;
  }
  return observation;
};

/**
 * Appends what the message is reported as, and why something of it is not. `symbols` and `bits` are those that it was
 * decoded from.
 */
export const appendObservations = (
  message: AisMessage,
  symbols: Uint8Array,
  bits: number,
  heard: Heard,
  out: Decoded[],
): void => {
  if (message.mmsi > largestNumber) {
    out.push(noMmsi);
    return;
  }
  let observation: Observation | undefined;
  let second: Observation | undefined;
  let missing = bits < (positionEnds[message.messageType] ?? 0) ? tooShort : noPosition;
  switch (message.messageType) {
    case 1:
    case 2:
    case 3:
      observation = toClassAPosition(message, heard);
      break;
    case 4: {
      const { mmsi, longitude, latitude } = message;
      if (longitude !== undefined && latitude !== undefined)
        observation = { kind: 'base-station', ...heard, mmsi, longitude, latitude };
      break;
    }
    case 5:
      observation = toClassAStatic(message, heard);
      break;
    case 6:
    case 8:
      observation = toApplicationMessage(message, symbols, bits, heard);
      missing = tooShort;
      break;
    case 9:
      observation = toAircraftPosition(message, heard);
      break;
    case 12:
    case 14: {
      const { mmsi, safetyRelatedText } = message;
      const toMmsi = message.messageType === 12 ? mmsiOf(message.destinationMmsi) : undefined;
      if (safetyRelatedText !== undefined)
        observation = {
          kind: 'safety-text',
          ...heard,
          mmsi,
          ...(toMmsi !== undefined && { toMmsi }),
          text: safetyRelatedText,
        };
      missing = noText;
      break;
    }
    case 18:
      observation = toClassBPosition(message, heard);
      break;
    case 19:
      observation = toClassBPosition(message, heard);
      if (bits >= extendedNameEnd) second = toClassBStatic(message, heard);
      break;
    case 21:
      observation = toNavigationAid(message, heard);
      break;
    case 24:
      observation = toStaticPart(message, heard);
      break;
    case 27:
      observation = toLongRangePosition(message, heard);
      break;
    default:
      out.push(otherMessages[message.messageType] ?? noPosition);
      return;
  }
  if (observation === undefined) out.push(missing);
  else out.push({ kind: 'observation', observation });
  if (second !== undefined) out.push({ kind: 'observation', observation: second });
  if (message.lengthSuspect === true && (observation ?? second) !== undefined) out.push(unexpectedLength);
};

/** Our typed AIS messages in the words of other decoders, to be held against what they say of the same sentences. */
import { toRawCommunicationState } from '../../../drivers/protocols/ais/communication-state.ts';
import type { AisMessage } from '../../../drivers/protocols/ais/decode.generated.ts';
import type { AisFault } from '../../../drivers/protocols/ais/reader.ts';
import { createAisReader } from '../../../drivers/protocols/ais/reader.ts';
import type { BinaryData } from '../../../drivers/protocols/ais/sixbit.ts';

export interface Read {
  readonly messages: readonly AisMessage[];
  readonly faults: readonly AisFault[];
}

/** What our reader makes of a text. */
export const readMessages = (text: string): Read => {
  const messages: AisMessage[] = [];
  const faults: AisFault[] = [];
  const nothing = (): void => {};
  createAisReader({
    message: message => messages.push(message),
    fields: nothing,
    other: nothing,
    fault: reason => faults.push(reason),
  })(Buffer.from(text, 'latin1'), 0);
  return { messages, faults };
};

export type Words = Readonly<Record<string, unknown>>;

/** The words that a decoder has for the fields of every type, and what it writes for "not available". */
type Vocabulary = Readonly<Record<string, readonly [word: string, unavailable: unknown]>>;

/** gpsd's `www/AIVDM.adoc` and `gps_json`. */
const gpsdWords: Vocabulary = {
  navigationalStatus: ['status', 15],
  trueHeadingDegrees: ['heading', 511],
  raim: ['raim', false],
  imoNumber: ['imo', 0],
  aisVersionIndicator: ['ais_version', 0],
  callSign: ['callsign', ''],
  typeOfShipAndCargo: ['shiptype', 0],
  toBowMetres: ['to_bow', 0],
  toSternMetres: ['to_stern', 0],
  toPortMetres: ['to_port', 0],
  toStarboardMetres: ['to_starboard', 0],
  electronicPositionFixingDevice: ['epfd', 0],
  maximumPresentStaticDraughtMetres: ['draught', 0],
  destination: ['destination', ''],
  sequenceNumber: ['seqno', 0],
  destinationMmsi: ['dest_mmsi', 0],
  retransmitted: ['retransmit', false],
  designatedAreaCode: ['dac', 0],
  functionIdentifier: ['fid', 0],
  altitudeMetres: ['alt', 'nan'],
  safetyRelatedText: ['text', ''],
  classBDisplay: ['display', false],
  classBDsc: ['dsc', false],
  classBBand: ['band', false],
  classBMessage22: ['msg22', false],
  typeOfAidToNavigation: ['aid_type', 0],
  offPosition: ['off_position', false],
  aidToNavigationStatus: ['regional', 0],
  virtualAidToNavigation: ['virtual_aid', false],
  channelA: ['channel_a', 0],
  channelB: ['channel_b', 0],
  transmitReceiveMode: ['txrx', 0],
  addressed: ['addressed', false],
  structured: ['structured', false],
  destinationMmsi1: ['dest1', 0],
  destinationMmsi2: ['dest2', 0],
  stationType: ['stationtype', 0],
  reportingInterval: ['interval', 0],
  quietTimeMinutes: ['quiet', 0],
  manufacturerId: ['vendorid', ''],
  unitModelCode: ['model', 0],
  unitSerialNumber: ['serial', 0],
  mothershipMmsi: ['mothership_mmsi', 0],
};

const gpsdMotion = (type: number): Vocabulary => ({
  sogKnots: ['speed', type === 27 ? 63 : type < 18 ? 'nan' : 102.3],
  cogDegrees: ['course', type === 27 ? 511 : 360],
});

const translate = (message: AisMessage, vocabulary: Vocabulary): Record<string, unknown> => {
  const words: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(message)) {
    const [word, unavailable] = vocabulary[name] ?? [];
    if (word !== undefined) words[word] = value ?? unavailable;
  }
  return words;
};

/** Whole bytes. */
const padded = (hex: string): string => (hex.length % 2 === 0 ? hex : `${hex}0`);

const asData = (data: BinaryData | undefined): string =>
  data === undefined ? '0:' : `${data.bits}:${padded(data.hex)}`;

const two = (value: number): string => String(value).padStart(2, '0');

const turnOf = (message: AisMessage & { readonly messageType: 1 | 2 | 3 }): unknown => {
  if (message.turningWithoutIndicator !== undefined)
    return message.turningWithoutIndicator === 'port' ? 'fastleft' : 'fastright';
  // It squares the rate and loses the side.
  return message.rateOfTurnDegreesPerMinute === undefined ? 'nan' : Math.abs(message.rateOfTurnDegreesPerMinute);
};

const secondOf = (message: {
  readonly timeStampSeconds: number | undefined;
  readonly positioningSystem: 'manual-input' | 'dead-reckoning' | 'inoperative' | undefined;
}): number => {
  if (message.positioningSystem === undefined) return message.timeStampSeconds ?? 60;
  return { 'manual-input': 61, 'dead-reckoning': 62, inoperative: 63 }[message.positioningSystem];
};

const gpsdStatus = [
  'Under way using engine',
  'At anchor',
  'Not under command',
  'Restricted manoeuverability',
  'Constrained by her draught',
  'Moored',
  'Aground',
  'Engaged in fishing',
  'Under way sailing',
];

/** As `gpsdecode -j` (3.22) writes it, with the words that it has for the type. */
export const asGpsd = (message: AisMessage): Words => {
  const words: Record<string, unknown> = {
    class: 'AIS',
    type: message.messageType,
    repeat: message.repeatIndicator,
    mmsi: message.mmsi,
    ...translate(message, { ...gpsdWords, ...gpsdMotion(message.messageType) }),
  };
  if ('longitude' in message) {
    words['lon'] = message.longitude ?? 181;
    words['lat'] = message.latitude ?? 91;
  }
  if ('longitude1' in message && !('addressed' in message && message.addressed === true)) {
    words['ne_lon'] = message.longitude1 ?? 181;
    words['ne_lat'] = message.latitude1 ?? 91;
    words['sw_lon'] = message.longitude2 ?? 181;
    words['sw_lat'] = message.latitude2 ?? 91;
  }
  if ('positionAccuracy' in message) words['accuracy'] = message.positionAccuracy === 'high';
  if ('timeStampSeconds' in message) words['second'] = secondOf(message);
  if ('dataTerminalEquipment' in message) words['dte'] = message.dataTerminalEquipment === 'not-available' ? 1 : 0;
  if ('communicationState' in message && message.communicationState !== undefined) {
    // With a selector in front of it where the message has one.
    const selector = [9, 18].includes(message.messageType) && message.communicationState.kind === 'itdma' ? 2 ** 19 : 0;
    words['radio'] = selector + toRawCommunicationState(message.communicationState);
  }
  switch (message.messageType) {
    case 1:
    case 2:
    case 3:
      words['turn'] = turnOf(message);
      words['maneuver'] = { 'not-engaged': 1, engaged: 2, '': 0 }[message.specialManoeuvre ?? ''];
      break;
    case 4:
    case 11: {
      const { utcYear = 0, utcMonth = 0, utcDay = 0, utcHour = 24, utcMinute = 60, utcSecond = 60 } = message;
      const date = `${String(utcYear).padStart(4, '0')}-${two(utcMonth)}-${two(utcDay)}`;
      words['timestamp'] = `${date}T${two(utcHour)}:${two(utcMinute)}:${two(utcSecond)}Z`;
      break;
    }
    case 5: {
      const { etaMonth = 0, etaDay = 0, etaHour = 24, etaMinute = 60 } = message;
      words['eta'] = `${two(etaMonth)}-${two(etaDay)}T${two(etaHour)}:${two(etaMinute)}Z`;
      words['shipname'] = message.name ?? '';
      break;
    }
    case 6:
    case 8:
      words['data'] = asData(message.applicationData);
      break;
    case 7:
    case 13:
      for (let index = 0; index < 4; index++)
        words[`mmsi${index + 1}`] = message.acknowledgements[index]?.destinationMmsi ?? 0;
      break;
    case 9:
      words['assigned'] = message.assignedMode ?? false;
      words['alt_sensor'] = message.altitudeSensor === 'barometric' ? 1 : 0;
      break;
    case 15: {
      // Which of its places an element stands in, it tells by the station.
      const [first, second, third] = message.interrogations;
      const isSame = second !== undefined && second.destinationMmsi === first?.destinationMmsi;
      const other = isSame ? third : second;
      words['mmsi1'] = first?.destinationMmsi ?? 0;
      words['type1_1'] = first?.requestedMessageType ?? 0;
      words['offset1_1'] = first?.slotOffset ?? 0;
      words['type1_2'] = isSame ? second.requestedMessageType : 0;
      words['offset1_2'] = isSame ? second.slotOffset : 0;
      words['mmsi2'] = other?.destinationMmsi ?? 0;
      words['type2_1'] = other?.requestedMessageType ?? 0;
      words['offset2_1'] = other?.slotOffset ?? 0;
      break;
    }
    case 16:
      for (const [index, { destinationMmsi, offset, increment }] of message.assignments.entries())
        Object.assign(words, {
          [`mmsi${index + 1}`]: destinationMmsi,
          [`offset${index + 1}`]: offset,
          [`increment${index + 1}`]: increment,
        });
      break;
    case 17: {
      const {
        correctionMessageType: type = 0,
        correctionStationId: station = 0,
        correctionZCount: z = 0,
        correctionSequenceNumber: sequence = 0,
        correctionWords: count = 0,
        correctionHealth: health = 0,
      } = message;
      const head = ((((type * 1024 + station) * 8192 + z) * 8 + sequence) * 32 + count) * 8 + health;
      const { bits, hex } = message.corrections ?? { bits: 0, hex: '' };
      words['data'] = `${40 + bits}:${head.toString(16).padStart(10, '0')}${padded(hex)}`;
      break;
    }
    case 18:
      words['cs'] = message.classBUnit === 'carrier-sense';
      break;
    case 19:
      words['shipname'] = message.name ?? '';
      words['assigned'] = message.assignedMode ?? false;
      break;
    case 20:
      for (const [index, reservation] of message.reservations.entries())
        Object.assign(words, {
          [`offset${index + 1}`]: reservation.offset,
          [`number${index + 1}`]: reservation.numberOfSlots,
          [`timeout${index + 1}`]: reservation.timeOutMinutes,
          [`increment${index + 1}`]: reservation.increment,
        });
      break;
    case 21:
      words['name'] = message.name ?? '';
      words['assigned'] = message.assignedMode ?? false;
      break;
    case 22:
      words['power'] = message.power === 'low';
      words['band_a'] = message.channelABandwidth === '12.5-kHz';
      words['band_b'] = message.channelBBandwidth === '12.5-kHz';
      words['zonesize'] = (message.transitionalZoneNauticalMiles ?? 1) - 1;
      break;
    case 25:
    case 26: {
      const { designatedAreaCode = 0, functionIdentifier = 0 } = message;
      words['app_id'] = designatedAreaCode * 64 + functionIdentifier;
      words['data'] = asData(message.binaryData);
      break;
    }
    case 27:
      words['status'] = gpsdStatus[message.navigationalStatus ?? 15] ?? words['status'];
      words['gnss'] = message.positionLatency === 'above-5-s';
      break;
  }
  return words;
};

/** As libais writes it: gpsd's words, and the communication state taken apart. */
export const asLibais = (message: AisMessage): Words => {
  const words: Record<string, unknown> = { ...asGpsd(message) };
  for (const [word, value] of Object.entries(words)) if (value === 'nan') words[word] = null;
  if (message.messageType === 1 || message.messageType === 2 || message.messageType === 3)
    words['turn'] = message.rateOfTurnDegreesPerMinute ?? null;
  if (message.messageType === 4 || message.messageType === 11)
    words['transmission_ctl'] = message.longRangeTransmission === true ? 1 : 0;
  if (message.messageType === 18) {
    words['unit'] = message.classBUnit === 'carrier-sense';
    words['mode'] = message.assignedMode;
  }
  if (message.messageType === 24) {
    words['part_num'] = message.partNumber;
    if (message.partNumber === 0) words['shipname'] = message.name ?? '';
  }
  if (message.messageType === 27) {
    words['status'] = message.navigationalStatus ?? 15;
    words['gnss'] = message.positionLatency === 'below-5-s';
  }
  if (message.messageType === 26) {
    words['dac'] = message.designatedAreaCode;
    words['fid'] = message.functionIdentifier;
  }
  const state = 'communicationState' in message ? message.communicationState : undefined;
  if (state === undefined) return words;
  words['sync_state'] = state.syncState;
  if (state.kind === 'itdma') {
    words['slot_increment'] = state.slotIncrement;
    words['slots_to_allocate'] = state.numberOfSlots;
    words['keep_flag'] = state.keep;
  } else {
    words['slot_timeout'] = state.slotTimeOut;
    words['received_stations'] = state.receivedStations;
    words['slot_number'] = state.slotNumber;
    words['slot_offset'] = state.slotOffset;
    words['utc_hour'] = state.utcHour;
    words['utc_min'] = state.utcMinute;
  }
  return words;
};

const ggencoderWords: Vocabulary = {
  navigationalStatus: ['navstatus', 15],
  longitude: ['lon', undefined],
  latitude: ['lat', undefined],
  sogKnots: ['sog', undefined],
  cogDegrees: ['cog', undefined],
  trueHeadingDegrees: ['hdg', undefined],
  timeStampSeconds: ['utc', undefined],
  imoNumber: ['imo', undefined],
  callSign: ['callsign', undefined],
  typeOfShipAndCargo: ['cargo', 0],
  toBowMetres: ['dimA', 0],
  toSternMetres: ['dimB', 0],
  toPortMetres: ['dimC', 0],
  toStarboardMetres: ['dimD', 0],
  etaMonth: ['etaMo', 0],
  etaDay: ['etaDay', 0],
  etaHour: ['etaHr', 24],
  etaMinute: ['etaMin', 60],
  maximumPresentStaticDraughtMetres: ['draught', 0],
  destination: ['destination', undefined],
  altitudeMetres: ['alt', undefined],
  safetyRelatedText: ['txt', undefined],
  typeOfAidToNavigation: ['aidtype', 0],
  mothershipMmsi: ['mothership', undefined],
};

/** As ggencoder 1.0 names it, without what is not available. */
export const asGgencoder = (message: AisMessage): Words => {
  const words: Record<string, unknown> = {
    aistype: message.messageType,
    repeat: message.repeatIndicator,
    immsi: message.mmsi,
    ...translate(message, ggencoderWords),
  };
  // What goes beyond 20 characters it keeps apart.
  if ('name' in message && message.name !== undefined) words['shipname'] = message.name.slice(0, 20);
  return words;
};

/** The words in which two decoders agreed, with `lon_na` and `lat_na` beside the raw numbers. */
const consensusWords: Vocabulary = {
  navigationalStatus: ['status', 15],
  trueHeadingDegrees: ['hdg', 511],
  imoNumber: ['imo', 0],
  callSign: ['callsign', ''],
  name: ['name', ''],
  typeOfShipAndCargo: ['shiptype', 0],
  toBowMetres: ['to_bow', 0],
  toSternMetres: ['to_stern', 0],
  toPortMetres: ['to_port', 0],
  toStarboardMetres: ['to_starboard', 0],
  electronicPositionFixingDevice: ['epfd', 0],
  maximumPresentStaticDraughtMetres: ['draught', 0],
  destination: ['dest', ''],
  designatedAreaCode: ['dac', 0],
  functionIdentifier: ['fid', 0],
  altitudeMetres: ['alt', 4095],
  safetyRelatedText: ['text', ''],
  typeOfAidToNavigation: ['aid_type', 0],
  offPosition: ['off_position', false],
  virtualAidToNavigation: ['virtual', false],
};

export const asConsensus = (message: AisMessage): Words => {
  const { messageType, mmsi, repeatIndicator } = message;
  const fast = { 9: 1023, 27: 63 }[messageType as number] ?? 102.3;
  const motion: Vocabulary = { sogKnots: ['sog', fast], cogDegrees: ['cog', messageType === 27 ? 511 : 360] };
  const words: Record<string, unknown> = {
    type: messageType,
    mmsi,
    repeat: repeatIndicator,
    ...translate(message, { ...consensusWords, ...motion }),
  };
  if ('longitude' in message) {
    words['lon_na'] = message.longitude === undefined;
    words['lat_na'] = message.latitude === undefined;
    if (message.longitude !== undefined) words['lon'] = message.longitude;
    if (message.latitude !== undefined) words['lat'] = message.latitude;
  }
  if ('timeStampSeconds' in message) words['sec'] = secondOf(message);
  return words;
};

/** Equal, but for what the other writes in fewer decimals or as a bit, and for spaces around a text. */
export const isSame = (theirs: unknown, ours: unknown, tolerance: number): boolean => {
  if (typeof ours === 'number' && (typeof theirs === 'number' || typeof theirs === 'string'))
    return Math.abs(Number(theirs) - ours) <= tolerance;
  if (typeof ours === 'boolean' && typeof theirs === 'number') return theirs === (ours ? 1 : 0);
  if (typeof ours === 'string' && typeof theirs === 'string') return ours === theirs.trim();
  return ours === theirs;
};

/**
 * The fields of all AIS messages, 1 to 27, bit for bit, after ITU-R M.1371-5 annex 8. The encoder reads these tables;
 * `npm run generate` turns them into the types and the straight-line code of `decode.generated.ts`.
 */
import {
  applicationIdentifier,
  assignedMode,
  callSign,
  choice,
  coarsePosition,
  code,
  cog,
  communicationState,
  count,
  data,
  dataTerminal,
  destination,
  dimensions,
  fixingDevice,
  flag,
  name,
  navigationalStatus,
  position,
  positionAccuracy,
  raim,
  retransmitted,
  safetyRelatedText,
  sequenceNumber,
  sog,
  tenths,
  text,
  timeStamp,
  trueHeading,
  typeOfShip,
  under,
} from './common-fields.ts';
import { type ChoiceField, type Field, type Layout, largestMmsi, type NumberField } from './layout.ts';

const positionClassA: Layout = {
  types: [1, 2, 3],
  says: 'Position report of a class A station, § 3.1',
  bits: 168,
  fields: [
    navigationalStatus(38),
    {
      name: 'rateOfTurnDegreesPerMinute',
      says: 'Rate of turn in degrees a minute, to starboard positive; 708 stands for so much and more',
      at: 42,
      bits: 8,
      as: 'rate-of-turn',
    },
    {
      ...choice(
        'turningWithoutIndicator',
        'Rate of turn, where no turn indicator measures it: more than 5° in 30 s',
        42,
        8,
        [
          [127, 'starboard'],
          [-127, 'port'],
        ],
      ),
      signed: true,
    },
    sog(50),
    ...position(60),
    cog(116),
    trueHeading(128),
    ...timeStamp(137),
    choice('specialManoeuvre', 'Special manoeuvre indicator', 143, 2, [
      [1, 'not-engaged'],
      [2, 'engaged'],
    ]),
    raim(148),
    communicationState(149, { itdmaIn: 3 }),
  ],
};

const utc: readonly NumberField[] = [
  count('utcYear', 'UTC year', 38, 14, [1, 9999]),
  count('utcMonth', 'UTC month', 52, 4, [1, 12]),
  count('utcDay', 'UTC day', 56, 5, [1, 31]),
  count('utcHour', 'UTC hour', 61, 5, [0, 23], 24),
  count('utcMinute', 'UTC minute', 66, 6, [0, 59], 60),
  count('utcSecond', 'UTC second', 72, 6, [0, 59], 60),
];

/** Message 11 is laid out as message 4. */
const timed = (types: readonly number[], says: string): Layout => ({
  types,
  says,
  bits: 168,
  fields: [
    ...utc,
    ...position(78),
    fixingDevice(134),
    flag(
      'longRangeTransmission',
      'Transmission control for long-range broadcast message: class A stations are asked to send message 27 here',
      138,
    ),
    raim(148),
    communicationState(149, 'sotdma'),
  ],
});
const baseStation = timed([4], 'Base station report, § 3.2');
const utcResponse = timed([11], 'UTC and date response of a mobile station, § 3.9');

/** Messages of 420 and 422 bits are common. */
const staticClassA: Layout = {
  types: [5],
  says: 'Static and voyage related data of a class A station, § 3.3',
  bits: 424,
  lengths: [[420, 424]],
  fields: [
    code('aisVersionIndicator', 'AIS version indicator: 0 for edition 1 of the recommendation, 2 for 5', 38, 2),
    count(
      'imoNumber',
      'IMO number from 1 000 000 to 9 999 999; above it, the official number of the flag State',
      40,
      30,
      [1, largestMmsi],
    ),
    callSign(70),
    name(112),
    typeOfShip(232),
    ...dimensions(240),
    fixingDevice(270),
    count('etaMonth', 'ETA, month in UTC', 274, 4, [1, 12]),
    count('etaDay', 'ETA, day in UTC', 278, 5, [1, 31]),
    count('etaHour', 'ETA, hour in UTC', 283, 5, [0, 23], 24),
    count('etaMinute', 'ETA, minute in UTC', 288, 6, [0, 59], 60),
    tenths(
      count(
        'maximumPresentStaticDraughtMetres',
        'Maximum present static draught in metres; 25.5 stands for so much and more',
        294,
        8,
        [1, 255],
      ),
    ),
    text('destination', 'Destination', 302, 120),
    dataTerminal(422),
  ],
};

const addressedBinary: Layout = {
  types: [6],
  says: 'Addressed binary message, § 3.4',
  bits: 88,
  lengths: [[88, 1008]],
  fields: [
    sequenceNumber(38),
    destination(40),
    retransmitted(70),
    ...applicationIdentifier(72),
    data('applicationData', 'Application data', 88, 920),
  ],
};

const acknowledgement = (types: readonly number[], says: string): Layout => ({
  types,
  says,
  bits: 72,
  lengths: [
    [72, 72],
    [104, 104],
    [136, 136],
    [168, 168],
  ],
  fields: [
    {
      name: 'acknowledgements',
      says: 'What is acknowledged: sender and sequence number of up to four messages',
      as: 'list',
      of: 'Acknowledgement',
      places: [40, 72, 104, 136].map(at => [destination(at), sequenceNumber(at + 30)]),
    },
  ],
});
const binaryAcknowledgement = acknowledgement([7], 'Binary acknowledgement, § 3.5');
const safetyAcknowledgement = acknowledgement([13], 'Safety related acknowledgement, § 3.11');

const broadcastBinary: Layout = {
  types: [8],
  says: 'Binary broadcast message, § 3.6',
  bits: 56,
  lengths: [[56, 1008]],
  fields: [...applicationIdentifier(40), data('applicationData', 'Application data', 56, 952)],
};

const searchAndRescueAircraft: Layout = {
  types: [9],
  says: 'Position report of a search and rescue aircraft, § 3.7',
  bits: 168,
  fields: [
    count('altitudeMetres', 'Altitude in metres; 4094 stands for so much and more', 38, 12, [0, 4094], 4095),
    count('sogKnots', 'SOG in whole knots; 1022 stands for so much and more', 50, 10, [0, 1022], 1023),
    ...position(60),
    cog(116),
    ...timeStamp(128),
    choice('altitudeSensor', 'Altitude sensor', 134, 1, [
      [0, 'gnss'],
      [1, 'barometric'],
    ]),
    dataTerminal(142),
    assignedMode(146),
    raim(147),
    communicationState(149, { selectorAt: 148 }),
  ],
};

const utcInquiry: Layout = {
  types: [10],
  says: 'UTC and date inquiry, § 3.8',
  bits: 72,
  fields: [destination(40)],
};

const addressedSafety: Layout = {
  types: [12],
  says: 'Addressed safety related message, § 3.10',
  bits: 72,
  lengths: [[72, 1008]],
  boundary: 8,
  fields: [sequenceNumber(38), destination(40), retransmitted(70), safetyRelatedText(72)],
};

const broadcastSafety: Layout = {
  types: [14],
  says: 'Safety related broadcast message, § 3.12',
  bits: 40,
  lengths: [[40, 1008]],
  boundary: 8,
  fields: [safetyRelatedText(40)],
};

const requestedMessageType = (at: number): NumberField =>
  count('requestedMessageType', 'Message ID: the message type that is asked for', at, 6, [1, 63]);
const slotOffset = (at: number): NumberField =>
  code('slotOffset', 'Slot offset of the response; 0 leaves it to the station', at, 12);

/** Two messages may be asked of the first station and one of a second. */
const interrogation: Layout = {
  types: [15],
  says: 'Interrogation, § 3.13',
  bits: 88,
  lengths: [
    [88, 88],
    [108, 112],
    [160, 160],
  ],
  boundary: 8,
  fields: [
    {
      name: 'interrogations',
      says: 'Which station is asked for which message: up to two of one station, and one of a second',
      as: 'list',
      of: 'RequestedMessage',
      places: [
        [requestedMessageType(70), destination(40), slotOffset(76)],
        [requestedMessageType(90), destination(40), slotOffset(96)],
        [requestedMessageType(140), destination(110), slotOffset(146)],
      ],
    },
  ],
};

const assignment: Layout = {
  types: [16],
  says: 'Assigned mode command, § 3.14',
  bits: 96,
  lengths: [
    [96, 96],
    [144, 144],
  ],
  fields: [
    {
      name: 'assignments',
      says: 'Which stations are to report when: one or two',
      as: 'list',
      of: 'AssignedSlots',
      places: [40, 92].map(at => [
        destination(at),
        code(
          'offset',
          'Offset in slots to the first assigned slot; reports in 10 min where increment is 0',
          at + 30,
          12,
        ),
        code('increment', 'Increment to the next assigned slot', at + 42, 10),
      ]),
    },
  ],
};

const differentialCorrections: Layout = {
  types: [17],
  says: 'GNSS broadcast binary message, § 3.15, with corrections after ITU-R M.823',
  bits: 120,
  lengths: [[80, 816]],
  fields: [
    ...coarsePosition(40, '', ' of the reference station'),
    code('correctionMessageType', 'Message type of ITU-R M.823', 80, 6),
    code('correctionStationId', 'Station ID of ITU-R M.823', 86, 10),
    code('correctionZCount', 'Z count: time in steps of 0.6 s', 96, 13),
    code('correctionSequenceNumber', 'Sequence number of ITU-R M.823', 109, 3),
    code('correctionWords', 'N: how many words of 24 bits follow', 112, 5),
    code('correctionHealth', 'Health of the reference station', 117, 3),
    data('corrections', 'DGNSS data words', 120, 696),
  ],
};

const classBPosition: readonly Field[] = [sog(46), ...position(56), cog(112), trueHeading(124), ...timeStamp(133)];

const positionClassB: Layout = {
  types: [18],
  says: 'Position report of a class B station, § 3.16',
  bits: 168,
  fields: [
    ...classBPosition,
    choice('classBUnit', 'Class B unit flag: how it finds its slots', 141, 1, [
      [0, 'sotdma'],
      [1, 'carrier-sense'],
    ]),
    flag('classBDisplay', 'Class B display flag: it can show messages 12 and 14', 142),
    flag('classBDsc', 'Class B DSC flag: it has a DSC function', 143),
    flag('classBBand', 'Class B band flag: it can use the whole marine band', 144),
    flag('classBMessage22', 'Class B message 22 flag: base stations can direct it to other channels', 145),
    assignedMode(146),
    raim(147),
    { ...communicationState(149, { selectorAt: 148 }), when: { classBUnit: 'sotdma' } },
    {
      name: 'noCommunicationState',
      says: 'What stands in place of a communication state in a unit that has none',
      at: 148,
      bits: 20,
      as: 'constant',
      raw: 0b1110_0000_0000_0000_0110,
      when: { classBUnit: 'carrier-sense' },
    },
  ],
};

const extendedClassB: Layout = {
  types: [19],
  says: 'Extended position report of a class B station, § 3.17',
  bits: 312,
  fields: [
    ...classBPosition,
    name(143),
    typeOfShip(263),
    ...dimensions(271),
    fixingDevice(301),
    raim(305),
    dataTerminal(306),
    assignedMode(307),
  ],
};

const dataLinkManagement: Layout = {
  types: [20],
  says: 'Data link management message, § 3.18',
  bits: 72,
  lengths: [
    [72, 72],
    [104, 104],
    [132, 132],
    [160, 160],
  ],
  fields: [
    {
      name: 'reservations',
      says: 'Slots that the base station keeps for itself: up to four blocks',
      as: 'list',
      of: 'ReservedSlots',
      places: [40, 70, 100, 130].map(at => [
        count('offset', 'Reserved offset number, in slots from the one of this message', at, 12, [1, 4095]),
        code('numberOfSlots', 'Number of consecutive slots', at + 12, 4),
        code('timeOutMinutes', 'Time-out in minutes', at + 16, 3),
        code('increment', 'Increment in slots to the next such block; 0 for none', at + 19, 11),
      ]),
    },
  ],
};

const aidToNavigation: Layout = {
  types: [21],
  says: 'Aids-to-navigation report, § 3.19',
  bits: 272,
  lengths: [[272, 360]],
  boundary: 8,
  fields: [
    count('typeOfAidToNavigation', 'Type of aids-to-navigation, table 74', 38, 5, [1, 31]),
    {
      ...text('name', 'Name of aids-to-navigation with its extension', 43, 120),
      extension: { at: 272, bits: 84 },
    },
    ...position(163),
    ...dimensions(219),
    fixingDevice(249),
    ...timeStamp(253),
    flag('offPosition', 'Off-position indicator; valid for floating aids with a time stamp', 259),
    code('aidToNavigationStatus', 'AtoN status; 0 is the default', 260, 8),
    raim(268),
    flag('virtualAidToNavigation', 'Virtual AtoN flag: no aid is there', 269),
    assignedMode(270),
  ],
};

const area = (at: number, second: number): readonly NumberField[] => [
  ...coarsePosition(at, '1', ' of the north-east corner'),
  ...coarsePosition(second, '2', ' of the south-west corner'),
];

const bandwidth = (channel: 'A' | 'B', at: number): ChoiceField =>
  choice(`channel${channel}Bandwidth`, `Channel ${channel} bandwidth`, at, 1, [
    [0, 'as-by-channel-number'],
    [1, '12.5-kHz'],
  ]);

const channelManagement: Layout = {
  types: [22],
  says: 'Channel management, § 3.20',
  bits: 168,
  fields: [
    code('channelA', 'Channel A, number of ITU-R M.1084', 40, 12),
    code('channelB', 'Channel B, number of ITU-R M.1084', 52, 12),
    code('transmitReceiveMode', 'Tx/Rx mode: 0 sends on A and B, 1 on A, 2 on B; all receive both', 64, 4),
    choice('power', 'Power', 68, 1, [
      [0, 'high'],
      [1, 'low'],
    ]),
    flag('addressed', 'Addressed or broadcast message indicator: two stations are addressed, not an area', 139),
    ...under({ addressed: false }, area(69, 104)),
    ...under({ addressed: true }, [
      { ...destination(69), name: 'destinationMmsi1' },
      { ...destination(104), name: 'destinationMmsi2' },
    ]),
    bandwidth('A', 140),
    bandwidth('B', 141),
    {
      ...count('transitionalZoneNauticalMiles', 'Transitional zone size in nautical miles', 142, 3, [0, 7], 4),
      plus: 1,
    },
  ],
};

const groupAssignment: Layout = {
  types: [23],
  says: 'Group assignment command, § 3.21',
  bits: 160,
  fields: [
    ...area(40, 75),
    code('stationType', 'Station type that it is for; 0 for all mobiles', 110, 4),
    typeOfShip(114),
    code('transmitReceiveMode', 'Tx/Rx mode: 0 sends on A and B, 1 on A, 2 on B; all receive both', 144, 2),
    code('reportingInterval', 'Reporting interval, table 77', 146, 4),
    code('quietTimeMinutes', 'Quiet time in minutes', 150, 4),
  ],
};

/** 168 bits are usual: a whole slot. */
const staticPartA: Layout = {
  types: [24],
  part: 0,
  says: 'Static data report, part A, § 3.22',
  bits: 160,
  lengths: [
    [160, 160],
    [168, 168],
  ],
  fields: [name(40)],
};

/** A craft of a parent ship gives that ship's number in place of its own dimensions. */
const staticPartB: Layout = {
  types: [24],
  part: 1,
  says: 'Static data report, part B, § 3.22',
  bits: 168,
  fields: [
    typeOfShip(40),
    text('manufacturerId', 'Vendor ID: manufacturer', 48, 18),
    code('unitModelCode', 'Vendor ID: unit model code', 66, 4),
    code('unitSerialNumber', 'Vendor ID: unit serial number', 70, 20),
    callSign(90),
    ...under({ auxiliaryCraft: false }, dimensions(132)),
    ...under({ auxiliaryCraft: true }, [count('mothershipMmsi', 'MMSI of the mother ship', 132, 30, [1, largestMmsi])]),
    fixingDevice(162),
  ],
};

/** Where the data of messages 25 and 26 begin depends on what they say of themselves. */
const flexible = (most: number, before?: number): readonly Field[] => [
  flag('addressed', 'Destination indicator: it is addressed to one station', 38),
  flag('structured', 'Binary data flag: the data begin with an application identifier', 39),
  ...under({ addressed: true }, [destination(40)]),
  ...under({ addressed: false, structured: true }, applicationIdentifier(40)),
  ...under({ addressed: true, structured: true }, applicationIdentifier(72)),
  ...[
    { addressed: false, structured: false, at: 40 },
    { addressed: false, structured: true, at: 56 },
    { addressed: true, structured: false, at: 72 },
    { addressed: true, structured: true, at: 88 },
  ].map(({ at, ...when }) => ({ ...data('binaryData', 'Binary data', at, most - at, before), when })),
];

const singleSlotBinary: Layout = {
  types: [25],
  says: 'Single slot binary message, § 3.23',
  bits: 40,
  lengths: [[40, 168]],
  fields: flexible(168),
};

const multipleSlotBinary: Layout = {
  types: [26],
  says: 'Multiple slot binary message with communications state, § 3.24',
  bits: 64,
  lengths: [[64, 1064]],
  fields: [...flexible(1064 - 24, 24), communicationState(-19, { selectorAt: -20 })],
};

/** Some stations pad it to a slot of 168 bits. */
const longRange: Layout = {
  types: [27],
  says: 'Long-range AIS broadcast message, § 3.25',
  bits: 96,
  lengths: [
    [96, 96],
    [168, 168],
  ],
  fields: [
    positionAccuracy(38),
    raim(39),
    navigationalStatus(40),
    ...coarsePosition(44, '', ''),
    count('sogKnots', 'SOG in whole knots', 79, 6, [0, 62], 63),
    count('cogDegrees', 'COG in whole degrees', 85, 9, [0, 359], 511),
    choice('positionLatency', 'Position latency: how old the position is', 94, 1, [
      [0, 'below-5-s'],
      [1, 'above-5-s'],
    ]),
  ],
};

export const layouts = {
  positionClassA,
  baseStation,
  staticClassA,
  addressedBinary,
  binaryAcknowledgement,
  broadcastBinary,
  searchAndRescueAircraft,
  utcInquiry,
  utcResponse,
  addressedSafety,
  safetyAcknowledgement,
  broadcastSafety,
  interrogation,
  assignment,
  differentialCorrections,
  positionClassB,
  extendedClassB,
  dataLinkManagement,
  aidToNavigation,
  channelManagement,
  groupAssignment,
  staticPartA,
  staticPartB,
  singleSlotBinary,
  multipleSlotBinary,
  longRange,
} as const satisfies Readonly<Record<string, Layout>>;

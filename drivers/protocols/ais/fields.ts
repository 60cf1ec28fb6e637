/**
 * The fields of all AIS messages, 1 to 27, bit for bit, after ITU-R M.1371-5 annex 8. The encoder reads these tables;
 * `npm run generate` turns them into the types and the straight-line code of `decode.generated.ts`.
 */

/**
 * What other fields of the same message must say for a field to be there: all of them. `auxiliaryCraft` asks the MMSI
 * (`auxiliaryCraftMmsi`).
 */
export type Condition = Readonly<Record<string, boolean | string>>;

interface Named {
  /** Of the property: the standard's name, with its unit where it has one. */
  readonly name: string;
  /** The standard's name and what the values mean, as a sentence without its full stop. */
  readonly says: string;
  /** Absent: the field is in every message of the layout. A name may stand twice, under conditions that exclude each other. */
  readonly when?: Condition;
}

interface Placed extends Named {
  /** Number of the first bit, counted from 0; negative, counted from the end. */
  readonly at: number;
  readonly bits: number;
}

export interface NumberField extends Placed {
  readonly as: 'unsigned' | 'signed';
  /** How many steps of the raw number are one unit. 1 when absent. */
  readonly steps?: number;
  /** What is added to the raw number. */
  readonly plus?: number;
  /** Raw numbers outside of this range mean "not available". */
  readonly valid: readonly [least: number, most: number];
  /** The raw number that is sent for "not available", or when nothing else is asked for. */
  readonly unavailable: number;
}

/** ROT: the square root of the rate. */
export interface RateOfTurnField extends Placed {
  readonly as: 'rate-of-turn';
}

export interface FlagField extends Placed {
  readonly as: 'flag';
}

/** Raw numbers with a word each. Others say nothing; what is not given leaves the bits as they are. */
export interface ChoiceField extends Placed {
  readonly as: 'choice';
  readonly signed?: true;
  readonly choices: readonly (readonly [raw: number, word: string])[];
}

export interface TextField extends Placed {
  readonly as: 'text';
  /** Where the text goes on to the end of the message when the field itself is full; `at + bits` when absent. */
  readonly extension?: { readonly at: number; readonly bits: number };
}

/** Text from `at` to the end of the message, at most `bits` long. */
export interface LongTextField extends Placed {
  readonly as: 'long-text';
}

/** Bits from `at` to the end of the message, or to `before` bits before it. `bits` is how many there can be. */
export interface DataField extends Placed {
  readonly as: 'data';
  readonly before?: number;
}

/** Communication state, annex 2 §§ 3.3.7.2 and 3.3.7.3: 19 bits whose scheme the message type or a flag says. */
export interface CommunicationStateField extends Placed {
  readonly as: 'communication-state';
  readonly scheme: 'sotdma' | { readonly itdmaIn: number } | { readonly selectorAt: number };
}

/** Sent as it is; says nothing to who reads it. */
export interface ConstantField extends Placed {
  readonly as: 'constant';
  readonly raw: number;
}

/** The same few fields over again: a place is there when its first number lies inside of the message and is valid. */
export interface ListField extends Named {
  readonly as: 'list';
  /** The name of its elements' type. */
  readonly of: string;
  /** Places may share a field: both then say the same of it. */
  readonly places: readonly (readonly NumberField[])[];
}

export type Field =
  | NumberField
  | RateOfTurnField
  | FlagField
  | ChoiceField
  | TextField
  | LongTextField
  | DataField
  | CommunicationStateField
  | ConstantField
  | ListField;

export interface Layout {
  readonly types: readonly number[];
  /** What the message is, and the clause, as a sentence without its full stop. */
  readonly says: string;
  /** Of message 24, whose parts are laid out apart. */
  readonly part?: 0 | 1;
  /** The length that is sent, or the least of them where the length depends on what is said. */
  readonly bits: number;
  /** Lengths by the standard, ascending, and others that are usual; `bits` alone when absent. */
  readonly lengths?: readonly (readonly [least: number, most: number])[];
  /** Multiples of so many bits are sent where the length depends on what is said; 1 when absent. */
  readonly boundary?: number;
  readonly fields: readonly Field[];
}

/** Surplus bits with which a message still has its length: receivers fill up the last symbol or byte. */
export const usualSurplus = 5;

/** Craft of a parent ship have numbers that begin with 98 (ITU-R M.585-9). */
export const auxiliaryCraftMmsi = [980_000_000, 989_999_999] as const;

export const largestMmsi = 2 ** 30 - 1;

const degree = 600_000;
const coarseDegree = 600;

const count = (
  name: string,
  says: string,
  at: number,
  bits: number,
  valid: readonly [least: number, most: number],
  unavailable = 0,
): NumberField => ({ name, says, at, bits, as: 'unsigned', valid, unavailable });
const code = (name: string, says: string, at: number, bits: number): NumberField =>
  count(name, says, at, bits, [0, 2 ** bits - 1]);
const tenths = (field: NumberField): NumberField => ({ ...field, steps: 10 });
const flag = (name: string, says: string, at: number): FlagField => ({ name, says, at, bits: 1, as: 'flag' });
const text = (name: string, says: string, at: number, bits: number): TextField => ({
  name,
  says,
  at,
  bits,
  as: 'text',
});
const choice = (
  name: string,
  says: string,
  at: number,
  bits: number,
  choices: readonly (readonly [raw: number, word: string])[],
): ChoiceField => ({ name, says, at, bits, as: 'choice', choices });

const angle = (name: string, says: string, at: number, bits: number, steps: number, most: number): NumberField => ({
  name,
  says,
  at,
  bits,
  as: 'signed',
  steps,
  valid: [-most * steps, most * steps],
  unavailable: (most + 1) * steps,
});
const longitude = (at: number): NumberField =>
  angle('longitude', 'Longitude in degrees of WGS 84, east positive', at, 28, degree, 180);
const latitude = (at: number): NumberField =>
  angle('latitude', 'Latitude in degrees of WGS 84, north positive', at, 27, degree, 90);
const positionAccuracy = (at: number): ChoiceField =>
  choice('positionAccuracy', 'Position accuracy: high is 10 m or better', at, 1, [
    [0, 'low'],
    [1, 'high'],
  ]);
const position = (at: number): readonly Field[] => [positionAccuracy(at), longitude(at + 1), latitude(at + 29)];
/** In tenths of a minute. */
const coarsePosition = (at: number, number: '' | '1' | '2', which: string): readonly NumberField[] => [
  angle(`longitude${number}`, `Longitude${which} in degrees, east positive`, at, 18, coarseDegree, 180),
  angle(`latitude${number}`, `Latitude${which} in degrees, north positive`, at + 18, 17, coarseDegree, 90),
];

const sog = (at: number): NumberField =>
  tenths(count('sogKnots', 'SOG in knots; 102.2 stands for so much and more', at, 10, [0, 1022], 1023));
const cog = (at: number): NumberField => tenths(count('cogDegrees', 'COG in degrees', at, 12, [0, 3599], 3600));
const trueHeading = (at: number): NumberField =>
  count('trueHeadingDegrees', 'True heading in degrees', at, 9, [0, 359], 511);
const timeStamp = (at: number): readonly Field[] => [
  count('timeStampSeconds', 'Time stamp: the UTC second of the position', at, 6, [0, 59], 60),
  choice('positioningSystem', 'Time stamp, where it says how the position came about instead', at, 6, [
    [61, 'manual-input'],
    [62, 'dead-reckoning'],
    [63, 'inoperative'],
  ]),
];
const navigationalStatus = (at: number): NumberField =>
  count(
    'navigationalStatus',
    'Navigational status: 0 under way using engine, 1 at anchor, 2 not under command, 3 restricted maneuverability, 4 constrained by her draught, 5 moored, 6 aground, 7 engaged in fishing, 8 under way sailing, 14 AIS-SART',
    at,
    4,
    [0, 14],
    15,
  );
const raim = (at: number): FlagField => flag('raim', 'RAIM-flag: integrity monitoring is in use', at);
const fixingDevice = (at: number): NumberField =>
  count(
    'electronicPositionFixingDevice',
    'Type of electronic position fixing device: 1 GPS, 2 GLONASS, 3 both, 4 Loran-C, 5 Chayka, 6 integrated navigation system, 7 surveyed, 8 Galileo, 15 internal GNSS',
    at,
    4,
    [1, 15],
  );
const dataTerminal = (at: number): ChoiceField =>
  choice('dataTerminalEquipment', 'DTE: whether a data terminal is ready', at, 1, [
    [0, 'available'],
    [1, 'not-available'],
  ]);
const assignedMode = (at: number): FlagField =>
  flag('assignedMode', 'Assigned mode flag: the station reports as a base station told it', at);
const typeOfShip = (at: number): NumberField =>
  count('typeOfShipAndCargo', 'Type of ship and cargo type, table 53; 30 is fishing', at, 8, [1, 99]);
const callSign = (at: number): TextField => text('callSign', 'Call sign', at, 42);
const name = (at: number): TextField => text('name', 'Name', at, 120);
const dimensions = (at: number): readonly NumberField[] => [
  count('toBowMetres', 'Dimension A in metres; 511 stands for so much and more', at, 9, [1, 511]),
  count('toSternMetres', 'Dimension B in metres; 511 stands for so much and more', at + 9, 9, [1, 511]),
  count('toPortMetres', 'Dimension C in metres; 63 stands for so much and more', at + 18, 6, [1, 63]),
  count('toStarboardMetres', 'Dimension D in metres; 63 stands for so much and more', at + 24, 6, [1, 63]),
];
const under = <F extends Field>(when: Condition, fields: readonly F[]): readonly F[] =>
  fields.map(field => ({ ...field, when }));

const communicationState = (at: number, scheme: CommunicationStateField['scheme']): CommunicationStateField => ({
  name: 'communicationState',
  says: 'Communication state: how the station takes its slots',
  at,
  bits: 19,
  as: 'communication-state',
  scheme,
});

const destination = (at: number): NumberField =>
  count('destinationMmsi', 'Destination ID: MMSI of the station that it is addressed to', at, 30, [1, largestMmsi]);
const sequenceNumber = (at: number): NumberField => code('sequenceNumber', 'Sequence number', at, 2);
const retransmitted = (at: number): FlagField =>
  flag('retransmitted', 'Retransmit flag: it was sent before and not acknowledged', at);
const applicationIdentifier = (at: number): readonly NumberField[] => [
  code('designatedAreaCode', 'Designated area code (DAC) of the application identifier', at, 10),
  code('functionIdentifier', 'Function identifier (FI) of the application identifier', at + 10, 6),
];
const data = (name: string, says: string, at: number, bits: number, before?: number): DataField => ({
  name,
  says,
  at,
  bits,
  as: 'data',
  ...(before !== undefined && { before }),
});
const safetyRelatedText = (at: number): LongTextField => ({
  name: 'safetyRelatedText',
  says: 'Safety related text',
  at,
  bits: 1008 - at,
  as: 'long-text',
});

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

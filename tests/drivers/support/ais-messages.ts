/** AIS messages of every type with every field, in the forms that the standard has for them. */
import type { SendableMessage } from '../../../drivers/protocols/ais/encode.ts';

const position = { longitude: 107.64612, latitude: 16.55734, positionAccuracy: 'high' } as const;
const motion = {
  ...position,
  sogKnots: 8.7,
  cogDegrees: 241.3,
  trueHeadingDegrees: 239,
  timeStampSeconds: 37,
} as const;
const hull = {
  typeOfShipAndCargo: 30,
  toBowMetres: 12,
  toSternMetres: 9,
  toPortMetres: 3,
  toStarboardMetres: 2,
} as const;
const area = { longitude1: 108.05, latitude1: 16.75, longitude2: 107.25, latitude2: -16.25 } as const;
const sotdma = {
  kind: 'sotdma',
  syncState: 1,
  slotTimeOut: 3,
  receivedStations: 71,
  slotNumber: undefined,
  utcHour: undefined,
  utcMinute: undefined,
  slotOffset: undefined,
} as const;
export const itdma = { kind: 'itdma', syncState: 2, slotIncrement: 1124, numberOfSlots: 1, keep: true } as const;
const utc = { utcYear: 2026, utcMonth: 11, utcDay: 26, utcHour: 6, utcMinute: 45, utcSecond: 30 } as const;
const some = { bits: 45, hex: '0123456789a8' } as const;

export const messages: readonly (readonly [says: string, message: SendableMessage])[] = [
  [
    'position with ROT',
    {
      messageType: 1,
      mmsi: 574_000_101,
      repeatIndicator: 1,
      ...motion,
      navigationalStatus: 7,
      rateOfTurnDegreesPerMinute: -10,
      specialManoeuvre: 'engaged',
      raim: true,
      communicationState: sotdma,
    },
  ],
  [
    'position of a vessel that turns without an indicator',
    {
      messageType: 2,
      mmsi: 1,
      longitude: -180,
      latitude: -90,
      positionAccuracy: 'low',
      sogKnots: 0,
      turningWithoutIndicator: 'port',
      positioningSystem: 'dead-reckoning',
      raim: false,
      communicationState: {
        ...sotdma,
        slotTimeOut: 1,
        receivedStations: undefined,
        utcHour: 23,
        utcMinute: 59,
      },
    },
  ],
  ['position in an assigned slot', { messageType: 3, mmsi: 1_073_741_823, ...motion, communicationState: itdma }],
  [
    'base station',
    {
      messageType: 4,
      mmsi: 5_741_024,
      ...position,
      ...utc,
      electronicPositionFixingDevice: 7,
      longRangeTransmission: true,
      raim: false,
      communicationState: { ...sotdma, slotTimeOut: 2, receivedStations: undefined, slotNumber: 2249 },
    },
  ],
  [
    'static data',
    {
      messageType: 5,
      mmsi: 574_000_102,
      aisVersionIndicator: 2,
      imoNumber: 9_134_270,
      callSign: 'XVA1234',
      name: 'TTH 90123 TS',
      ...hull,
      electronicPositionFixingDevice: 15,
      etaMonth: 12,
      etaDay: 31,
      etaHour: 23,
      etaMinute: 59,
      maximumPresentStaticDraughtMetres: 2.2,
      destination: 'THUAN AN',
      dataTerminalEquipment: 'available',
    },
  ],
  [
    'binary to one station',
    {
      messageType: 6,
      mmsi: 574_000_103,
      sequenceNumber: 3,
      destinationMmsi: 5_741_024,
      retransmitted: true,
      designatedAreaCode: 1,
      functionIdentifier: 16,
      applicationData: some,
    },
  ],
  [
    'four acknowledgements',
    {
      messageType: 7,
      mmsi: 5_741_024,
      acknowledgements: [1, 2, 3, 4].map(each => ({ destinationMmsi: 574_000_100 + each, sequenceNumber: each - 1 })),
    },
  ],
  [
    'binary to all',
    {
      messageType: 8,
      mmsi: 5_741_024,
      designatedAreaCode: 1023,
      functionIdentifier: 63,
      applicationData: { bits: 952, hex: '0f'.repeat(119) },
    },
  ],
  [
    'rescue aircraft',
    {
      messageType: 9,
      mmsi: 111_574_001,
      ...position,
      altitudeMetres: 303,
      sogKnots: 42,
      cogDegrees: 154.5,
      positioningSystem: 'manual-input',
      altitudeSensor: 'barometric',
      dataTerminalEquipment: 'not-available',
      assignedMode: true,
      raim: true,
      communicationState: itdma,
    },
  ],
  ['inquiry', { messageType: 10, mmsi: 574_000_103, destinationMmsi: 5_741_024 }],
  ['response', { messageType: 11, mmsi: 574_000_104, ...position, ...utc, communicationState: sotdma }],
  [
    'text to one station',
    {
      messageType: 12,
      mmsi: 5_741_024,
      sequenceNumber: 1,
      destinationMmsi: 574_000_101,
      retransmitted: false,
      safetyRelatedText: 'GALE WARNING. RETURN TO PORT!',
    },
  ],
  [
    'one acknowledgement of text',
    {
      messageType: 13,
      mmsi: 574_000_101,
      acknowledgements: [{ destinationMmsi: 5_741_024, sequenceNumber: 1 }],
    },
  ],
  ['text to all', { messageType: 14, mmsi: 970_574_001, safetyRelatedText: 'SART TEST' }],
  ['long text', { messageType: 14, mmsi: 5_741_024, safetyRelatedText: 'A'.repeat(161) }],
  [
    'interrogation of two stations',
    {
      messageType: 15,
      mmsi: 5_741_024,
      interrogations: [
        { destinationMmsi: 574_000_101, requestedMessageType: 3, slotOffset: 10 },
        { destinationMmsi: 574_000_101, requestedMessageType: 5, slotOffset: 0 },
        { destinationMmsi: 574_000_102, requestedMessageType: 18, slotOffset: 4095 },
      ],
    },
  ],
  [
    'interrogation of two stations for one message each',
    {
      messageType: 15,
      mmsi: 5_741_024,
      interrogations: [
        { destinationMmsi: 574_000_101, requestedMessageType: 3, slotOffset: 10 },
        { destinationMmsi: 574_000_102, requestedMessageType: 24, slotOffset: 20 },
      ],
    },
  ],
  [
    'assignment of two stations',
    {
      messageType: 16,
      mmsi: 5_741_024,
      assignments: [
        { destinationMmsi: 574_000_101, offset: 20, increment: 0 },
        { destinationMmsi: 574_000_102, offset: 4095, increment: 1023 },
      ],
    },
  ],
  [
    'corrections',
    {
      messageType: 17,
      mmsi: 5_741_024,
      longitude: 107.65,
      latitude: 16.55,
      correctionMessageType: 9,
      correctionStationId: 696,
      correctionZCount: 3092,
      correctionSequenceNumber: 1,
      correctionWords: 2,
      correctionHealth: 6,
      corrections: { bits: 48, hex: '00fc900b5915' },
    },
  ],
  [
    'class B with self-organized access',
    {
      messageType: 18,
      mmsi: 574_000_105,
      ...motion,
      classBUnit: 'sotdma',
      classBDisplay: true,
      classBDsc: true,
      classBBand: true,
      classBMessage22: true,
      assignedMode: true,
      raim: true,
      communicationState: { ...sotdma, slotTimeOut: 0, receivedStations: undefined, slotOffset: 2300 },
    },
  ],
  ['class B by carrier sense', { messageType: 18, mmsi: 574_000_106, ...motion, classBUnit: 'carrier-sense' }],
  [
    'extended class B',
    {
      messageType: 19,
      mmsi: 574_000_104,
      ...motion,
      ...hull,
      name: 'HAWK',
      electronicPositionFixingDevice: 1,
      raim: true,
      dataTerminalEquipment: 'not-available',
      assignedMode: true,
    },
  ],
  [
    'four blocks of slots',
    {
      messageType: 20,
      mmsi: 5_741_024,
      reservations: [1, 2, 3, 4].map(each => ({
        offset: each * 1000,
        numberOfSlots: each,
        timeOutMinutes: each + 3,
        increment: each * 100,
      })),
    },
  ],
  [
    'aid with a long name',
    {
      messageType: 21,
      mmsi: 995_741_201,
      typeOfAidToNavigation: 30,
      name: 'CUA THUAN AN PHAO SO KHONG BIEN',
      ...position,
      toBowMetres: 1,
      toSternMetres: 1,
      toPortMetres: 1,
      toStarboardMetres: 1,
      electronicPositionFixingDevice: 7,
      timeStampSeconds: 12,
      offPosition: true,
      aidToNavigationStatus: 165,
      raim: true,
      virtualAidToNavigation: true,
      assignedMode: true,
    },
  ],
  [
    'channels of an area',
    {
      messageType: 22,
      mmsi: 5_741_024,
      channelA: 2087,
      channelB: 2088,
      transmitReceiveMode: 2,
      power: 'low',
      addressed: false,
      ...area,
      channelABandwidth: '12.5-kHz',
      channelBBandwidth: 'as-by-channel-number',
      transitionalZoneNauticalMiles: 8,
    },
  ],
  [
    'channels of two stations',
    {
      messageType: 22,
      mmsi: 5_741_024,
      channelA: 2087,
      channelB: 2088,
      addressed: true,
      destinationMmsi1: 574_000_101,
      destinationMmsi2: 574_000_102,
    },
  ],
  [
    'group assignment',
    {
      messageType: 23,
      mmsi: 5_741_024,
      ...area,
      stationType: 6,
      typeOfShipAndCargo: 30,
      transmitReceiveMode: 1,
      reportingInterval: 9,
      quietTimeMinutes: 15,
    },
  ],
  ['name', { messageType: 24, partNumber: 0, mmsi: 574_000_103, name: 'TTH 91234 TS' }],
  [
    'static data of class B',
    {
      messageType: 24,
      partNumber: 1,
      mmsi: 574_000_103,
      ...hull,
      manufacturerId: 'SRT',
      unitModelCode: 3,
      unitSerialNumber: 1_048_575,
      callSign: 'XVB1234',
      electronicPositionFixingDevice: 1,
    },
  ],
  [
    'static data of a craft of a parent ship',
    { messageType: 24, partNumber: 1, mmsi: 985_740_001, callSign: 'XVB1234', mothershipMmsi: 574_000_103 },
  ],
  ...[false, true].flatMap(addressed =>
    [false, true].flatMap(structured => {
      const message = {
        mmsi: 574_000_101,
        addressed,
        structured,
        ...(addressed && { destinationMmsi: 5_741_024 }),
        ...(structured && { designatedAreaCode: 235, functionIdentifier: 10 }),
        binaryData: some,
      };
      const says = `${addressed ? 'addressed' : 'broadcast'}, ${structured ? 'structured' : 'unstructured'}`;
      return [
        [`one slot, ${says}`, { messageType: 25, ...message }],
        [`several slots, ${says}`, { messageType: 26, ...message, communicationState: itdma }],
      ] as const;
    }),
  ),
  [
    'long range',
    {
      messageType: 27,
      mmsi: 574_000_105,
      positionAccuracy: 'high',
      raim: true,
      navigationalStatus: 7,
      longitude: 107.646667,
      latitude: 16.556667,
      sogKnots: 12,
      cogDegrees: 77,
      positionLatency: 'above-5-s',
    },
  ],
];

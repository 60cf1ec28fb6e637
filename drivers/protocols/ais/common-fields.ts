/** Fields that several AIS messages have, wherever they stand in them, and how fields of one kind are written. */
import {
  type ChoiceField,
  type CommunicationStateField,
  type Condition,
  type DataField,
  type Field,
  type FlagField,
  type LongTextField,
  largestMmsi,
  type NumberField,
  type TextField,
} from './layout.ts';

const degree = 600_000;
const coarseDegree = 600;

export const count = (
  name: string,
  says: string,
  at: number,
  bits: number,
  valid: readonly [least: number, most: number],
  unavailable = 0,
): NumberField => ({ name, says, at, bits, as: 'unsigned', valid, unavailable });
export const code = (name: string, says: string, at: number, bits: number): NumberField =>
  count(name, says, at, bits, [0, 2 ** bits - 1]);
export const tenths = (field: NumberField): NumberField => ({ ...field, steps: 10 });
export const flag = (name: string, says: string, at: number): FlagField => ({ name, says, at, bits: 1, as: 'flag' });
export const text = (name: string, says: string, at: number, bits: number): TextField => ({
  name,
  says,
  at,
  bits,
  as: 'text',
});
export const choice = (
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
export const positionAccuracy = (at: number): ChoiceField =>
  choice('positionAccuracy', 'Position accuracy: high is 10 m or better', at, 1, [
    [0, 'low'],
    [1, 'high'],
  ]);
export const position = (at: number): readonly Field[] => [positionAccuracy(at), longitude(at + 1), latitude(at + 29)];
/** In tenths of a minute. */
export const coarsePosition = (at: number, number: '' | '1' | '2', which: string): readonly NumberField[] => [
  angle(`longitude${number}`, `Longitude${which} in degrees, east positive`, at, 18, coarseDegree, 180),
  angle(`latitude${number}`, `Latitude${which} in degrees, north positive`, at + 18, 17, coarseDegree, 90),
];

export const sog = (at: number): NumberField =>
  tenths(count('sogKnots', 'SOG in knots; 102.2 stands for so much and more', at, 10, [0, 1022], 1023));
export const cog = (at: number): NumberField => tenths(count('cogDegrees', 'COG in degrees', at, 12, [0, 3599], 3600));
export const trueHeading = (at: number): NumberField =>
  count('trueHeadingDegrees', 'True heading in degrees', at, 9, [0, 359], 511);
export const timeStamp = (at: number): readonly Field[] => [
  count('timeStampSeconds', 'Time stamp: the UTC second of the position', at, 6, [0, 59], 60),
  choice('positioningSystem', 'Time stamp, where it says how the position came about instead', at, 6, [
    [61, 'manual-input'],
    [62, 'dead-reckoning'],
    [63, 'inoperative'],
  ]),
];
export const navigationalStatus = (at: number): NumberField =>
  count(
    'navigationalStatus',
    'Navigational status: 0 under way using engine, 1 at anchor, 2 not under command, 3 restricted maneuverability, 4 constrained by her draught, 5 moored, 6 aground, 7 engaged in fishing, 8 under way sailing, 14 AIS-SART',
    at,
    4,
    [0, 14],
    15,
  );
export const raim = (at: number): FlagField => flag('raim', 'RAIM-flag: integrity monitoring is in use', at);
export const fixingDevice = (at: number): NumberField =>
  count(
    'electronicPositionFixingDevice',
    'Type of electronic position fixing device: 1 GPS, 2 GLONASS, 3 both, 4 Loran-C, 5 Chayka, 6 integrated navigation system, 7 surveyed, 8 Galileo, 15 internal GNSS',
    at,
    4,
    [1, 15],
  );
export const dataTerminal = (at: number): ChoiceField =>
  choice('dataTerminalEquipment', 'DTE: whether a data terminal is ready', at, 1, [
    [0, 'available'],
    [1, 'not-available'],
  ]);
export const assignedMode = (at: number): FlagField =>
  flag('assignedMode', 'Assigned mode flag: the station reports as a base station told it', at);
export const typeOfShip = (at: number): NumberField =>
  count('typeOfShipAndCargo', 'Type of ship and cargo type, table 53; 30 is fishing', at, 8, [1, 99]);
export const callSign = (at: number): TextField => text('callSign', 'Call sign', at, 42);
export const name = (at: number): TextField => text('name', 'Name', at, 120);
export const dimensions = (at: number): readonly NumberField[] => [
  count('toBowMetres', 'Dimension A in metres; 511 stands for so much and more', at, 9, [1, 511]),
  count('toSternMetres', 'Dimension B in metres; 511 stands for so much and more', at + 9, 9, [1, 511]),
  count('toPortMetres', 'Dimension C in metres; 63 stands for so much and more', at + 18, 6, [1, 63]),
  count('toStarboardMetres', 'Dimension D in metres; 63 stands for so much and more', at + 24, 6, [1, 63]),
];
export const under = <F extends Field>(when: Condition, fields: readonly F[]): readonly F[] =>
  fields.map(field => ({ ...field, when }));

export const communicationState = (at: number, scheme: CommunicationStateField['scheme']): CommunicationStateField => ({
  name: 'communicationState',
  says: 'Communication state: how the station takes its slots',
  at,
  bits: 19,
  as: 'communication-state',
  scheme,
});

export const destination = (at: number): NumberField =>
  count('destinationMmsi', 'Destination ID: MMSI of the station that it is addressed to', at, 30, [1, largestMmsi]);
export const sequenceNumber = (at: number): NumberField => code('sequenceNumber', 'Sequence number', at, 2);
export const retransmitted = (at: number): FlagField =>
  flag('retransmitted', 'Retransmit flag: it was sent before and not acknowledged', at);
export const applicationIdentifier = (at: number): readonly NumberField[] => [
  code('designatedAreaCode', 'Designated area code (DAC) of the application identifier', at, 10),
  code('functionIdentifier', 'Function identifier (FI) of the application identifier', at + 10, 6),
];
export const data = (name: string, says: string, at: number, bits: number, before?: number): DataField => ({
  name,
  says,
  at,
  bits,
  as: 'data',
  ...(before !== undefined && { before }),
});
export const safetyRelatedText = (at: number): LongTextField => ({
  name: 'safetyRelatedText',
  says: 'Safety related text',
  at,
  bits: 1008 - at,
  as: 'long-text',
});

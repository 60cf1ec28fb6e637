/**
 * What the binary messages 6 and 8 of AIS carry, for the applications that are understood. The same identifiers are
 * used for other things too, and some stations send garbage under them: data of another length, or with a value that
 * cannot be, are not understood.
 */
import { type BinaryData, readData } from '../sixbit.ts';
import { areaNoticeBits, readAreaNotice, writeAreaNotice } from './area-notice.ts';
import { type ApplicationContent, type ApplicationField, readFields, whole, writeFields } from './fields.ts';
import { formerMeteorology, meteorology, readMeteorology } from './meteorology.ts';

interface Application {
  readonly application: ApplicationName;
  readonly designatedAreaCode: number;
  readonly functionIdentifier: number;
  /** Ranges of bits in which its data are long as they should be; stations pad by a few. */
  readonly lengths: readonly (readonly [least: number, most: number])[];
  readonly read: (symbols: Uint8Array, bits: number, from: number) => ApplicationContent | undefined;
  /** How many bits its data take. */
  readonly bitsOf: (content: ApplicationContent) => number;
  readonly write: (symbols: Uint8Array, from: number, content: ApplicationContent) => void;
}

export type ApplicationName =
  | 'meteorological-hydrographic'
  | 'area-notice'
  | 'persons-on-board'
  | 'text'
  | 'text-description'
  | 'inland-ship-static';

type Identified = Pick<Application, 'application' | 'designatedAreaCode' | 'functionIdentifier' | 'lengths'>;

/** An application whose data are `bits` bits of `fields`. */
const ofFields = (identified: Identified, bits: number, fields: readonly ApplicationField[]): Application => ({
  ...identified,
  read: (symbols, length, from) => {
    const into: Record<string, unknown> = {};
    return readFields(symbols, length, from, fields, into) ? into : undefined;
  },
  bitsOf: () => bits,
  write: (symbols, from, content) => writeFields(symbols, from, fields, content),
});

/** Message 8 has no room for more, ITU-R M.1371-5 § 3.6. */
const maximumDataBits = 952;

const linkage = whole('messageLinkage', 0, 10, [0, 1023], 0);

/** Fields, and text to the end of the message. */
const ofText = (
  application: ApplicationName,
  functionIdentifier: number,
  head: readonly ApplicationField[],
  headBits: number,
): Application => {
  const fieldsOf = (bits: number): readonly ApplicationField[] => [
    ...head,
    { name: 'text', at: headBits, bits: bits - headBits, as: 'text' },
  ];
  return {
    application,
    designatedAreaCode: 1,
    functionIdentifier,
    lengths: [[headBits + 6, maximumDataBits + 5]],
    read: (symbols, bits, from) => {
      const into: Record<string, unknown> = {};
      return readFields(symbols, bits, from, fieldsOf(bits - from), into) ? into : undefined;
    },
    // At least one character; those beyond the room of the message are left out.
    bitsOf: ({ text }) => {
      const characters = typeof text === 'string' ? text.length : 0;
      return headBits + 6 * Math.max(1, Math.min(characters, Math.floor((maximumDataBits - headBits) / 6)));
    },
    write: (symbols, from, content) => writeFields(symbols, from, fieldsOf(symbols.length * 6 - from), content),
  };
};

const areaNotice = (functionIdentifier: number): Application => ({
  application: 'area-notice',
  designatedAreaCode: 1,
  functionIdentifier,
  lengths: [[0, maximumDataBits + 5]],
  read: readAreaNotice,
  bitsOf: areaNoticeBits,
  write: writeAreaNotice,
});

/** 1 blue cone and so on by the ADN; 4 is the B flag. */
const hazards = ['none', 'one-cone', 'two-cones', 'three-cones', 'b-flag'] as const;
const loads = [undefined, 'loaded', 'unloaded'] as const;

const applications: readonly Application[] = [
  // IMO SN/Circ.236 annex 2. Stations that send 8 bits more have moved fields, by no document.
  ofFields(
    {
      application: 'meteorological-hydrographic',
      designatedAreaCode: 1,
      functionIdentifier: 11,
      lengths: [[290, 301]],
    },
    296,
    formerMeteorology,
  ),
  // IMO SN.1/Circ.289 annex, 1/31; some stations send up to 12 bits more, all 0.
  {
    ...ofFields(
      {
        application: 'meteorological-hydrographic',
        designatedAreaCode: 1,
        functionIdentifier: 31,
        lengths: [[294, 316]],
      },
      304,
      meteorology,
    ),
    read: readMeteorology,
  },
  areaNotice(22),
  areaNotice(23),
  // IMO SN.1/Circ.289 annex, 1/16: 16 bits as SN/Circ.236 has it, 48 in message 6 since. 8191 is so many and more.
  ofFields(
    {
      application: 'persons-on-board',
      designatedAreaCode: 1,
      functionIdentifier: 16,
      lengths: [
        [13, 21],
        [48, 53],
      ],
    },
    48,
    [whole('persons', 0, 13, [1, 8191], 0)],
  ),
  // Text that explains another message of the same sender and linkage: to everybody, or to one station.
  ofText('text-description', 29, [linkage], 10),
  ofText('text-description', 30, [linkage], 10),
  // ITU-R M.1371-5 annex 5, IFM 0: the flag asks for an acknowledgement.
  ofText('text', 0, [whole('textSequence', 1, 11, [0, 2047], 0)], 12),
  // Vessel tracking and tracing standard for inland navigation (UNECE resolution 63), table 2.9.
  ofFields(
    { application: 'persons-on-board', designatedAreaCode: 200, functionIdentifier: 55, lengths: [[29, 85]] },
    80,
    [
      whole('crew', 0, 8, [0, 254], 255),
      whole('passengers', 8, 13, [0, 8190], 8191),
      whole('personnel', 21, 8, [0, 254], 255),
    ],
  ),
  // Vessel tracking and tracing standard for inland navigation (UNECE resolution 63), table 2.5.
  ofFields(
    {
      application: 'inland-ship-static',
      designatedAreaCode: 200,
      functionIdentifier: 10,
      lengths: [[112, 117]],
    },
    112,
    [
      { name: 'vesselIdentifier', at: 0, bits: 48, as: 'text' },
      { ...whole('lengthMetres', 48, 13, [1, 8000], 0, []), steps: 10 },
      { ...whole('beamMetres', 61, 10, [1, 1000], 0, []), steps: 10 },
      // ERI codes; receivers of class A without one give the AIS type of ship.
      whole(
        'shipType',
        71,
        14,
        [8000, 8999],
        0,
        Array.from({ length: 100 }, (_, type) => type),
      ),
      { name: 'hazard', at: 85, bits: 3, as: 'word', words: hazards, unavailable: 5, otherwise: [] },
      { ...whole('draughtMetres', 88, 11, [1, 2000], 0, []), steps: 100 },
      { name: 'load', at: 99, bits: 2, as: 'word', words: loads, unavailable: 0, otherwise: [] },
    ],
  ),
];

const keyOf = (designatedAreaCode: number, functionIdentifier: number): number =>
  designatedAreaCode * 64 + functionIdentifier;

const byKey: ReadonlyMap<number, Application> = new Map(
  applications.map(entry => [keyOf(entry.designatedAreaCode, entry.functionIdentifier), entry]),
);

/**
 * What the application data from bit `from` on say; `bits` is the length of the whole message. Undefined for an
 * application that is not understood, and for data that are not its own.
 */
export const decodeApplication = (
  symbols: Uint8Array,
  bits: number,
  from: number,
  designatedAreaCode: number,
  functionIdentifier: number,
): { readonly application: ApplicationName; readonly content: ApplicationContent } | undefined => {
  const entry = byKey.get(keyOf(designatedAreaCode, functionIdentifier));
  if (entry?.lengths.some(([least, most]) => bits - from >= least && bits - from <= most) !== true) return undefined;
  const content = entry.read(symbols, bits, from);
  return content === undefined ? undefined : { application: entry.application, content };
};

/**
 * What message 6 or 8 carries as `applicationData` of the application. Throws RangeError for an application that is
 * not understood.
 */
export const encodeApplication = (
  designatedAreaCode: number,
  functionIdentifier: number,
  content: ApplicationContent,
): BinaryData => {
  const entry = byKey.get(keyOf(designatedAreaCode, functionIdentifier));
  if (entry === undefined) throw new RangeError(`no application ${designatedAreaCode}/${functionIdentifier} is known`);
  const bits = entry.bitsOf(content);
  const symbols = new Uint8Array(Math.ceil(bits / 6));
  entry.write(symbols, 0, content);
  return readData(symbols, 0, bits) ?? { bits: 0, hex: '' };
};

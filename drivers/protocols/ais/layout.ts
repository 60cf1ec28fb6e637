/** How the bits of AIS messages are described: the language of the tables in `fields.ts`. */

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

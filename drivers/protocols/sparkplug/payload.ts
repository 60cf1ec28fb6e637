/** Payloads of Sparkplug B 3.0.0 (chapter 6): of what an edge node sends, and of the one command that it is sent. */
import type { Instant } from '../../../core/time.ts';
import { encodeField, WireReader } from './wire.ts';

/** What a metric holds. Data sets, templates, files and texts are not numbers. */
export type Held = number | 'nothing' | 'no-number' | 'dataset' | 'template';

export interface Metric {
  /** In births, and in data where the node uses no aliases. */
  readonly name?: string;
  /** 64 bits, in decimal digits. */
  readonly alias?: string;
  readonly time?: Instant;
  /** In births; in data as a rule not. */
  readonly datatype?: number;
  readonly isHistorical: boolean;
  /** The value as the given type, the metric's own where it has one. */
  readonly held: (datatype: number | undefined) => Held;
  /** As of OPC UA: 192 is good. Absent where the node tells none. */
  readonly quality?: number;
  /** Its unit in the words of the node, as Ignition tells it; as a rule in births alone. */
  readonly unit?: string;
}

export interface Payload {
  readonly time?: Instant;
  /** 0–255. */
  readonly sequence?: number;
  readonly metrics: readonly Metric[];
}

/** A birth of a large node; beyond it the payload is refused. */
const mostMetrics = 16_384;

/** Data types (§6.4.16) that are signed numbers in the bits of an unsigned one. */
const signedBits: ReadonlyMap<number, number> = new Map([
  [1, 8],
  [2, 16],
  [3, 32],
  [4, 64],
]);
const dateTime = 13;
const booleanType = 11;

/** A single has seven digits: 21.1 and not 21.100000381. */
const singleOf = (value: number): number => Number(value.toPrecision(7));

/** `bits`, as they stand, as the data type means them. */
const wholeHeld = (bits: number | bigint, datatype: number | undefined): Held => {
  if (datatype === dateTime) return 'no-number';
  const size = datatype === undefined ? undefined : signedBits.get(datatype);
  return Number(size === undefined ? bits : BigInt.asIntN(size, BigInt(bits)));
};

/** What a field of a metric holds, by its number (`sparkplug_b.proto`, message Metric); undefined for other fields. */
const heldIn = (field: WireReader): Held | { readonly bits: number | bigint } | undefined => {
  switch (field.number) {
    case 10:
    case 11:
      return field.wire === 'varint' ? { bits: field.value } : 'no-number';
    case 12:
      return field.wire === 'fixed32' ? singleOf(field.single()) : 'no-number';
    case 13:
      return field.wire === 'fixed64' ? field.double() : 'no-number';
    case 17:
      return 'dataset';
    case 18:
      return 'template';
    default:
      return field.number >= 14 && field.number <= 19 ? 'no-number' : undefined;
  }
};

const numberOf = ({ wire, value }: WireReader): number | undefined => (wire === 'varint' ? Number(value) : undefined);

interface Properties {
  readonly quality?: number;
  readonly unit?: string;
}

/** Of the properties of a metric `Quality` (§6.4.13) and `engUnit`: keys and values stand in the same order. */
const propertiesIn = (properties: WireReader): Properties => {
  let [keys, values, qualityAt, unitAt] = [0, 0, -1, -1];
  const told: { number?: number | undefined; text?: string }[] = [];
  while (properties.next()) {
    if (properties.wire !== 'bytes') continue;
    if (properties.number === 1) {
      const key = properties.text().toLowerCase();
      if (key === 'quality') qualityAt = keys;
      else if (key === 'engunit') unitAt = keys;
      keys++;
    } else if (properties.number === 2) {
      const value = properties.inner();
      const held: (typeof told)[number] = {};
      while (value.next()) {
        if (value.number === 3) held.number = numberOf(value);
        else if (value.number === 8 && value.wire === 'bytes') held.text = value.text();
      }
      told[values] = held;
      values++;
    }
  }
  const [quality, unit] = [told[qualityAt]?.number, told[unitAt]?.text];
  return { ...(quality !== undefined && { quality }), ...(unit !== undefined && { unit }) };
};

const metricIn = (field: WireReader): Metric | undefined => {
  let [name, alias]: (string | undefined)[] = [];
  let [time, datatype]: (number | undefined)[] = [];
  let properties: Properties = {};
  let [isHistorical, isNull] = [false, false];
  let held: ReturnType<typeof heldIn> = 'nothing';
  while (field.next()) {
    const isText = field.wire === 'bytes';
    if (field.number === 1) name = isText ? field.text() : undefined;
    else if (field.number === 2) alias = field.wire === 'varint' ? String(field.value) : undefined;
    else if (field.number === 3) time = numberOf(field);
    else if (field.number === 4) datatype = numberOf(field);
    else if (field.number === 5) isHistorical = numberOf(field) === 1;
    else if (field.number === 7) isNull = numberOf(field) === 1;
    else if (field.number === 9) properties = isText ? propertiesIn(field.inner()) : {};
    else held = heldIn(field) ?? held;
  }
  if (field.isBroken) return undefined;
  const whole = isNull ? 'nothing' : held;
  return {
    ...(name !== undefined && name !== '' && { name }),
    ...(alias !== undefined && { alias }),
    ...(time !== undefined && { time }),
    ...(datatype !== undefined && { datatype }),
    isHistorical,
    held: known => (typeof whole === 'object' ? wholeHeld(whole.bits, datatype ?? known) : whole),
    ...properties,
  };
};

/** Undefined for what is no payload of Sparkplug B. */
export const decodePayload = (bytes: Uint8Array): Payload | undefined => {
  const fields = new WireReader(bytes);
  const metrics: Metric[] = [];
  let [time, sequence]: (number | undefined)[] = [];
  while (fields.next()) {
    if (fields.number === 1) time = numberOf(fields);
    else if (fields.number === 3) sequence = numberOf(fields);
    else if (fields.number === 2) {
      const metric = fields.wire === 'bytes' ? metricIn(fields.inner()) : undefined;
      if (metric === undefined || metrics.length === mostMetrics) return undefined;
      metrics.push(metric);
    }
  }
  if (fields.isBroken) return undefined;
  return {
    ...(time !== undefined && { time }),
    ...(sequence !== undefined && sequence < 256 && { sequence }),
    metrics,
  };
};

export const rebirthMetric = 'Node Control/Rebirth';
export const birthNumberMetric = 'bdSeq';

export interface MetricToSend {
  readonly name?: string;
  readonly alias?: number;
  readonly time?: Instant;
  readonly datatype?: number;
  readonly isHistorical?: boolean;
  readonly value: number | boolean | bigint | undefined;
}

const join = (...fields: readonly (Uint8Array | undefined)[]): Uint8Array =>
  Buffer.concat(fields.filter(field => field !== undefined));

const optional = (number: number, value: number | undefined): Uint8Array | undefined =>
  value === undefined ? undefined : encodeField(number, BigInt(value));

const valueFieldOf = (value: MetricToSend['value']): Uint8Array => {
  switch (typeof value) {
    case 'number':
      return encodeField(13, { double: value });
    case 'bigint':
      return encodeField(11, value);
    case 'boolean':
      return encodeField(14, value ? 1n : 0n);
    default:
      return encodeField(7, 1n);
  }
};

/** Numbers as doubles, big ones as 64 bits, no value as null. */
export const encodePayload = (payload: {
  readonly time: Instant;
  readonly sequence?: number;
  readonly metrics: readonly MetricToSend[];
}): Uint8Array =>
  join(
    optional(1, payload.time),
    ...payload.metrics.map(({ name, alias, time, datatype, isHistorical, value }) =>
      encodeField(
        2,
        join(
          name === undefined ? undefined : encodeField(1, Buffer.from(name)),
          optional(2, alias),
          optional(3, time),
          optional(4, datatype),
          isHistorical ? encodeField(5, 1n) : undefined,
          valueFieldOf(value),
        ),
      ),
    ),
    optional(3, payload.sequence),
  );

/** The command by which a node is asked to send its births again (§6.4.22); without a sequence number, as all commands. */
export const rebirthRequest = (time: Instant): Uint8Array =>
  encodePayload({ time, metrics: [{ name: rebirthMetric, time, datatype: booleanType, value: true }] });

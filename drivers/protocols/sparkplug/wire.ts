/**
 * The wire format of Protocol Buffers (protobuf.dev, "Encoding"): fields one after the other, without a schema. Our own
 * because the registry of drivers loads every codec, and the libraries for it cost each gateway 6 MB or more.
 */

/** How a field stands on the wire; groups are of a time before Sparkplug. */
export type Wire = 'varint' | 'fixed64' | 'bytes' | 'fixed32';

const wires: readonly (Wire | undefined)[] = ['varint', 'fixed64', 'bytes', undefined, undefined, 'fixed32'];

const utf8 = new TextDecoder();

/** 64 bits, seven in each byte; the last holds one. */
const longestVarint = 10;

/** The fields of one message: `while (reader.next()) switch (reader.number) …`. Never throws, and never nests by itself. */
export class WireReader {
  /** Of the field that `next` came to. */
  number = 0;
  wire: Wire = 'varint';
  /** Of a varint field: a number where that is exact. */
  value: number | bigint = 0;
  /** Whether what was read is no message: `next` says then that it ends. */
  isBroken = false;
  readonly #view: DataView;
  #at: number;
  readonly #end: number;
  /** Of the field's bytes. */
  #from = 0;

  constructor(bytes: DataView | Uint8Array, from = 0, end = bytes.byteLength) {
    this.#view = bytes instanceof DataView ? bytes : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = from;
    this.#end = end;
  }

  next(): boolean {
    if (this.isBroken || this.#at >= this.#end) return false;
    const tag = this.#varint();
    const wire = typeof tag === 'number' ? wires[tag % 8] : undefined;
    if (typeof tag !== 'number' || tag < 8 || tag >= 2 ** 32 || wire === undefined) return this.#break();
    this.number = Math.floor(tag / 8);
    this.wire = wire;
    if (wire === 'varint') {
      const value = this.#varint();
      if (value === undefined) return this.#break();
      this.value = value;
      return true;
    }
    const length = wire === 'bytes' ? this.#varint() : wire === 'fixed64' ? 8 : 4;
    if (typeof length !== 'number' || length > this.#end - this.#at) return this.#break();
    this.#from = this.#at;
    this.#at += length;
    return true;
  }

  /** Of a field of 64 bits. */
  double(): number {
    return this.#view.getFloat64(this.#from, true);
  }

  /** Of a field of 32 bits. */
  single(): number {
    return this.#view.getFloat32(this.#from, true);
  }

  /** Of a field of bytes. */
  text(): string {
    return utf8.decode(new Uint8Array(this.#view.buffer, this.#view.byteOffset + this.#from, this.#at - this.#from));
  }

  /** The message in a field of bytes. */
  inner(): WireReader {
    return new WireReader(this.#view, this.#from, this.#at);
  }

  #break(): false {
    this.isBroken = true;
    return false;
  }

  #varint(): number | bigint | undefined {
    let [value, scale, length] = [0, 1, 0];
    for (; length < longestVarint; length++) {
      if (this.#at >= this.#end) return undefined;
      const byte = this.#view.getUint8(this.#at++);
      // The eighth byte begins at bit 49: from there on a number may not be exact.
      if (length >= 7) return this.#longVarint(value, byte);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    return undefined;
  }

  #longVarint(low: number, first: number): number | bigint | undefined {
    let [value, byte] = [BigInt(low), first];
    for (let length = 7; length < longestVarint; length++) {
      value |= BigInt(byte & 0x7f) << BigInt(7 * length);
      if (byte < 0x80) {
        const whole = BigInt.asUintN(64, value);
        return whole <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(whole) : whole;
      }
      if (this.#at >= this.#end) return undefined;
      byte = this.#view.getUint8(this.#at++);
    }
    return undefined;
  }
}

const varintOf = (value: bigint): number[] => {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 0x80n; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
  out.push(Number(rest));
  return out;
};

/** A field as it stands in a message: whole numbers as varints, doubles as `{ double }`, the rest as bytes. */
export const encodeField = (number: number, value: bigint | { readonly double: number } | Uint8Array): Uint8Array => {
  if (typeof value === 'bigint') return Uint8Array.from([...varintOf(BigInt(number) << 3n), ...varintOf(value)]);
  if (value instanceof Uint8Array)
    return Buffer.concat([
      Uint8Array.from([...varintOf((BigInt(number) << 3n) | 2n), ...varintOf(BigInt(value.length))]),
      value,
    ]);
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value.double);
  return Buffer.concat([Uint8Array.from(varintOf((BigInt(number) << 3n) | 1n)), bytes]);
};

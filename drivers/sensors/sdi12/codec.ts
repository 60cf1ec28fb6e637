/**
 * Messages of SDI-12 v1.4, clause 4.4: `aM!` → `atttn`, `aC!` → `atttnn`, after `ttt` seconds `aD0!` … `aD9!` →
 * `a+1.2-3.4`, with the check behind it where the measurement was asked for as `aMC!` or `aCC!`.
 */
import type { Decoder } from '../../../core/driver.ts';
import { concat } from '../../../core/framing.ts';
import { withoutCrc } from '../../protocols/sdi12/crc.ts';

export interface Started {
  /** Seconds until the values are ready. */
  readonly delay: number;
  /** How many values there will be. */
  readonly values: number;
}

export type Data = readonly number[] | 'bad-checksum';

/**
 * The whole lines in `bytes`, without what does not belong to them: the echo of the command, which many adapters send,
 * and the characters that a receiver makes of the break.
 */
const linesIn = (bytes: Uint8Array): readonly string[] =>
  Buffer.from(bytes)
    .toString('latin1')
    .split('\r\n')
    .slice(0, -1)
    .map(line => line.slice(line.lastIndexOf('!') + 1).replace(/^[^ -~]+/, ''));

const firstOf = <T>(bytes: Uint8Array, read: (line: string) => T | undefined): T | undefined => {
  for (const line of linesIn(bytes)) {
    const found = read(line);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** The answer to the start of a measurement of the sensor at `address`. */
export const startedIn = (bytes: Uint8Array, address: string): Started | undefined =>
  firstOf(bytes, line => {
    const parts = /^(.)(\d{3})(\d{1,2})$/.exec(line);
    return parts?.[1] === address ? { delay: Number(parts[2]), values: Number(parts[3]) } : undefined;
  });

/** Only its address: the service request, by which the values are ready before the time was over, and the answer to `?!`. */
export const isAddressIn = (bytes: Uint8Array, address: string): true | undefined =>
  firstOf(bytes, line => (line === address ? true : undefined));

const longestHeard = 64;

/** For a line on which `?!` was asked: tells the answer of `address`. */
export const createAddressDecoder = (address: string): Decoder => {
  let held: Uint8Array = new Uint8Array(0);
  return ({ bytes }) => {
    held = concat(held, bytes).slice(-longestHeard);
    return isAddressIn(held, address) === undefined ? [] : [{ kind: 'ignored', reason: 'address' }];
  };
};

const dataLine = /^.((?:[+-](?:\d+\.?\d*|\.\d+))*)$/;

/** The values of one answer to `aD0!` … `aD9!`; none where the sensor has nothing to say. */
export const dataIn = (bytes: Uint8Array, address: string, isChecked: boolean): Data | undefined =>
  firstOf<Data>(bytes, line => {
    if (!line.startsWith(address)) return undefined;
    const body = isChecked ? withoutCrc(line) : line;
    if (body === undefined) return 'bad-checksum';
    const list = dataLine.exec(body)?.[1];
    return list === undefined ? undefined : [...list.matchAll(/[+-][\d.]+/g)].map(([value]) => Number(value));
  });

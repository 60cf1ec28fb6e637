/**
 * Modbus devices on a line, by the one question that changes nothing: function 3 reads register 0. Whoever answers is
 * there, also where it refuses that register; the maps of the gateway then tell what it may be.
 */
import { sleep } from '../../core/abort.ts';
import type { Context, SerialDefaults } from '../../core/driver.ts';
import { type QuantityName, quantities } from '../../core/quantity.ts';
import { type Duration, seconds } from '../../core/time.ts';
import {
  type Answer,
  answerTo,
  encodeRequest,
  type Framing,
  type ReadRequest,
  silenceBetween,
} from '../../drivers/protocols/modbus/codec.ts';
import { blocksOf, type MapName, mapNames, readMap, valueIn } from '../../drivers/protocols/modbus/map.ts';
import { type Line, type LineConfig, openLine } from '../../drivers/transports/line.ts';

/** A map all of whose registers the device has, with what they say. */
export interface Match {
  readonly map: MapName;
  readonly values: readonly { readonly quantity: QuantityName; readonly value: number }[];
}

export interface ModbusFound {
  readonly address: number;
  readonly answer: Answer;
  /** Its answer came after `timeout`. */
  readonly isLate: boolean;
  /** Best first; absent where it was aborted before the maps were tried. */
  readonly matches?: readonly Match[];
}

export interface ScanOptions {
  readonly connection: LineConfig;
  readonly framing: Framing;
  readonly addresses: readonly number[];
  /** How long an answer may take. */
  readonly timeout: Duration;
  readonly signal: AbortSignal;
  readonly clock: Context['clock'];
  /** Before each address. */
  readonly onAddress?: (address: number, done: number) => void;
}

/** What devices are delivered with, and what "over Serial Line V1.02" asks for (19200 8E1). */
export const usualLines: readonly SerialDefaults[] = [
  { baudRate: 9600 },
  { baudRate: 4800 },
  { baudRate: 19_200, parity: 'even' },
  { baudRate: 19_200 },
];

/** §7: what a gateway answers in place of a device that is not there. */
const answersOfGateways: ReadonlySet<number> = new Set([10, 11]);

/** No device has it (over Serial Line V1.02, §2.2): who answers to it on TCP answers to every address. */
const reservedAddress = 248;

/** A device that answers late does it while one of the next is asked. */
const lateRequests = 4;

/** How long one that is there may take to tell its registers. */
const readWithin = seconds(1);

/** Besides the silence that parts messages, so that other masters and slow converters come to their turn, ms. */
const courtesy = 10;

/** Of a map that fits by chance all registers are empty. */
const fewestTelling = 2;

const isDevice = (answer: Answer | undefined): answer is Answer =>
  answer !== undefined && !(answer.kind === 'exception' && answersOfGateways.has(answer.code));

type Ask = (
  request: Omit<ReadRequest, 'transaction'>,
  within: Duration,
  onLate?: (address: number, answer: Answer) => void,
) => Promise<Answer | undefined>;

const createAsk = (line: Line, { framing, connection, signal }: ScanOptions): Ask => {
  const pause = silenceBetween(framing, connection.transport === 'serial' ? connection.baudRate : undefined) + courtesy;
  let unanswered: readonly ReadRequest[] = [];
  let transaction = 0;
  return (wanted, within, onLate) =>
    line.turn(async ({ ask }) => {
      await sleep(pause, signal);
      transaction = (transaction + 1) & 0xffff;
      const request = { ...wanted, transaction };
      const read = (bytes: Uint8Array): Answer | undefined => {
        for (const before of unanswered) {
          const late = answerTo(framing, before, bytes);
          if (late === undefined) continue;
          unanswered = unanswered.filter(other => other !== before);
          onLate?.(before.address, late);
        }
        return answerTo(framing, request, bytes);
      };
      const answer = await ask(encodeRequest(framing, request), read, within);
      if (answer === undefined) unanswered = [...unanswered, request].slice(-lateRequests);
      return answer;
    });
};

/** Undefined when the device lacks a register of `map`, or what stands there cannot be. */
const matchOf = async (ask: Ask, address: number, map: MapName): Promise<Match | undefined> => {
  const values: Match['values'][number][] = [];
  for (const block of blocksOf(await readMap(map))) {
    const { function: called, register, count } = block;
    const answer = await ask({ address, function: called, register, count }, readWithin);
    if (answer?.kind !== 'registers') return undefined;
    for (const entry of block.entries) {
      const value = valueIn(answer.bytes, register, entry);
      if (value === undefined) continue;
      const { minimum, maximum } = quantities[entry.quantity];
      if (!(value >= minimum && value <= maximum)) return undefined;
      values.push({ quantity: entry.quantity, value });
    }
  }
  return values.filter(({ value }) => value !== 0).length < fewestTelling ? undefined : { map, values };
};

const matchesOf = async (ask: Ask, address: number): Promise<readonly Match[]> => {
  const matches: Match[] = [];
  for (const map of mapNames) {
    const match = await matchOf(ask, address, map);
    if (match !== undefined) matches.push(match);
  }
  return matches.toSorted((a, b) => b.values.length - a.values.length);
};

const registerZero = { function: 3, register: 0, count: 1 } as const;

/**
 * Who answers on one line, as far as it came when it is aborted. Throws what the line throws. On TCP a device that
 * answers to every address is told once.
 */
export const scanModbus = async (options: ScanOptions): Promise<readonly ModbusFound[]> => {
  const { connection, framing, signal, clock, timeout, onAddress } = options;
  const there = new Map<number, { readonly answer: Answer; readonly isLate: boolean }>();
  const matched = new Map<number, readonly Match[]>();
  try {
    await using line = await openLine(connection, { signal, clock, count: () => {} });
    const ask = createAsk(line, options);
    const onLate = (address: number, answer: Answer): void => {
      if (isDevice(answer)) there.set(address, { answer, isLate: true });
    };
    const isAny = framing === 'tcp' && isDevice(await ask({ address: reservedAddress, ...registerZero }, timeout));
    for (const [done, address] of (isAny ? options.addresses.slice(0, 1) : options.addresses).entries()) {
      if (signal.aborted) break;
      onAddress?.(address, done);
      const answer = await ask({ address, ...registerZero }, timeout, onLate);
      if (!isDevice(answer)) continue;
      there.set(address, { answer, isLate: false });
      matched.set(address, await matchesOf(ask, address));
    }
    for (const address of there.keys()) {
      if (signal.aborted || matched.has(address)) continue;
      matched.set(address, await matchesOf(ask, address));
    }
  } catch (failure) {
    if (!signal.aborted) throw failure;
  }
  return [...there]
    .toSorted(([a], [b]) => a - b)
    .map(([address, found]) => {
      const matches = matched.get(address);
      return { address, ...found, ...(matches !== undefined && { matches }) };
    });
};

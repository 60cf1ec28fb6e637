/** One whole AIS message, as six-bit symbols, to what it says. */
import type { Decoded } from '../../../core/driver.ts';
import type { Observation } from '../../../core/observation.ts';
import type { Instant } from '../../../core/time.ts';
import {
  decodeAidToNavigation,
  decodeBaseStation,
  decodeExtendedPositionClassB,
  decodeExtendedStaticClassB,
  decodeLongRange,
  decodePositionClassA,
  decodePositionClassB,
  decodeSearchAndRescueAircraft,
  decodeStaticClassA,
  decodeStaticPartA,
  decodeStaticPartB,
  decodeStaticPartBAuxiliary,
} from './decode.generated.ts';
import { layouts } from './fields.ts';

/** ITU-R M.1371-5 knows messages 1 to 27. */
const lastType = 27;

/** Type, repeat indicator and MMSI: without these 38 bits nobody knows who says what. */
const headBits = 38;
const partNumberBits = 40;
/** Where the name of message 19 ends: shorter ones tell a position only. */
const extendedNameEnd = 263;

/** Craft of a parent ship have numbers that begin with 98 (ITU-R M.585). */
const auxiliaryFrom = 980_000_000;
const auxiliaryTo = 989_999_999;

const malformed = (reason: string): Decoded => ({ kind: 'malformed', reason });
const ignored = (reason: string): Decoded => ({ kind: 'ignored', reason });

const unknownType = malformed('unknown-type');
const unknownPart = malformed('unknown-part');
const tooShort = malformed('too-short');
const noPosition = ignored('no-position');
/** Beside an observation: bits are missing or left over. About 0.3 % of real messages with a good checksum. */
const unexpectedLength = ignored('unexpected-length');
const otherMessages = Array.from({ length: lastType + 1 }, (_, type) => ignored(`message-${type}`));

/** The length in bits up to which each type has its position, and 0 for the others. */
const positionEnds = new Uint8Array(64);
const expectedLengths: (readonly (readonly [number, number])[] | undefined)[] = [];
for (const layout of Object.values(layouts)) {
  const latitude = layout.fields.find(field => field.name === 'latitude');
  for (const type of layout.types) {
    expectedLengths[type] = layout.lengths;
    if (latitude !== undefined) positionEnds[type] = latitude.at + latitude.bits;
  }
}

const isExpected = (type: number, bits: number): boolean => {
  for (const [least, most] of expectedLengths[type] ?? []) if (bits >= least && bits <= most) return true;
  return false;
};

/**
 * Appends what the message says to `out`, and why something of it is not reported. `symbols` is longer than any
 * layout and holds the message in its first `bits` bits.
 */
export const decodeMessage = (
  symbols: Uint8Array,
  bits: number,
  device: string,
  time: Instant,
  timeFrom: 'device' | 'gateway',
  out: Decoded[],
): void => {
  if (bits < headBits) {
    out.push(tooShort);
    return;
  }
  const type = symbols[0] ?? 0;
  const mmsi =
    ((symbols[1] ?? 0) & 15) * 0x400_0000 +
    (((symbols[2] ?? 0) << 20) | ((symbols[3] ?? 0) << 14) | ((symbols[4] ?? 0) << 8) | ((symbols[5] ?? 0) << 2)) +
    ((symbols[6] ?? 0) >> 4);
  let observation: Observation | undefined;
  let second: Observation | undefined;
  switch (type) {
    case 1:
    case 2:
    case 3:
      observation = decodePositionClassA(symbols, bits, type, mmsi, device, time, timeFrom);
      break;
    case 4:
      observation = decodeBaseStation(symbols, bits, mmsi, device, time, timeFrom);
      break;
    case 5:
      observation = decodeStaticClassA(symbols, bits, mmsi, device, time, timeFrom);
      break;
    case 9:
      observation = decodeSearchAndRescueAircraft(symbols, bits, type, mmsi, device, time, timeFrom);
      break;
    case 18:
      observation = decodePositionClassB(symbols, bits, type, mmsi, device, time, timeFrom);
      break;
    case 19:
      observation = decodeExtendedPositionClassB(symbols, bits, type, mmsi, device, time, timeFrom);
      if (bits >= extendedNameEnd) second = decodeExtendedStaticClassB(symbols, bits, mmsi, device, time, timeFrom);
      break;
    case 21:
      observation = decodeAidToNavigation(symbols, bits, mmsi, device, time, timeFrom);
      break;
    case 24: {
      if (bits < partNumberBits) {
        out.push(tooShort);
        return;
      }
      const part = ((symbols[6] ?? 0) >> 2) & 3;
      if (part > 1) {
        out.push(unknownPart);
        return;
      }
      if (part === 0) observation = decodeStaticPartA(symbols, bits, mmsi, device, time, timeFrom);
      else if (mmsi >= auxiliaryFrom && mmsi <= auxiliaryTo)
        observation = decodeStaticPartBAuxiliary(symbols, bits, mmsi, device, time, timeFrom);
      else observation = decodeStaticPartB(symbols, bits, mmsi, device, time, timeFrom);
      break;
    }
    case 27:
      observation = decodeLongRange(symbols, bits, type, mmsi, device, time, timeFrom);
      break;
    default:
      out.push(otherMessages[type === 0 ? lastType + 1 : type] ?? unknownType);
      return;
  }
  if (observation === undefined) out.push(bits < (positionEnds[type] ?? 0) ? tooShort : noPosition);
  else out.push({ kind: 'observation', observation });
  if (second !== undefined) out.push({ kind: 'observation', observation: second });
  if ((observation ?? second) !== undefined && !isExpected(type, bits)) out.push(unexpectedLength);
};

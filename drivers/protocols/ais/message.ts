/** One whole AIS message, as six-bit symbols, to what it says: ITU-R M.1371-5, messages 1 to 27. */
import { type AisMessage, decodeFields } from './decode.generated.ts';

export type MessageFault =
  /** Not even whose message it is. */
  | 'too-short'
  | 'unknown-type'
  /** Of a message 24. Some class B transponders send 2 and 3; nobody knows what their bits mean. */
  | 'unknown-part';

/** Type, repeat indicator and MMSI, and the two bits that complete a byte in every message. */
const headBits = 40;
const lastType = 27;

/** `symbols` is longer than any layout and holds the message in its first `bits` bits. */
export const decodeMessage = (symbols: Uint8Array, bits: number): AisMessage | MessageFault => {
  if (bits < headBits) return 'too-short';
  const type = symbols[0] ?? 0;
  const second = symbols[1] ?? 0;
  const mmsi =
    (second & 15) * 0x400_0000 +
    (((symbols[2] ?? 0) << 20) | ((symbols[3] ?? 0) << 14) | ((symbols[4] ?? 0) << 8) | ((symbols[5] ?? 0) << 2)) +
    ((symbols[6] ?? 0) >> 4);
  return (
    decodeFields(symbols, bits, type, second >> 4, mmsi) ??
    (type > 0 && type <= lastType ? 'unknown-part' : 'unknown-type')
  );
};

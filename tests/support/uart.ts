/** A serial line as a voltage over time: what a receiver makes of it that runs at another speed than the sender. */
import type { SerialDefaults } from '../../core/driver.ts';

/** Levels of one character, each as long as one bit: start, data from the lowest bit, parity, stop. */
const levelsOf = (byte: number, { dataBits = 8, parity = 'none' }: SerialDefaults): readonly number[] => {
  const data = Array.from({ length: dataBits }, (_, bit) => (byte >> bit) & 1);
  const ones = data.reduce((sum, bit) => sum + bit, 0);
  const check = parity === 'none' ? [] : [(ones + (parity === 'odd' ? 1 : 0)) % 2];
  return [0, ...data, ...check, 1];
};

/** Characters of rest behind the last one, so that the receiver ends. */
const rest = 3;

/**
 * The bytes that a receiver set as `received` reads of `bytes` sent without a pause by one set as `sent`. As a UART it
 * looks for a falling edge and then in the middle of each of its own bits; as Linux does without INPCK it passes on what
 * it read also where the stop bit was not there.
 */
export const receive = (bytes: Uint8Array, sent: SerialDefaults, received: SerialDefaults): Uint8Array => {
  const levels = [1, ...[...bytes].flatMap(byte => levelsOf(byte, sent))];
  const bitsInOne = sent.baudRate / received.baudRate;
  /** Of the line `at` bits of the receiver after the start. */
  const levelAt = (at: number): number => levels[Math.floor(at * bitsInOne)] ?? 1;
  const { dataBits = 8, parity = 'none' } = received;
  const checkBits = parity === 'none' ? 0 : 1;
  const length = levels.length / bitsInOne + rest * 10;
  const step = 1 / 16;
  const out: number[] = [];
  let wasHigh = true;
  for (let at = 0; at < length; at += step) {
    const isHigh = levelAt(at) === 1;
    if (!wasHigh || isHigh) {
      wasHigh = isHigh;
      continue;
    }
    // A spike that is over by the middle of the start bit is none.
    if (levelAt(at + 0.5) === 1) continue;
    let byte = 0;
    for (let bit = 0; bit < dataBits; bit++) byte |= levelAt(at + 1.5 + bit) << bit;
    out.push(byte);
    at += 1.5 + dataBits + checkBits;
    // Without its stop bit the next one begins only after the line was high again.
    wasHigh = levelAt(at) === 1;
  }
  return Uint8Array.from(out);
};

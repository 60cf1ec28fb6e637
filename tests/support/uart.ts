/** A serial line as a voltage over time: what a receiver makes of it that runs at another speed than the sender. */
import { spawnSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import type { SerialDefaults } from '../../core/driver.ts';
import { concat } from '../../core/framing.ts';
import { systemClock } from '../../core/time.ts';
import { openSerial, serialConfig, type Write } from '../../drivers/transports/serial.ts';
import type { PtyPair } from './resources.ts';

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

export interface Wired extends AsyncDisposable {
  /** All that came from the gateway. */
  heard(): Uint8Array;
}

/** A device at the other end of the line, which says `message` again and again and gives `answer` to `question`. */
export const wire = async (
  pty: PtyPair,
  { message, question, answer }: { message?: () => Uint8Array; question?: Buffer; answer?: Uint8Array },
): Promise<Wired> => {
  const stop = new AbortController();
  const opened = Promise.withResolvers<Write>();
  let heard: Uint8Array = new Uint8Array(0);
  const listening = (async () => {
    const context = { signal: stop.signal, clock: systemClock, count: () => {} };
    for await (const { bytes } of openSerial(
      serialConfig({ baudRate: 9600 }).parse({ transport: 'serial', path: pty.device }),
      context,
      opened.resolve,
    )) {
      heard = concat(heard, bytes);
      if (question !== undefined && answer !== undefined && Buffer.from(bytes).includes(question))
        await (await opened.promise)(answer);
    }
  })();
  const write = await opened.promise;
  const speaking = (async () => {
    while (!stop.signal.aborted) {
      if (message !== undefined) await write(message());
      await pause(40);
    }
  })();
  return {
    heard: () => heard,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await Promise.all([speaking, listening]);
    },
  };
};

/** The speed that the gateway has set at its end. */
export const speedOf = (pty: PtyPair): number =>
  Number(spawnSync('stty', ['-F', pty.gateway, 'speed'], { encoding: 'utf8' }).stdout);

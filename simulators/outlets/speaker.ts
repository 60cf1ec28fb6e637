/** A device that speaks by itself, with the faults every such device can show. */
import { sleep } from '../../core/abort.ts';
import type { Fault, RunningSimulator } from '../../core/simulator.ts';
import type { Duration } from '../../core/time.ts';
import type { Availability, Outlet } from './outlet.ts';

export interface SpeakerOptions {
  readonly outlet: Outlet;
  readonly signal: AbortSignal;
  readonly random: () => number;
  /** Asked again and again: what the device says now, and how long it is quiet after that. */
  readonly speak: () => { readonly bytes: Uint8Array; readonly pause: Duration };
}

const availabilityUnder = (fault: Fault | undefined): Availability => {
  if (fault === 'refuse-login') return 'refusing';
  return fault === 'away' ? 'away' : 'open';
};

/** Random bytes, then what should have come with one byte changed: no checksum of it holds. */
const garbled = (bytes: Uint8Array, random: () => number): Uint8Array => {
  const noise = Uint8Array.from({ length: 4 + Math.floor(random() * 28) }, () => Math.floor(random() * 256));
  const changed = Uint8Array.from(bytes);
  const at = Math.floor(random() * changed.length);
  if (at < changed.length) changed[at] = (changed[at] ?? 0) ^ 0x15;
  return Buffer.concat([noise, changed]);
};

/**
 * `silent`: connected, but says nothing. `hang`: stops in the middle of a message. `noise`: now and then a garbled
 * message on a noisy line. `refuse-login`: ends each connection at once, or says nothing where there are none.
 * `away`: unplugged.
 */
export const startSpeaker = ({ outlet, signal, random, speak }: SpeakerOptions): Omit<RunningSimulator, 'address'> => {
  let shown: Fault | undefined;
  let hanging = false;
  const stop = new AbortController();
  const stopping = AbortSignal.any([signal, stop.signal]);

  const say = (bytes: Uint8Array): void => {
    if (bytes.length === 0) return;
    if (shown === undefined) outlet.write(bytes);
    else if (shown === 'noise') outlet.write(random() < 0.5 ? garbled(bytes, random) : bytes);
    else if (shown === 'hang' && !hanging) {
      hanging = true;
      outlet.write(bytes.subarray(0, Math.ceil(bytes.length / 2)));
    }
  };

  const speaking = (async () => {
    while (!stopping.aborted) {
      const { bytes, pause } = speak();
      say(bytes);
      await sleep(pause, stopping);
    }
  })();

  return {
    show: fault => {
      shown = fault;
      hanging = false;
      outlet.setAvailability(availabilityUnder(fault));
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await speaking;
      await outlet[Symbol.asyncDispose]();
    },
  };
};

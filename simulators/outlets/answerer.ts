/** A device that is asked (and may speak by itself too), with the faults every such device can show. */
import type { RunningSimulator } from '../../core/simulator.ts';
import type { Duration } from '../../core/time.ts';
import { type OutletConfig, openOutlet } from './open.ts';
import { startSpeaker } from './speaker.ts';

/** Requests of these devices are a few bytes; more than this without one is noise. */
const longestHeard = 256;

/** How often a device that has something to say looks whether it is time. */
const lookEvery: Duration = 20;

const none = new Uint8Array(0);

export interface AnswererOptions {
  readonly connection: OutletConfig;
  readonly signal: AbortSignal;
  readonly random: () => number;
  /**
   * What the device answers to the first request in `heard`, and how many bytes that request ended at; undefined while
   * there is none.
   */
  readonly answer: (heard: Uint8Array) => { readonly bytes: Uint8Array; readonly taken: number } | undefined;
  /** What it says by itself, once for each `pause`; empty while it says nothing. */
  readonly speak?: () => { readonly bytes: Uint8Array; readonly pause: Duration };
}

/** The faults are those of `startSpeaker`. */
export const startAnswerer = async (options: AnswererOptions): Promise<RunningSimulator> => {
  const { signal, random, answer, speak } = options;
  let heard: Uint8Array = none;
  const answers: Uint8Array[] = [];
  const outlet = await openOutlet(options.connection, bytes => {
    heard = Buffer.concat([heard, bytes]);
    for (let found = answer(heard); found !== undefined; found = answer(heard)) {
      heard = heard.subarray(found.taken);
      if (found.bytes.length > 0) answers.push(found.bytes);
    }
    if (heard.length > longestHeard) heard = none;
  });
  let speaksAt = 0;
  const speaker = startSpeaker({
    outlet,
    signal,
    random,
    speak: () => {
      const next = answers.shift();
      if (next !== undefined) return { bytes: next, pause: 1 };
      if (speak === undefined || performance.now() < speaksAt) return { bytes: none, pause: lookEvery };
      const { bytes, pause } = speak();
      speaksAt = performance.now() + pause;
      return { bytes, pause: lookEvery };
    },
  });
  return { ...speaker, address: { connection: outlet.connection } };
};

/** Finds the first of the requests `known` in what was heard, each a whole message of fixed bytes. */
export const firstRequest = <T>(
  heard: Uint8Array,
  known: readonly { readonly request: Uint8Array; readonly means: T }[],
): { readonly means: T; readonly taken: number } | undefined => {
  const text = Buffer.from(heard);
  return known
    .flatMap(({ request, means }) => {
      const at = text.indexOf(request);
      return at < 0 ? [] : [{ means, taken: at + request.length }];
    })
    .toSorted((a, b) => a.taken - b.taken)[0];
};

/**
 * Outputs that return to their other state after a time: a siren that sounds for a minute. What is due is on the disk
 * before the output is switched, so that it returns also when the device was away meanwhile, or the gateway.
 */
import { z } from 'zod';
import { sleep } from '../../core/abort.ts';
import { deniedBackoff } from '../../core/backoff.ts';
import { outputSet } from '../../core/device-commands.ts';
import { toGatewayError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Saved } from '../../core/sealed.ts';
import { type Clock, type Duration, hours, type Instant, seconds } from '../../core/time.ts';
import type { Outbox } from '../outbox/outbox.ts';

export const switchBacksOwner = 'gateway.switch-backs';

export interface SwitchBacksOptions {
  readonly outbox: Pick<Outbox, 'append' | 'restore'>;
  readonly clock: Clock;
  readonly log: Log;
  /** `Supervised.command` of that device: `unreachable` as long as it is away. */
  readonly command: (device: string, name: string, input: unknown, signal: AbortSignal) => Promise<unknown>;
}

type OutputInput = z.output<typeof outputSet.input>;
type OutputResult = z.output<typeof outputSet.output>;

export interface SwitchBacks extends AsyncDisposable {
  /** Switches an output, and back where the order says after what time. Throws what the device's command throws. */
  set(input: OutputInput, signal: AbortSignal): Promise<OutputResult>;
}

const pendingSchema = z.object({
  device: z.string(),
  output: z.string(),
  state: z.enum(['on', 'off']),
  due: z.number(),
});
type Pending = z.output<typeof pendingSchema> & { readonly abort: AbortController };

/** One attempt. */
const switchesWithin = seconds(20);
const firstWait = seconds(1);
const longestWait = seconds(30);
/** Whoever has not come back by then was taken down; nobody expects it to switch after days. */
const givenUpAfter = hours(24);

const other = { on: 'off', off: 'on' } as const;

export const openSwitchBacks = async ({ outbox, clock, log, command }: SwitchBacksOptions): Promise<SwitchBacks> => {
  const pending = new Map<string, Pending>();
  const work = new Set<Promise<void>>();
  /** Orders of one output are done one after the other, so that the last one counts. */
  const turns = new Map<string, Promise<unknown>>();

  const inTurn = async <T>(key: string, does: () => Promise<T>): Promise<T> => {
    const before = turns.get(key);
    const mine = (async () => {
      await before?.catch(() => {});
      return await does();
    })();
    turns.set(key, mine);
    try {
      return await mine;
    } finally {
      if (turns.get(key) === mine) turns.delete(key);
    }
  };

  /** What is to come of an output, on the disk. */
  const keep = async (key: string, entry: Pending | undefined): Promise<void> => {
    const { abort: _, ...kept } = entry ?? { abort: undefined };
    const saved: Saved = {
      owner: switchBacksOwner,
      key,
      value: entry && Buffer.from(JSON.stringify(kept)),
    };
    await outbox.append({ saved: [saved] });
  };

  const forget = async (key: string, entry: Pending): Promise<void> => {
    if (pending.get(key) !== entry) return;
    pending.delete(key);
    await keep(key, undefined);
  };

  const switchBack = async (key: string, entry: Pending, after: Duration): Promise<void> => {
    const { signal } = entry.abort;
    const { device, output, state } = entry;
    const begun = clock.steady();
    await sleep(after, signal);
    let said: string | undefined;
    for (let wait = firstWait; !signal.aborted; wait = Math.min(2 * wait, longestWait)) {
      try {
        await inTurn(key, async () => {
          if (signal.aborted) return;
          await command(device, outputSet.name, { device, output, state }, AbortSignal.timeout(switchesWithin));
          log.info('an output returned to its other state', { device, output, state });
          await forget(key, entry);
        });
        return;
      } catch (thrown) {
        const { kind, message } = toGatewayError(thrown);
        if (clock.steady() - begun - after > givenUpAfter || kind === 'unsupported') {
          log.error('an output is left as it is', { device, output, kind, reason: message });
          await forget(key, entry);
          return;
        }
        if (said !== kind) {
          log.warn('an output cannot return to its other state yet', { device, output, kind, reason: message });
          said = kind;
        }
        await sleep(kind === 'denied' ? deniedBackoff.first : wait, signal);
      }
    }
  };

  /** Instead of what was to come before. */
  const replace = (key: string, entry: Pending | undefined, after: Duration): void => {
    pending.get(key)?.abort.abort();
    pending.delete(key);
    if (entry === undefined) return;
    pending.set(key, entry);
    const working = switchBack(key, entry, after)
      .catch(thrown => log.error('an output is left as it is', { reason: toGatewayError(thrown).message }))
      .finally(() => work.delete(working));
    work.add(working);
  };

  const newEntry = (device: string, output: string, state: 'on' | 'off', due: Instant): Pending => ({
    ...{ device, output, state, due },
    abort: new AbortController(),
  });

  for (const [key, bytes] of await outbox.restore(switchBacksOwner)) {
    const saved = pendingSchema.safeParse(JSON.parse(Buffer.from(bytes).toString()));
    if (!saved.success) continue;
    const { device, output, state, due } = saved.data;
    // A clock that was set meanwhile must not make it more than an hour of siren.
    replace(key, newEntry(device, output, state, due), Math.min(Math.max(due - clock.now(), 0), hours(1)));
  }

  return {
    set: async (input, signal) => {
      const { device, output, state, seconds: length } = input;
      const key = `${device}/${output}`;
      return await inTurn(key, async () => {
        const before = pending.get(key);
        const after = seconds(length ?? 0);
        const entry = length === undefined ? undefined : newEntry(device, output, other[state], clock.now() + after);
        if (entry !== undefined) await keep(key, entry);
        let result: OutputResult;
        try {
          result = outputSet.output.parse(await command(device, outputSet.name, input, signal));
        } catch (thrown) {
          // Without an answer it may have been switched all the same: then it still has to return.
          if (entry !== undefined && toGatewayError(thrown).kind === 'unreachable') replace(key, entry, after);
          else if (entry !== undefined) await keep(key, before);
          throw thrown;
        }
        const own = result.returnsAfterSeconds;
        const next = own !== undefined && seconds(own) <= after ? undefined : entry;
        replace(key, next, after);
        if (next !== undefined) return { ...result, returnsAfterSeconds: length };
        if (before !== undefined || entry !== undefined) await keep(key, undefined);
        return result;
      });
    },
    [Symbol.asyncDispose]: async () => {
      for (const { abort } of pending.values()) abort.abort();
      await Promise.all(work);
    },
  };
};

/**
 * What cameras say by themselves, and the gateway by their pictures → an event when it begins and one when it has ended for a while. Cameras repeat the state
 * of everything at each connection: what is known already is no news.
 */
import { z } from 'zod';
import { cameraSignalNames, isInBursts } from '../../core/camera-signals.ts';
import type { Conclusion } from '../../core/conclusion.ts';
import type { CameraSignal } from '../../core/observation.ts';
import type { Site } from '../../core/site.ts';
import { defineStage, type Save, type Step } from '../../core/stage.ts';
import { type Duration, type Instant, minutes, shiftInstant } from '../../core/time.ts';
import { type CameraSignalsConfig, cameraSignalsConfig } from './config.ts';
import { begun, type EndReason, ended, happened, keyOf, type Signal } from './events.ts';

interface Lasting {
  readonly signal: Signal;
  /** The camera's numbers of the objects for which it lasts: it ends with the last. Undefined for what has no objects. */
  readonly objects: Set<string> | undefined;
  /** Begun before a restart, for objects of which nothing was said since: the steady time of the first tick then. */
  unsaid: { since: Duration | undefined } | undefined;
  begunAt: Instant;
  /** Undefined while it lasts. */
  endedAt: Instant | undefined;
  /** Steady time of the first tick after it ended. */
  endedSince: Duration | undefined;
  /** Changed by a clock that was set: every other change is saved as it comes. */
  unsaved: boolean;
}

type State = Map<string, Lasting>;

/** A camera that makes up new rules all the time must not fill the memory. */
const mostLasting = 5_000;

/** Of one signal; further ones begin and end unnoticed. */
const mostObjects = 1_000;

/** At a new connection a camera says nothing of objects that are not there any more. */
const saidAgainWithin = minutes(5);

const stored = z.object({
  signal: z.object({
    device: z.string(),
    signal: z.enum(cameraSignalNames),
    by: z.enum(['camera', 'gateway']),
    source: z.string().exactOptional(),
    rule: z.string().exactOptional(),
  }),
  begunAt: z.number(),
  endedAt: z.number().exactOptional(),
  perObject: z.literal(true).exactOptional(),
});

const decoder = new TextDecoder();

const encode = ({ signal, begunAt, endedAt, objects }: Lasting): Uint8Array =>
  Buffer.from(JSON.stringify({ signal, begunAt, endedAt, ...(objects !== undefined && { perObject: true }) }));

const restore = (saved: ReadonlyMap<string, Uint8Array>): State =>
  new Map(
    [...saved].map(([key, value]): [string, Lasting] => {
      const { signal, begunAt, endedAt, perObject } = stored.parse(JSON.parse(decoder.decode(value)));
      const objects = perObject === undefined ? undefined : new Set<string>();
      const unsaid = objects === undefined || endedAt !== undefined ? undefined : { since: undefined };
      return [key, { signal, objects, unsaid, begunAt, endedAt, endedSince: undefined, unsaved: false }];
    }),
  );

const signalOf = ({ device, signal, by, source, rule }: CameraSignal): Signal => ({
  device,
  signal,
  by,
  ...(source !== undefined && { source }),
  ...(rule !== undefined && { rule }),
});

/** Of one observation. Undefined where nothing is told of it. */
const stepOne = (
  state: State,
  observation: CameraSignal,
  save: Map<string, Uint8Array | undefined>,
  site: Site,
): Conclusion | 'no-room' | undefined => {
  const { time } = observation;
  const signal = signalOf(observation);
  if (observation.state === 'happened') {
    if (!isInBursts(signal.signal)) return happened(signal, time, site);
    const told = stepOne(state, { ...observation, state: 'begun' }, save, site);
    stepOne(state, { ...observation, state: 'ended' }, save, site);
    return told;
  }
  const key = keyOf(signal);
  const known = state.get(key);
  const { object } = observation;
  if (observation.state === 'ended') {
    if (known === undefined || known.endedAt !== undefined) return undefined;
    if (object !== undefined) known.objects?.delete(object);
    if (known.objects !== undefined && known.objects.size > 0) return undefined;
    known.endedAt = Math.max(known.begunAt, time);
    save.set(key, encode(known));
    return undefined;
  }
  if (known !== undefined) {
    if (object !== undefined && (known.objects?.size ?? 0) < mostObjects) known.objects?.add(object);
    known.unsaid = undefined;
    if (known.endedAt === undefined) return undefined;
    known.endedAt = undefined;
    known.endedSince = undefined;
    save.set(key, encode(known));
    return undefined;
  }
  if (state.size >= mostLasting) return 'no-room';
  const lasting: Lasting = {
    signal,
    objects: object === undefined ? undefined : new Set([object]),
    unsaid: undefined,
    begunAt: time,
    endedAt: undefined,
    endedSince: undefined,
    unsaved: false,
  };
  state.set(key, lasting);
  save.set(key, encode(lasting));
  return begun(signal, time, site);
};

export const stage = defineStage<CameraSignalsConfig, State, 'camera-signal'>({
  name: 'camera-signals',
  summary:
    'Tells what cameras find out by themselves (motion, their own rules), and that they do not see as they should.',
  consumes: ['camera-signal'],
  config: cameraSignalsConfig,
  restore: (_, saved) => restore(saved),
  step: (state, batch, { signals }, site): Step => {
    const save = new Map<string, Uint8Array | undefined>();
    const output: Conclusion[] = [];
    let dropped = 0;
    for (const observation of batch) {
      if (!signals.includes(observation.signal)) continue;
      const told = stepOne(state, observation, save, site);
      if (told === 'no-room') dropped++;
      else if (told !== undefined) output.push(told);
    }
    return { output, save, ...(dropped > 0 && { dropped: { 'no-room': dropped } }) };
  },
  tick: (state, now, { signals, settle }, site, steady): Step => {
    const save = new Map<string, Uint8Array | undefined>();
    const output: Conclusion[] = [];
    const close = (key: string, { signal, begunAt }: Lasting, at: Instant, reason: EndReason): void => {
      state.delete(key);
      save.set(key, undefined);
      output.push(ended(signal, begunAt, at, reason, site));
    };
    for (const [key, lasting] of state) {
      const { signal, endedAt } = lasting;
      if (!(signals.includes(signal.signal) && site.devices.has(signal.device))) {
        close(key, lasting, Math.max(lasting.begunAt, endedAt ?? now), 'config-removed');
        continue;
      }
      if (lasting.unsaid !== undefined) {
        lasting.unsaid.since ??= steady;
        if (steady - lasting.unsaid.since >= saidAgainWithin)
          close(key, lasting, Math.max(lasting.begunAt, now), 'interrupted');
        continue;
      }
      if (endedAt === undefined) continue;
      lasting.endedSince ??= steady;
      if (steady - lasting.endedSince >= settle) close(key, lasting, endedAt, 'recovered');
    }
    return { output, save };
  },
  shift: (state, shift) => {
    for (const lasting of state.values()) {
      lasting.unsaved = true;
      lasting.begunAt = shiftInstant(lasting.begunAt, shift);
      if (lasting.endedAt !== undefined) lasting.endedAt = shiftInstant(lasting.endedAt, shift);
    }
  },
  checkpoint: (state): Save => {
    const unsaved = [...state].filter(([, lasting]) => lasting.unsaved);
    return new Map(
      unsaved.map(([key, lasting]) => {
        lasting.unsaved = false;
        return [key, encode(lasting)];
      }),
    );
  },
});

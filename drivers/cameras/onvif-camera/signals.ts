/** What the camera finds out by itself, pulled from its event service. */
import { sleep } from '../../../core/abort.ts';
import type { Batch } from '../../../core/batch.ts';
import type { Context } from '../../../core/driver.ts';
import { GatewayError } from '../../../core/errors.ts';
import type { CameraSignal } from '../../../core/observation.ts';
import { type Duration, type Instant, minutes, seconds } from '../../../core/time.ts';
import {
  createPullPointSubscription,
  getEventCapabilities,
  type Notification,
  parseCurrentTime,
  parseMessages,
  parseSubscription,
  parseTimeLeft,
  pullMessages,
  refusesPulls,
  renew,
  type Subscription,
  unsubscribe,
} from '../../protocols/onvif/events.ts';
import { eventsNamespace } from '../../protocols/onvif/soap.ts';
import { toSignal } from '../../protocols/onvif/topics.ts';
import type { Element } from '../../protocols/onvif/xml.ts';
import type { OnvifClient, OnvifService } from './client.ts';

/** A pull keeps the subscription alive; one that is not pulled any more ends by itself. */
const lifetime = minutes(1);
/** Well below the time that any request may take. */
const patience = seconds(5);
const mostMessages = 100;
/** A time of the camera that is further from ours, both clocks compared, is no time of this message. */
const toleratedAge = seconds(30);
/** For the good-bye: the connection is to end within a second. */
const goodbyeWithin = seconds(0.5);

export interface SignalSource {
  readonly client: OnvifClient;
  readonly device: string;
  /** How far the camera's clock is ahead of ours, where it tells the time. */
  readonly ahead: Duration | undefined;
}

type Needs = Pick<Context, 'signal' | 'clock' | 'count'>;

/** `clocks`: how far the camera's clock is ahead of ours, by all that it says of it. */
const timeOf = (
  { time, operation }: Notification,
  clocks: readonly Duration[],
  now: Instant,
): Pick<CameraSignal, 'time' | 'timeFrom'> => {
  const readings = time === undefined ? [] : clocks.map(ahead => Math.round(time - ahead));
  const told = readings.find(reading => Math.abs(reading - now) <= toleratedAge);
  // What is told again at the beginning is so now; when it began nobody knows, and some say 1970.
  if (told === undefined || operation === 'Initialized') return { time: now, timeFrom: 'gateway' };
  return { time: told, timeFrom: 'device' };
};

const toSignals = (
  answer: Element,
  { device, ahead }: SignalSource,
  { clock, count }: Needs,
): readonly CameraSignal[] => {
  const current = parseCurrentTime(answer);
  // Some cameras say local time where they are asked for their clock, and UTC in what they tell; others are set meanwhile.
  const clocks = [...(ahead === undefined ? [] : [ahead]), ...(current === undefined ? [] : [current - clock.now()])];
  return parseMessages(answer).flatMap((notification): readonly CameraSignal[] => {
    const told = toSignal(notification);
    if (told === undefined) {
      count('ignored.topic');
      return [];
    }
    return [{ kind: 'camera-signal', device, by: 'camera', ...told, ...timeOf(notification, clocks, clock.now()) }];
  });
};

/** Undefined where the camera tells nothing by itself, or only to an address of ours that it would have to reach. */
export const findEvents = async (client: OnvifClient, signal: AbortSignal): Promise<OnvifService | undefined> => {
  const service = await client.findService(eventsNamespace);
  // Older cameras do not know this question.
  const capabilities = await service?.ask(getEventCapabilities, signal).catch((failure: unknown) => {
    if (failure instanceof GatewayError && failure.kind !== 'unreachable') return undefined;
    throw failure;
  });
  return capabilities !== undefined && refusesPulls(capabilities) ? undefined : service;
};

/** A subscription that did not even last as long as it was asked for. */
const shortLife = lifetime;
const longestPause = seconds(30);

/** Before a new subscription, after so many short ones in a row: some cameras forget each at once. */
export const pauseAfter = (shortOnes: number): Duration => Math.min(longestPause, seconds(1) * 2 ** (shortOnes - 1));

/** With less left, and with less from pull to pull, it is renewed. */
const renewBelow = seconds(20);

/** What lasts for objects of this connection; of more the oldest are given up. */
const mostObjects = 1000;

/** Objects that the camera sees: at the next connection it says nothing of those that left meanwhile. */
const createObjects = () => {
  const lasting = new Map<string, CameraSignal>();
  return {
    note: (items: readonly CameraSignal[]): void => {
      for (const item of items) {
        const { signal, source, rule, object, state } = item;
        if (object === undefined) continue;
        const key = JSON.stringify([signal, source, rule, object]);
        lasting.delete(key);
        if (state === 'begun') lasting.set(key, item);
        const [oldest] = lasting.keys();
        if (lasting.size > mostObjects && oldest !== undefined) lasting.delete(oldest);
      }
    },
    /** The end of all that lasts. */
    endAll: (time: Instant): readonly CameraSignal[] => {
      const items = [...lasting.values()].map(
        (item): CameraSignal => ({ ...item, state: 'ended', time, timeFrom: 'gateway' }),
      );
      lasting.clear();
      return items;
    },
  };
};

/** Cameras answer it with faults of all kinds; what was not renewed is made anew once it is forgotten. */
const tryToRenew = async (
  point: OnvifService,
  subscription: Subscription,
  { signal, count }: Needs,
): Promise<'works' | 'refused'> => {
  try {
    await point.ask(renew(subscription, lifetime), signal);
    return 'works';
  } catch (failure) {
    if (!(failure instanceof GatewayError) || failure.kind === 'unreachable') throw failure;
    count('renewal.refused');
    return 'refused';
  }
};

/** Pulls until the subscription or the connection ends, which it throws. */
async function* pull(
  point: OnvifService,
  subscription: Subscription,
  firstLeft: Duration | undefined,
  context: Needs,
): AsyncGenerator<Element, void> {
  let left = firstLeft ?? Number.POSITIVE_INFINITY;
  let renewal: 'works' | 'refused' = 'works';
  while (!context.signal.aborted) {
    const answer = await point.ask(pullMessages(subscription, patience, mostMessages), context.signal);
    yield answer;
    const before = left;
    left = parseTimeLeft(answer) ?? Number.POSITIVE_INFINITY;
    if (renewal === 'refused' || left >= renewBelow || left >= before) continue;
    renewal = await tryToRenew(point, subscription, context);
    left = Number.POSITIVE_INFINITY;
  }
}

/**
 * A batch for each answer, without anything as proof of life. Ends when it is aborted. A subscription that the camera
 * forgot is made anew, for it says the state of everything again; throws where not even a new one can be pulled.
 */
export async function* readSignals(
  events: OnvifService,
  source: SignalSource,
  context: Needs,
): AsyncGenerator<Batch<CameraSignal>, void> {
  const { client } = source;
  const { signal, clock } = context;
  const objects = createObjects();
  let shortOnes = 0;
  while (!signal.aborted) {
    const began = clock.steady();
    let answered = false;
    let subscription: Subscription | undefined;
    let point: OnvifService | undefined;
    try {
      const created = await events.ask(createPullPointSubscription(lifetime), signal);
      subscription = parseSubscription(created);
      point = client.serviceAt(subscription.address);
      for await (const answer of pull(point, subscription, parseTimeLeft(created), context)) {
        answered = true;
        const items = toSignals(answer, source, context);
        objects.note(items);
        yield { items };
      }
    } catch (failure) {
      if (signal.aborted) return;
      const ends = objects.endAll(clock.now());
      if (ends.length > 0) yield { items: ends };
      const forgotten = failure instanceof GatewayError && (failure.kind === 'protocol' || failure.kind === 'config');
      if (!forgotten || !answered) throw failure;
      context.count('subscription.renewed');
      shortOnes = clock.steady() - began < shortLife ? shortOnes + 1 : 1;
      await sleep(pauseAfter(shortOnes), signal);
    } finally {
      if (subscription !== undefined && signal.aborted) {
        await point?.ask(unsubscribe(subscription), AbortSignal.timeout(goodbyeWithin)).catch(() => {});
      }
    }
  }
}

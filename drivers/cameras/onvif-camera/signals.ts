/** What the camera finds out by itself, pulled from its event service. */
import type { Batch } from '../../../core/batch.ts';
import type { Context } from '../../../core/driver.ts';
import { GatewayError } from '../../../core/errors.ts';
import type { CameraSignal } from '../../../core/observation.ts';
import { type Duration, type Instant, minutes, seconds } from '../../../core/time.ts';
import {
  createPullPointSubscription,
  type Notification,
  parseMessages,
  parseSubscription,
  pullMessages,
  type Subscription,
  unsubscribe,
} from '../../protocols/onvif/events.ts';
import { eventsNamespace } from '../../protocols/onvif/soap.ts';
import { toSignal } from '../../protocols/onvif/topics.ts';
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

const timeOf = (
  { time, operation }: Notification,
  ahead: Duration | undefined,
  now: Instant,
): Pick<CameraSignal, 'time' | 'timeFrom'> => {
  const told = time === undefined || ahead === undefined ? undefined : Math.round(time - ahead);
  // What is told again at the beginning is so now; when it began nobody knows, and some say 1970.
  if (told === undefined || operation === 'Initialized' || Math.abs(told - now) > toleratedAge) {
    return { time: now, timeFrom: 'gateway' };
  }
  return { time: told, timeFrom: 'device' };
};

const toSignals = (
  notifications: readonly Notification[],
  { device, ahead }: SignalSource,
  { clock, count }: Needs,
): readonly CameraSignal[] =>
  notifications.flatMap((notification): readonly CameraSignal[] => {
    const told = toSignal(notification);
    if (told === undefined) {
      count('ignored.topic');
      return [];
    }
    return [{ kind: 'camera-signal', device, by: 'camera', ...told, ...timeOf(notification, ahead, clock.now()) }];
  });

/** Undefined where the camera tells nothing by itself. */
export const findEvents = (client: OnvifClient): Promise<OnvifService | undefined> =>
  client.findService(eventsNamespace);

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
  const { signal } = context;
  while (!signal.aborted) {
    let answered = false;
    let subscription: Subscription | undefined;
    let point: OnvifService | undefined;
    try {
      subscription = parseSubscription(await events.ask(createPullPointSubscription(lifetime), signal));
      point = client.serviceAt(subscription.address);
      while (!signal.aborted) {
        const answer = await point.ask(pullMessages(subscription, patience, mostMessages), signal);
        answered = true;
        yield { items: toSignals(parseMessages(answer), source, context) };
      }
    } catch (failure) {
      if (signal.aborted) return;
      const forgotten = failure instanceof GatewayError && (failure.kind === 'protocol' || failure.kind === 'config');
      if (!forgotten || !answered) throw failure;
      context.count('subscription.renewed');
    } finally {
      if (subscription !== undefined && signal.aborted) {
        await point?.ask(unsubscribe(subscription), AbortSignal.timeout(goodbyeWithin)).catch(() => {});
      }
    }
  }
}

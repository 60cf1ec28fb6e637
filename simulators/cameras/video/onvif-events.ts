/** The event service of a simulated ONVIF device (Core, 9.1 and 9.2): PullPoint subscriptions of its properties. */
import { type Clock, type Duration, minutes, seconds, toTimestamp } from '../../../core/time.ts';
import { find, parseXml, textAt } from '../../../drivers/protocols/onvif/xml.ts';
import { element, leaf } from './onvif-xml.ts';
import { envelope, escapeXml, soapFault } from './soap.ts';

/** What the device says of one of its topics. */
export interface SimulatedProperty {
  /** Without its prefix: `VideoSource/MotionAlarm`. */
  readonly topic: string;
  readonly source: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
}

export interface SimulatedEvents extends Disposable {
  /** The device finds something out; every subscription hears of it. */
  tell(property: SimulatedProperty): void;
  /** As a device that restarts: it forgets its subscriptions and what it knew. */
  forget(): void;
  /** Undefined for an operation of another service. `path` is that of the request. */
  answer(operation: string, xml: string, at: EventRequest): Promise<EventAnswer> | undefined;
}

export interface EventRequest {
  readonly path: string;
  /** As the client wrote it: `http://192.168.1.64:80`. */
  readonly base: string;
  readonly ahead: Duration;
}

export type EventAnswer = { readonly kind: 'answer' | 'fault'; readonly xml: string };

export const eventsPath = '/onvif/event_service';
const pointPath = '/onvif/pullpoint/';

/** As cheap cameras: further ones are refused. */
const mostSubscriptions = 10;
const mostWaiting = 100;
const lifetime = minutes(1);

interface Waiting extends SimulatedProperty {
  readonly operation: 'Initialized' | 'Changed';
  readonly time: number;
}

interface Subscription {
  readonly waiting: Waiting[];
  expires: number;
  wake: () => void;
}

const items = (name: string, values: Readonly<Record<string, string>>): string =>
  element(
    name,
    ...Object.entries(values).map(
      ([key, value]) => `<tt:SimpleItem Name="${escapeXml(key)}" Value="${escapeXml(value)}"/>`,
    ),
  );

const notification = ({ topic, source, data, operation, time }: Waiting, ahead: Duration): string =>
  element(
    'wsnt:NotificationMessage',
    `<wsnt:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">tns1:${escapeXml(topic)}</wsnt:Topic>`,
    element(
      'wsnt:Message',
      `<tt:Message UtcTime="${toTimestamp(time + ahead)}" PropertyOperation="${operation}">${items('tt:Source', source)}${items('tt:Data', data)}</tt:Message>`,
    ),
  );

const fault = (subcode: string, reason: string): EventAnswer => ({ kind: 'fault', xml: soapFault(subcode, reason) });

/** `PT5S`, `PT1M`; some clients send no more than that. */
const durationOf = (text: string): Duration => {
  const [, count = '5', unit = 'S'] = /^PT([\d.]+)([SM])$/.exec(text) ?? [];
  return unit === 'M' ? minutes(Number(count)) : seconds(Number(count));
};

export const createEvents = (clock: Clock): SimulatedEvents => {
  const known = new Map<string, SimulatedProperty>();
  const subscriptions = new Map<string, Subscription>();
  let count = 0;

  const endAll = (): void => {
    for (const { wake } of subscriptions.values()) wake();
    subscriptions.clear();
  };

  const times = (prefix: string, { expires }: Subscription, ahead: Duration): string =>
    leaf(`${prefix}:CurrentTime`, toTimestamp(clock.now() + ahead)) +
    leaf(`${prefix}:TerminationTime`, toTimestamp(clock.now() + ahead + (expires - clock.steady())));

  const create = ({ base, ahead }: EventRequest): EventAnswer => {
    for (const [id, { expires }] of subscriptions) if (expires < clock.steady()) subscriptions.delete(id);
    if (subscriptions.size >= mostSubscriptions) return fault('ter:MaxSubscriptions', 'too many subscriptions');
    const id = String(++count);
    const time = clock.now();
    const subscription: Subscription = {
      waiting: [...known.values()].map(property => ({ ...property, operation: 'Initialized', time })),
      expires: clock.steady() + lifetime,
      wake: () => {},
    };
    subscriptions.set(id, subscription);
    const reference = element('tev:SubscriptionReference', leaf('wsa5:Address', `${base}${pointPath}${id}`));
    const xml = element('tev:CreatePullPointSubscriptionResponse', reference, times('wsnt', subscription, ahead));
    return { kind: 'answer', xml: envelope(xml) };
  };

  const pull = async (id: string, xml: string, ahead: Duration): Promise<EventAnswer> => {
    const gone = fault('ter:InvalidArgVal', 'no such subscription');
    const subscription = subscriptions.get(id);
    if (subscription === undefined || subscription.expires < clock.steady()) return gone;
    const asked = find(parseXml(xml), 'Body', 'PullMessages');
    if (asked === undefined) return fault('ter:WellFormed', 'PullMessages expected');
    const patience = durationOf(textAt(asked, 'Timeout') ?? '');
    subscription.expires = clock.steady() + Math.max(lifetime, patience);
    if (subscription.waiting.length === 0) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, patience);
        subscription.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    if (subscriptions.get(id) !== subscription) return gone;
    const limit = Number(textAt(asked, 'MessageLimit') ?? 10);
    const messages = subscription.waiting.splice(0, limit).map(waiting => notification(waiting, ahead));
    const content = element('tev:PullMessagesResponse', times('tev', subscription, ahead), ...messages);
    return { kind: 'answer', xml: envelope(content) };
  };

  const end = (id: string): EventAnswer => {
    subscriptions.get(id)?.wake();
    subscriptions.delete(id);
    return { kind: 'answer', xml: envelope('<wsnt:UnsubscribeResponse/>') };
  };

  return {
    tell: property => {
      known.set(JSON.stringify([property.topic, property.source]), property);
      for (const subscription of subscriptions.values()) {
        if (subscription.waiting.length >= mostWaiting) subscription.waiting.shift();
        subscription.waiting.push({ ...property, operation: 'Changed', time: clock.now() });
        subscription.wake();
      }
    },
    forget: () => {
      known.clear();
      endAll();
    },
    answer: (operation, xml, request) => {
      const id = request.path.startsWith(pointPath) ? request.path.slice(pointPath.length) : '';
      if (operation === 'CreatePullPointSubscription') return Promise.resolve(create(request));
      if (operation === 'PullMessages') return pull(id, xml, request.ahead);
      return operation === 'Unsubscribe' ? Promise.resolve(end(id)) : undefined;
    },
    [Symbol.dispose]: endAll,
  };
};

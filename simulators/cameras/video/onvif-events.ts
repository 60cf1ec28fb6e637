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
  /** Tells properties of one topic and source apart, such as those of objects. */
  readonly key: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
}

/** What firmwares do that is not as Core has it, or is seldom done so. */
export const quirks = [
  /** The address of a subscription without its host (Raysharp). */
  'address-without-host',
  /** That of the network behind its router. */
  'address-of-another-network',
  /** Nothing but the path. */
  'address-without-scheme',
  /** One address for all, told apart by a reference parameter (Axis). */
  'subscription-id',
  /** A prefix of its answers that it declares nowhere. */
  'undeclared-prefix',
  /** Pulls do not keep a subscription alive, which is as short as the camera likes. */
  'kept-by-renewal',
  /** The same, and renewals are refused (XM). */
  'renewal-refused',
  /** Every subscription is forgotten after its first pull. */
  'forgets',
  /** It says that its events cannot be pulled. */
  'no-pull-point',
  /** Its clock says local time where it ought to say UTC; its events say UTC (OpenIPC). */
  'local-time',
  /** Its clock was set while somebody was connected, as twice a year where there is summer time (Dahua). */
  'clock-jumped',
  /** GetServices leaves the event service out. */
  'lists-few-services',
] as const;
export type Quirk = (typeof quirks)[number];

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
  readonly quirk: Quirk | undefined;
}

export type EventAnswer = { readonly kind: 'answer' | 'fault'; readonly xml: string };

export const eventsPath = '/onvif/event_service';
const pointPath = '/onvif/pullpoint/';

/** As cheap cameras: further ones are refused. */
const mostSubscriptions = 10;
const mostWaiting = 100;
const lifetime = minutes(1);
/** Of a camera that wants renewals. */
const shortLifetime = seconds(3);

const isShort = (quirk: Quirk | undefined): boolean => quirk === 'kept-by-renewal' || quirk === 'renewal-refused';
const lifetimeOf = (quirk: Quirk | undefined): Duration => (isShort(quirk) ? shortLifetime : lifetime);

/** What an address of a subscription looks like. */
const addressOf = ({ base, quirk }: EventRequest, id: string): string => {
  const path = `${pointPath}${id}`;
  const odd: Partial<Record<Quirk, string>> = {
    'address-without-host': `http://${path}`,
    'address-of-another-network': `http://192.168.1.10:8899${path}`,
    'address-without-scheme': path,
    'subscription-id': `${base}${eventsPath}`,
  };
  return (quirk && odd[quirk]) ?? `${base}${path}`;
};

const axis = 'http://www.axis.com/2009/event';

const referenceOf = ({ quirk }: EventRequest, id: string): string =>
  quirk === 'subscription-id'
    ? element('wsa5:ReferenceParameters', `<dom0:SubscriptionId xmlns:dom0="${axis}">${id}</dom0:SubscriptionId>`)
    : '';

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

const notification = ({ topic, source, key, data, operation, time }: Waiting, ahead: Duration): string =>
  element(
    'wsnt:NotificationMessage',
    `<wsnt:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">tns1:${escapeXml(topic)}</wsnt:Topic>`,
    element(
      'wsnt:Message',
      `<tt:Message UtcTime="${toTimestamp(time + ahead)}" PropertyOperation="${operation}">${items('tt:Source', source)}${items('tt:Key', key)}${items('tt:Data', data)}</tt:Message>`,
    ),
  );

const fault = (subcode: string, reason: string): EventAnswer => ({ kind: 'fault', xml: soapFault(subcode, reason) });

const capabilitiesOf = ({ quirk }: EventRequest): EventAnswer => ({
  kind: 'answer',
  xml: envelope(
    element(
      'tev:GetServiceCapabilitiesResponse',
      `<tev:Capabilities WSPullPointSupport="${quirk !== 'no-pull-point'}" MaxPullPoints="${mostSubscriptions}"/>`,
    ),
  ),
});

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

  const create = (request: EventRequest): EventAnswer => {
    const { ahead, quirk } = request;
    if (quirk === 'no-pull-point') return fault('ter:ActionNotSupported', 'there is no PullPoint');
    for (const [id, { expires }] of subscriptions) if (expires < clock.steady()) subscriptions.delete(id);
    if (subscriptions.size >= mostSubscriptions) return fault('ter:MaxSubscriptions', 'too many subscriptions');
    const id = String(++count);
    const time = clock.now();
    const subscription: Subscription = {
      waiting: [...known.values()].map(property => ({ ...property, operation: 'Initialized', time })),
      expires: clock.steady() + lifetimeOf(quirk),
      wake: () => {},
    };
    subscriptions.set(id, subscription);
    const reference = element(
      'tev:SubscriptionReference',
      leaf('wsa5:Address', addressOf(request, id)),
      referenceOf(request, id),
    );
    const xml = element('tev:CreatePullPointSubscriptionResponse', reference, times('wsnt', subscription, ahead));
    return { kind: 'answer', xml: envelope(xml) };
  };

  const gone = fault('ter:InvalidArgVal', 'no such subscription');

  const isThere = (id: string): boolean => (subscriptions.get(id)?.expires ?? 0) >= clock.steady();

  const prolong = (id: string, { quirk, ahead }: EventRequest): EventAnswer => {
    const subscription = subscriptions.get(id);
    if (subscription === undefined || !isThere(id)) return gone;
    if (quirk === 'renewal-refused') return fault('wsrf-rw:ResourceUnknownFault', 'Renew failed');
    subscription.expires = clock.steady() + lifetimeOf(quirk);
    return { kind: 'answer', xml: envelope(element('wsnt:RenewResponse', times('wsnt', subscription, ahead))) };
  };

  const pull = async (id: string, xml: string, { ahead, quirk }: EventRequest): Promise<EventAnswer> => {
    const subscription = subscriptions.get(id);
    if (subscription === undefined || !isThere(id)) return gone;
    const asked = find(parseXml(xml), 'Body', 'PullMessages');
    if (asked === undefined) return fault('ter:WellFormed', 'PullMessages expected');
    const patience = durationOf(textAt(asked, 'Timeout') ?? '');
    if (!isShort(quirk)) subscription.expires = clock.steady() + Math.max(lifetime, patience);
    if (subscription.waiting.length === 0) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, isShort(quirk) ? Math.min(patience, seconds(1)) : patience);
        subscription.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    if (subscriptions.get(id) !== subscription) return gone;
    const limit = Number(textAt(asked, 'MessageLimit') ?? 10);
    const messages = subscription.waiting.splice(0, limit).map(waiting => notification(waiting, ahead));
    if (quirk === 'forgets') subscriptions.delete(id);
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
      known.set(JSON.stringify([property.topic, property.source, property.key]), property);
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
      const id =
        /<SubscriptionId[^>]*>(\d+)</.exec(xml)?.[1] ??
        (request.path.startsWith(pointPath) ? request.path.slice(pointPath.length) : '');
      if (operation === 'CreatePullPointSubscription') return Promise.resolve(create(request));
      if (operation === 'PullMessages') return pull(id, xml, request);
      if (operation === 'Renew') return Promise.resolve(prolong(id, request));
      if (operation === 'GetServiceCapabilities' && request.path === eventsPath)
        return Promise.resolve(capabilitiesOf(request));
      return operation === 'Unsubscribe' ? Promise.resolve(end(id)) : undefined;
    },
    [Symbol.dispose]: endAll,
  };
};

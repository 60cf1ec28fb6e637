/** PullPoint subscriptions (ONVIF Core Specification, 9.1 and 9.2): asked for, pulled and given up. Pure. */
import { GatewayError } from '../../../core/errors.ts';
import { type Duration, type Instant, seconds } from '../../../core/time.ts';
import { eventsNamespace, type SoapRequest } from './soap.ts';
import { type Element, escapeXml, find, findAll, textAt } from './xml.ts';

const addressing = 'http://www.w3.org/2005/08/addressing';
const notification = 'http://docs.oasis-open.org/wsn/b-2';

/** A subscription that the camera holds for us. */
export interface Subscription {
  /** As the camera writes it: it may leave its host out, or name one of another network. */
  readonly address: string;
  /** XML that belongs into the header of every later request, such as the SubscriptionId of Axis. */
  readonly reference: string;
}

const wholeSeconds = (duration: Duration): string => `PT${Math.ceil(duration / seconds(1))}S`;

/** The camera forgets the subscription after `lifetime`, unless it is pulled meanwhile. */
export const createPullPointSubscription = (lifetime: Duration): SoapRequest => ({
  namespace: eventsNamespace,
  operation: 'CreatePullPointSubscription',
  action: `${eventsNamespace}/EventPortType/CreatePullPointSubscriptionRequest`,
  parameters: `<InitialTerminationTime>${wholeSeconds(lifetime)}</InitialTerminationTime>`,
});

const toSubscription = ({ address, reference }: Subscription, action: string): string =>
  `<Action xmlns="${addressing}">${action}</Action><To xmlns="${addressing}">${escapeXml(address)}</To>${reference}`;

/** The camera answers at once when there is something, and with nothing after `patience`. */
export const pullMessages = (subscription: Subscription, patience: Duration, limit: number): SoapRequest => {
  const action = `${eventsNamespace}/PullPointSubscription/PullMessagesRequest`;
  return {
    namespace: eventsNamespace,
    operation: 'PullMessages',
    action,
    header: toSubscription(subscription, action),
    parameters: `<Timeout>${wholeSeconds(patience)}</Timeout><MessageLimit>${limit}</MessageLimit>`,
  };
};

/** For cameras whose subscriptions are not kept alive by their being pulled. */
export const renew = (subscription: Subscription, lifetime: Duration): SoapRequest => {
  const action = `${notification.replace('/b-2', '/bw-2')}/SubscriptionManager/RenewRequest`;
  return {
    namespace: notification,
    operation: 'Renew',
    action,
    header: toSubscription(subscription, action),
    parameters: `<TerminationTime>${wholeSeconds(lifetime)}</TerminationTime>`,
  };
};

export const unsubscribe = (subscription: Subscription): SoapRequest => {
  const action = `${notification.replace('/b-2', '/bw-2')}/SubscriptionManager/UnsubscribeRequest`;
  return { namespace: notification, operation: 'Unsubscribe', action, header: toSubscription(subscription, action) };
};

const toXml = ({ name, namespace, text }: Element): string =>
  `<${name} xmlns="${escapeXml(namespace ?? '')}" a:IsReferenceParameter="true" xmlns:a="${addressing}">${escapeXml(text)}</${name}>`;

/** Throws `protocol` when the camera does not say where the subscription is. */
export const parseSubscription = (answer: Element): Subscription => {
  const told = find(answer, 'SubscriptionReference');
  const address = told && textAt(told, 'Address');
  if (told === undefined || address === undefined) {
    throw new GatewayError('protocol', 'the camera does not say where its events are pulled');
  }
  return { address, reference: (find(told, 'ReferenceParameters')?.children ?? []).map(toXml).join('') };
};

/** Of the event service (Core Specification, 9.1.2); asked without a login. */
export const getEventCapabilities: SoapRequest = {
  namespace: eventsNamespace,
  operation: 'GetServiceCapabilities',
  action: `${eventsNamespace}/EventPortType/GetServiceCapabilitiesRequest`,
};

/** Whether the camera says itself that its events cannot be pulled. */
export const refusesPulls = (answer: Element): boolean =>
  /^(?:false|0)$/i.test(find(answer, 'Capabilities')?.attributes.get('WSPullPointSupport') ?? '');

/** How long the subscription lasts after an answer of it, by the camera's own clock; undefined where it does not say. */
export const parseTimeLeft = (answer: Element): Duration | undefined => {
  const left = Date.parse(textAt(answer, 'TerminationTime') ?? '') - (parseCurrentTime(answer) ?? Number.NaN);
  return Number.isNaN(left) ? undefined : left;
};

/** The camera's clock at the time of its answer; undefined where it does not say. */
export const parseCurrentTime = (answer: Element): Instant | undefined => {
  const time = Date.parse(textAt(answer, 'CurrentTime') ?? '');
  return Number.isNaN(time) ? undefined : time;
};

type Items = ReadonlyMap<string, string>;

/** One message of a pull. */
export interface Notification {
  /** Without its prefix: `RuleEngine/CellMotionDetector/Motion`. */
  readonly topic: string;
  /** By the camera's clock; undefined where it is no time. */
  readonly time: Instant | undefined;
  /** Absent of what is no property: it happened. */
  readonly operation: 'Initialized' | 'Changed' | 'Deleted' | undefined;
  readonly source: Items;
  readonly key: Items;
  readonly data: Items;
}

const itemsIn = (message: Element, group: string): Items =>
  new Map(
    findAll(find(message, group) ?? message, 'SimpleItem').flatMap(({ attributes }): [string, string][] => {
      const name = attributes.get('Name');
      return name === undefined ? [] : [[name, attributes.get('Value') ?? '']];
    }),
  );

const operations = ['Initialized', 'Changed', 'Deleted'] as const;

/** What is no message with a topic is left out. */
export const parseMessages = (answer: Element): readonly Notification[] =>
  findAll(answer, 'NotificationMessage').flatMap((each): readonly Notification[] => {
    const message = find(each, 'Message', 'Message');
    const topic = textAt(each, 'Topic');
    if (message === undefined || topic === undefined) return [];
    const time = Date.parse(message.attributes.get('UtcTime') ?? '');
    return [
      {
        topic: topic.replaceAll(/\b\w+:/g, ''),
        time: Number.isNaN(time) ? undefined : time,
        operation: operations.find(operation => operation === message.attributes.get('PropertyOperation')),
        source: itemsIn(message, 'Source'),
        key: itemsIn(message, 'Key'),
        data: itemsIn(message, 'Data'),
      },
    ];
  });

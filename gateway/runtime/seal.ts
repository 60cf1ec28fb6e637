/**
 * Conclusions → CloudEvents 1.0 in JSON (events.md). The one place where an event gets its id, topic and attributes.
 * Pure: the same conclusion gives the same id and, but for the time of recording, the same bytes.
 *
 * This is a hot path (every vessel position passes it): what does not change between two events of one source is
 * written once, the data are serialized once, and no schema is consulted. The tests hold every stage to the schemas.
 */
import { hash } from 'node:crypto';
import { type Cause, type Conclusion, severities } from '../../core/conclusion.ts';
import { GatewayError } from '../../core/errors.ts';
import type { EventStatus, Sealed, TimeQuality } from '../../core/sealed.ts';
import type { DeviceProfile, Site } from '../../core/site.ts';
import { createTimestamps, type Instant, toTimestamp } from '../../core/time.ts';
import { type Classification, classifications } from '../../events/classification.ts';
import type { EventType, Headline } from '../../events/event-type.ts';
import type { StateName } from '../../events/names.ts';
import { correctText, type Dating, tellsOfTheClock, wrongnessAt } from './correction.ts';

export interface RetainedState {
  readonly topic: string;
  readonly body: string;
}

export interface Sealer {
  /** Throws `defect` when the conclusion breaks the contract: an unknown event, non-ASCII attributes, more than 64 KiB. */
  event(conclusion: Conclusion, recordedAt: Instant, timeQuality: TimeQuality): Sealed;
  /** Whether what is concluded under this name is a state: sealed by `retained`, never by `event`. */
  isState(name: string): boolean;
  /** A state that a stage concludes: the newest value of `<service>/state/<source>`. Throws `defect` as `event` does. */
  retained(conclusion: Conclusion, recordedAt: Instant): RetainedState;
  /** Under which events of this name and source are published. Throws `defect` as `event` does. */
  topicOf(name: string, source: string): string;
  /**
   * The newest value of `gateway/state/<name>`. A state that does not fit into one event has further pages
   * (`inventory-2`, …). Throws `defect` as `event` does.
   */
  state(
    name: StateName | `${StateName}-${number}`,
    data: Readonly<Record<string, unknown>>,
    at: Instant,
  ): RetainedState;
}

/** 64 KiB less what the uplink adds: `"streamseq":"0001-000000000412",`. */
const largestBody = 65_536 - 64;

const segment = /^[a-z0-9-]{1,32}$/;
const printable = /^[\x20-\x7e]+$/;
/** Beyond ASCII, where text may not be in NFC. */
const beyondAscii = /[^\x20-\x7e]/;

const defect = (message: string): GatewayError => new GatewayError('defect', message);

/** JSON with every text in NFC, as people at the center search and compare it. */
const toJson = (value: unknown): string => {
  const text = JSON.stringify(value);
  if (!beyondAscii.test(text) || text.normalize('NFC') === text) return text;
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'string' ? part.normalize('NFC') : part));
};

/** What the seal needs to know of a type: nothing that takes a schema library to load. */
export type SealedType = Pick<EventType, 'name' | 'lane' | 'version' | 'hasHeadline' | 'headlineOf'>;

/** What all events of one type, source and device have in common. */
interface Envelope {
  readonly type: SealedType;
  readonly row: Classification;
  readonly topic: string;
  /** Opens the object; ends without a comma. */
  readonly head: string;
  /** Begin of what is hashed. */
  readonly identity: string;
  readonly words: string;
}

/** Devices that have another status now than in the configuration: those that somebody works on. */
export type StatusesNow = ReadonlyMap<string, EventStatus>;

/** `createSealer` makes one of every type. Without `dating` every instant is taken for right. */
export const createSealerOf = (
  types: ReadonlyMap<string, SealedType>,
  site: Site,
  dating?: Dating,
  statuses: StatusesNow = new Map(),
): Sealer => {
  const envelopes = new Map<string, Envelope>();
  const toWhen = createWhen(site.timeZone);
  const toTime = createTimestamps();
  const toRecordedTime = createTimestamps();
  const tail = `"configversion":${JSON.stringify(site.configVersion)}}`;

  const open = (
    name: string,
    source: string,
    device: string | undefined,
    status: EventStatus | undefined,
  ): Envelope => {
    const type = types.get(name);
    if (type === undefined) throw defect(`no type of event is named ${name}`);
    for (const part of [site.city, site.gateway, source])
      if (!segment.test(part)) throw defect(`${name}: "${part}" cannot stand in a topic`);
    const row = classifications[type.name];
    // Of a device that is not configured any more, what it left behind is still told: as a fact of the site.
    const profile = device === undefined ? undefined : site.devices.get(device);
    const [own = ''] = name.split('.');
    const serves = servedBy(own, profile);
    const [major = ''] = type.version.split('.');
    const lane = type.lane;
    const uri = `/ioc/${site.city}/${site.gateway}/${source}`;
    const typeName = `vn.ioc.${name}.v${major}`;
    const agencies = profile?.agencies ?? [];
    const attributes = {
      specversion: '1.0',
      source: uri,
      type: typeName,
      datacontenttype: 'application/json',
      dataschema: `urn:ioc:schema:${name}:${type.version}`,
      services: serves.join(','),
      ...(agencies.length > 0 && { agencies: agencies.join(',') }),
      siteid: profile?.siteId ?? site.siteId,
      areacode: profile?.areaCode ?? site.areaCode,
      eventstatus: status ?? profile?.status ?? site.status,
      historical: false,
      dataclassification: row.classification,
      ...(row.regulation !== undefined && { dataregulation: row.regulation }),
      datacategory: row.category,
    };
    const head = JSON.stringify(attributes).slice(0, -1);
    if (!printable.test(head)) throw defect(`${name}: attributes are ASCII, this is not: ${head}`);
    return {
      type,
      row,
      topic: `ioc/v1/${site.city}/${site.gateway}/${serves[0]}/${lane}/${source}`,
      head,
      identity: `${uri}\n${typeName}\n`,
      words: profile?.name ?? (own === 'gateway' ? site.gateway : source),
    };
  };

  const envelopeOf = (name: string, source: string, device: string | undefined): Envelope => {
    const status = device === undefined ? undefined : statuses.get(device);
    const key = status === undefined ? `${name} ${source} ${device ?? ''}` : `${name} ${source} ${device} ${status}`;
    let envelope = envelopes.get(key);
    if (envelope === undefined) {
      envelope = open(name, source, device, status);
      envelopes.set(key, envelope);
    }
    return envelope;
  };

  /** The event's data with what only the seal knows. */
  const dataOf = ({ type, words }: Envelope, data: Readonly<Record<string, unknown>>, time: Instant): string => {
    const own = toJson(data).slice(1, -1);
    const headline = type.hasHeadline ? type.headlineOf(data, { when: toWhen(time), source: words }) : undefined;
    const start = headline === undefined ? '' : `"headline":${toJson(headline)},`;
    return `{${start}${own}${own === '' ? '' : ','}${tail}`;
  };

  const stateOf = (
    name: string,
    envelope: Envelope,
    subject: string,
    data: Readonly<Record<string, unknown>>,
    at: Instant,
    recordedAt: Instant,
  ): RetainedState => {
    if (!printable.test(subject)) throw defect(`${name}: attributes are ASCII, not "${subject}"`);
    const text = dataOf(envelope, data, at);
    const time = toTimestamp(at);
    const body =
      `${envelope.head},"id":"${idOf(envelope.identity, `${time}\n${text}`, undefined)}","subject":${JSON.stringify(subject)},` +
      `"time":"${time}","recordedtime":"${toTimestamp(recordedAt)}","data":${text}}`;
    checkSize(name, body);
    return { topic: envelope.topic, body };
  };

  /** What is known of an instant, and the boot that belongs into the ids of what happened then. */
  const datedAs = (instant: Instant, recordedAt: Instant, timeQuality: TimeQuality) => {
    const correction = dating?.correction();
    const wrongness = correction && wrongnessAt(correction, recordedAt);
    const wrongBy = wrongness?.(instant);
    const time = instant + (wrongBy ?? 0);
    const known = wrongBy === undefined ? timeQuality : 'estimated';
    const quality: TimeQuality = wrongBy === undefined && dating?.isUnknown(time) ? 'unsynchronized' : known;
    // A key made of instants that were not right may come again, after the next start or when they are.
    const isOfThisBoot = wrongBy !== undefined || quality === 'unsynchronized';
    return { wrongness, time, quality, boot: isOfThisBoot ? dating?.boot : undefined };
  };

  const idOfCause = ({ event, source, time, key }: Cause, recordedAt: Instant, timeQuality: TimeQuality): string =>
    idOf(envelopeOf(event, source, undefined).identity, key, datedAs(time, recordedAt, timeQuality).boot);

  const checkSize = (name: string, body: string): void => {
    // No character of a string takes more than three bytes of UTF-8.
    if (body.length * 3 > largestBody && Buffer.byteLength(body) > largestBody)
      throw defect(`${name}: larger than 64 KiB`);
  };

  return {
    event: (conclusion, recordedAt, timeQuality) => {
      const { event: name, subject, key, severity, correlation, cause, data } = conclusion;
      const envelope = envelopeOf(name, conclusion.source, conclusion.device);
      const { type, row } = envelope;
      if (type.lane === 'state') throw defect(`${name} is a state, not an event`);
      const causation = cause === undefined ? conclusion.causation : idOfCause(cause, recordedAt, timeQuality);
      for (const text of [subject, correlation, causation])
        if (text !== undefined && !printable.test(text)) throw defect(`${name}: attributes are ASCII, not "${text}"`);
      const { wrongness, time, quality, boot } = datedAs(conclusion.time, recordedAt, timeQuality);
      const id = idOf(envelope.identity, key, boot);
      const text = dataOf(envelope, data, time);
      const body =
        `${envelope.head},"id":"${id}",` +
        `"subject":${JSON.stringify(subject)},"time":"${toTime(time)}","recordedtime":"${toRecordedTime(recordedAt)}",` +
        `"timequality":"${quality}"` +
        (severity === undefined ? '' : `,"severitytext":"${severity}","severitynumber":${severities[severity]}`) +
        (correlation === undefined ? '' : `,"correlationid":${JSON.stringify(correlation)}`) +
        (causation === undefined ? '' : `,"causationid":${JSON.stringify(causation)}`) +
        `,"data":${wrongness === undefined || tellsOfTheClock(name) ? text : correctText(text, wrongness)}}`;
      checkSize(name, body);
      return {
        lane: type.lane,
        id,
        topic: envelope.topic,
        time,
        // Before its first synchronization the clock may be decades off: what is counted from it would expire at once.
        ...(quality !== 'unsynchronized' && { expires: recordedAt + row.retention }),
        body,
      };
    },
    isState: name => types.get(name)?.lane === 'state',
    topicOf: (name, source) => envelopeOf(name, source, undefined).topic,
    retained: ({ event, source, device, subject, data, time }, recordedAt) =>
      stateOf(event, envelopeOf(event, source, device), subject, data, time, recordedAt),
    state: (name, data, at) => {
      const [word = ''] = name.split('-');
      const event = `gateway.${word}.reported`;
      return stateOf(event, envelopeOf(event, name, undefined), `gateway/${site.gateway}`, data, at, at);
    },
  };
};

/** The first 128 bits of SHA-256 over (source, type, the occurrence's own key): the same again after a crash or a replay. */
const idOf = (identity: string, key: string, boot: string | undefined): string =>
  hash('sha256', identity + (boot === undefined ? key : `${key}\n${boot}`), 'hex').slice(0, 32);

/**
 * The services of an event, its topic's first. What the gateway says of a device is the gateway's business, whichever
 * service the device serves; a warning is one before it is anything else.
 */
const servedBy = (own: string, profile: DeviceProfile | undefined): readonly string[] => {
  if (own === 'gateway' || profile === undefined) return [own];
  const served = [profile.service, ...profile.alsoServes];
  return own === 'warning' ? [own, ...served.filter(service => service !== own)] : served;
};

/** `lúc 08:12 ngày 23/11`, `at 08:12 on 23 Nov`, as the clocks at the site show it. */
export const createWhen = (timeZone: string): ((at: Instant) => Headline) => {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    day: '2-digit',
    month: '2-digit',
  });
  return at => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
    const [hour, minute] = [parts.get('hour') ?? '', parts.get('minute') ?? ''];
    const [day, month] = [parts.get('day') ?? '', parts.get('month') ?? ''];
    return {
      vi: `lúc ${hour}:${minute} ngày ${day}/${month}`,
      en: `at ${hour}:${minute} on ${Number(day)} ${months[Number(month) - 1] ?? ''}`,
    };
  };
};

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

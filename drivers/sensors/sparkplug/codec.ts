/**
 * Messages of a Sparkplug B edge node ⇄ measurements of one of its devices. Births say what metrics there are and by which
 * numbers (aliases) data name them, so data mean nothing without one; a death ends that.
 */
import type { Chunk } from '../../../core/chunk.ts';
import type { Decoded, Decoder } from '../../../core/driver.ts';
import type { Measurement } from '../../../core/observation.ts';
import { quantities, toQuantityUnit } from '../../../core/quantity.ts';
import { hours, type Instant } from '../../../core/time.ts';
import {
  birthNumberMetric,
  decodePayload,
  type Held,
  type Metric,
  type Payload,
  rebirthMetric,
} from '../../protocols/sparkplug/payload.ts';
import type { SparkplugConfig } from './config.ts';
import { createSequence } from './sequence.ts';

/** Before this instant a node's clock was never set. */
const earliestTime = Date.UTC(2020, 0, 1);

/** Names by aliases of a birth beyond these are forgotten: they would have to come by name. */
const mostAliases = 16_384;

/** Qualities as of OPC UA that are good. */
const isGood = (quality: number): boolean => quality >= 192 && quality < 256;

/** What the driver has to do about a message, beside passing on what it says. */
export type Matter =
  | 'none'
  /** The node said who it is. */
  | 'born'
  /** Somebody asked the node for its births. */
  | 'asked'
  /** Data that mean nothing without a birth that was missed. */
  | 'unknown'
  /** The device is gone. */
  | 'dead';

export interface Read {
  readonly decoded: readonly Decoded[];
  readonly matter: Matter;
}

export interface EdgeNode {
  read(chunk: Chunk): Read;
  /** Whether messages were lost on their way. */
  isBroken(now: Instant): boolean;
}

const ignored = (reason: string): Decoded => ({ kind: 'ignored', reason });
const malformed = (reason: string): Decoded => ({ kind: 'malformed', reason });

const noNumbers: Readonly<Record<Exclude<Held, number>, string>> = {
  nothing: 'null',
  'no-number': 'no-number',
  dataset: 'dataset',
  template: 'template',
};

interface Birth {
  readonly names: ReadonlyMap<string, string>;
  readonly datatypes: ReadonlyMap<string, number>;
}

const birthOf = ({ metrics }: Payload, wanted: ReadonlySet<string>): Birth => {
  const names = new Map<string, string>();
  const datatypes = new Map<string, number>();
  for (const { name, alias, datatype } of metrics) {
    if (name === undefined) continue;
    if (alias !== undefined && names.size < mostAliases) names.set(alias, wanted.has(name) ? name : '');
    if (datatype !== undefined && wanted.has(name)) datatypes.set(name, datatype);
  }
  return { names, datatypes };
};

const silent: Read = { decoded: [], matter: 'none' };

/** One connection's knowledge of the node. What other devices of it say gives nothing, not even a sign of life. */
export const createEdgeNode = (config: SparkplugConfig, device: string): EdgeNode => {
  const wanted = new Map(config.metrics.map(metric => [metric.name, metric]));
  const names = new Set(wanted.keys());
  const sequence = createSequence();
  let birth: Birth | undefined;
  let isBorn = false;
  /** The number of the node's birth, which its death repeats; undefined where it tells none. */
  let birthNumber: Held | undefined;

  const timeOf = (
    metric: Metric,
    payload: Payload,
    receivedAt: Instant,
  ): Pick<Measurement, 'time' | 'timeFrom'> | string => {
    const time = metric.time ?? payload.time;
    const isSet = time !== undefined && time >= earliestTime && time <= receivedAt + hours(24);
    if (isSet) return { time, timeFrom: 'device' };
    return metric.isHistorical ? 'undated' : { time: receivedAt, timeFrom: 'gateway' };
  };

  const measured = (metric: Metric, name: string, payload: Payload, receivedAt: Instant): Decoded | undefined => {
    const how = wanted.get(name);
    if (how === undefined) return undefined;
    if (metric.quality !== undefined && !isGood(metric.quality)) return ignored('bad-quality');
    const held = metric.held(birth?.datatypes.get(name));
    if (typeof held !== 'number') return ignored(noNumbers[held]);
    const { quantity, unit = quantities[quantity].unit } = how;
    const value = toQuantityUnit(quantity, held, unit);
    if (value === undefined || !Number.isFinite(value)) return malformed('no-finite-number');
    const when = timeOf(metric, payload, receivedAt);
    if (typeof when === 'string') return ignored(when);
    return { kind: 'observation', observation: { kind: 'measurement', device, ...when, quantity, value } };
  };

  const measure = (payload: Payload, receivedAt: Instant): Read => {
    // Also what comes by its name has its type from the birth.
    if (birth === undefined) return { decoded: [ignored('before-birth')], matter: 'unknown' };
    const decoded: Decoded[] = [];
    let isUnknown = false;
    for (const metric of payload.metrics) {
      const name = metric.name ?? (metric.alias === undefined ? undefined : birth.names.get(metric.alias));
      if (name !== undefined) {
        const one = measured(metric, name, payload, receivedAt);
        if (one !== undefined) decoded.push(one);
      } else if (metric.alias === undefined) decoded.push(malformed('nameless'));
      else {
        isUnknown = true;
        decoded.push(ignored('unknown-alias'));
      }
    }
    return { decoded: decoded.length > 0 ? decoded : [ignored('no-value')], matter: isUnknown ? 'unknown' : 'none' };
  };

  const birthNumberIn = ({ metrics }: Payload): Held | undefined =>
    metrics.find(({ name }) => name === birthNumberMetric)?.held(undefined);

  const readNode = (verb: string, payload: Payload, receivedAt: Instant): Read => {
    const isOurs = config.device === undefined;
    switch (verb) {
      case 'NBIRTH':
        sequence.begin(payload.sequence ?? 0);
        [isBorn, birthNumber] = [true, birthNumberIn(payload)];
        // Devices are born after their node, each time.
        birth = isOurs ? birthOf(payload, names) : undefined;
        return { decoded: isOurs ? measure(payload, receivedAt).decoded : [], matter: 'born' };
      case 'NDEATH':
        // A broker that kept it sends the death of an earlier connection, and a Will may come after the next birth.
        if (!isBorn || (birthNumber !== undefined && birthNumberIn(payload) !== birthNumber)) return silent;
        [isBorn, birth] = [false, undefined];
        return { decoded: [], matter: 'dead' };
      case 'NCMD':
        return payload.metrics.some(({ name }) => name === rebirthMetric) ? { decoded: [], matter: 'asked' } : silent;
      case 'NDATA':
        return isOurs ? measure(payload, receivedAt) : silent;
      default:
        return silent;
    }
  };

  const readDevice = (verb: string, payload: Payload, receivedAt: Instant): Read => {
    switch (verb) {
      case 'DBIRTH':
        birth = birthOf(payload, names);
        return measure(payload, receivedAt);
      case 'DDEATH':
        birth = undefined;
        return { decoded: [], matter: 'dead' };
      case 'DDATA':
        return measure(payload, receivedAt);
      default:
        return silent;
    }
  };

  return {
    read: ({ bytes, channel = '', receivedAt, retained = false }) => {
      const [space, group, verb = '', node, ofDevice] = channel.split('/');
      if (space !== 'spBv1.0' || group !== config.group || node !== config.edgeNode) return silent;
      // Nothing of an edge node is retained (§6.4): somebody else keeps it, and it tells how things were.
      if (retained) return silent;
      const isOurs = ofDevice === config.device;
      const payload = decodePayload(bytes);
      if (payload === undefined) return isOurs ? { decoded: [malformed('no-payload')], matter: 'none' } : silent;
      // Commands and the Will stand outside of the sequence, and a birth of the node begins it.
      if (payload.sequence !== undefined && !/^(?:NBIRTH|NDEATH|.CMD)$/.test(verb))
        if (sequence.accept(payload.sequence, receivedAt) === 'again')
          return isOurs ? { decoded: [ignored('duplicate')], matter: 'none' } : silent;
      if (ofDevice === undefined) return readNode(verb, payload, receivedAt);
      return isOurs ? readDevice(verb, payload, receivedAt) : silent;
    },
    isBroken: now => sequence.isBroken(now),
  };
};

/** What messages alone say, for the conformance suite and `haidang decode`. */
export const createDecoder = (config: SparkplugConfig, device: string): Decoder => {
  const node = createEdgeNode(config, device);
  return chunk => node.read(chunk).decoded;
};

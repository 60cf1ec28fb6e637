/**
 * Texts and application messages of AIS → events, each once for some time: stations repeat them, and several receivers
 * hear them.
 */
import { hash } from 'node:crypto';
import type { Conclusion } from '../../core/conclusion.ts';
import { toMmsiKind } from '../../core/mmsi.ts';
import type { ApplicationMessage, SafetyText } from '../../core/observation.ts';
import type { Site } from '../../core/site.ts';
import { type Duration, type Instant, toTimestamp } from '../../core/time.ts';
import type { MmsiKind, VesselIdentity } from '../../core/vessel.ts';
import { subjectOf } from '../../core/vessel-fields.ts';
import { contentOf } from './content.ts';

type Message = SafetyText | ApplicationMessage;

export interface Messages {
  /** By sender and content, newest last: when it was last told. Not saved: after a restart all is told once more. */
  readonly told: Map<string, Instant>;
  /** Registered vessels, by MMSI: the others are called by it. */
  readonly registered: Map<number, VesselIdentity>;
}

/** Beyond these the oldest are forgotten: what is on the air can be forged. */
const maximumTold = 10_000;
const maximumRegistered = 100_000;
const saidLength = 24;

export const createMessages = (): Messages => ({ told: new Map(), registered: new Map() });

const limit = <Key>(map: Map<Key, unknown>, maximum: number): void => {
  if (map.size <= maximum) return;
  const oldest = map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
};

/** Remembers who an MMSI is, where it has a registration mark. */
export const meet = ({ registered }: Messages, vessel: VesselIdentity): void => {
  const { mmsi } = vessel;
  if (mmsi === undefined) return;
  if (vessel.registry === undefined) {
    registered.delete(mmsi);
    return;
  }
  if (registered.get(mmsi) === vessel) return;
  registered.set(mmsi, vessel);
  limit(registered, maximumRegistered);
};

/** What of the message tells it from others of its sender, beside when and by whom it was heard. */
const saidBy = (message: Message): string =>
  message.kind === 'safety-text'
    ? message.text
    : `${message.designatedAreaCode}/${message.functionIdentifier}/${message.hex}`;

/** The event's key, or undefined when the same was told within `every`. */
const takeOnce = ({ told }: Messages, message: Message, every: Duration): string | undefined => {
  const { kind, mmsi, toMmsi, time } = message;
  const key = hash('sha256', `${kind}/${mmsi}/${toMmsi}/${saidBy(message)}`, 'hex').slice(0, saidLength);
  const last = told.get(key);
  if (last !== undefined && Math.abs(time - last) < every) return undefined;
  told.delete(key);
  told.set(key, time);
  limit(told, maximumTold);
  return `${key}/${time}`;
};

/** Sea marks and coast stations have subjects of their own. */
const nouns: Partial<Record<MmsiKind, string>> = {
  'coast-station': 'base-station',
  'navigation-aid': 'navigation-aid',
};

/** Undefined when the same was told lately. `called` is the vessel that is called by the sender's MMSI, where it is known. */
export const takeMessage = (
  messages: Messages,
  message: Message,
  called: VesselIdentity | undefined,
  every: Duration,
  site: Site,
): Conclusion | undefined => {
  const key = takeOnce(messages, message, every);
  if (key === undefined) return undefined;
  const { device, mmsi, toMmsi, time } = message;
  const vessel = messages.registered.get(mmsi) ?? called;
  const kind = vessel?.mmsiKind ?? toMmsiKind(mmsi);
  const name = vessel?.registry?.name ?? vessel?.name;
  const mark = vessel?.registry?.mark;
  const common = {
    kind: 'conclusion',
    source: device,
    device,
    subject: vessel === undefined ? `${nouns[kind] ?? 'vessel'}/mmsi/${mmsi}` : subjectOf(vessel),
    time,
    key,
  } as const;
  const data = {
    sender: { mmsi, kind, ...(name !== undefined && { name }), ...(mark !== undefined && { mark }) },
    ...(toMmsi !== undefined && { toMmsi }),
    observedAt: toTimestamp(time),
    dataProvider: 'AIS',
    refDevice: `urn:ngsi-ld:Device:${site.city}-${site.gateway}-${device}`,
  };
  if (message.kind === 'safety-text')
    return {
      ...common,
      event: 'fishing-vessel.safety-text.received',
      severity: 'MEDIUM',
      data: { ...data, text: message.text },
    };
  const { designatedAreaCode, functionIdentifier } = message;
  return {
    ...common,
    event: 'fishing-vessel.application-message.received',
    data: { ...data, designatedAreaCode, functionIdentifier, ...contentOf(message) },
  };
};

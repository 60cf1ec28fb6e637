/** Where the answer to a message goes, and what it says. */

import { commandRefusals } from '../../core/command-refusal.ts';
import type { CommandAnswer, IncomingCommand } from '../../core/sink.ts';
import type { Site } from '../../core/site.ts';
import { type Instant, toTimestamp } from '../../core/time.ts';
import type { CommandRecord, Outcome } from './records.ts';
import type { Refused } from './verify.ts';

export type ReplyAddress = Omit<CommandAnswer, 'payload'>;

/** The uplinks subscribe to it. */
export const commandFilterOf = ({ city, gateway }: Pick<Site, 'city' | 'gateway'>): string =>
  `ioc/v1/${city}/${gateway}/gateway/cmd/+`;

/** Whom a topic of ours says that it comes from; undefined for every other topic. */
export const senderOf = (topic: string, site: Pick<Site, 'city' | 'gateway'>): string | undefined => {
  const [sender, ...rest] = topic.split('/').toReversed();
  const isOurs = [...rest.toReversed(), '+'].join('/') === commandFilterOf(site);
  return isOurs && sender !== undefined && /^[a-z0-9-]{1,32}$/.test(sender) ? sender : undefined;
};

/** Below `ioc/` only answers: nobody makes the gateway write events or states of another one, or commands. */
const isFit = (topic: string): boolean => {
  if (topic === '' || topic.length > 512 || /[+#\0]/.test(topic) || topic.startsWith('$')) return false;
  const segments = topic.split('/');
  return segments[0] !== 'ioc' || (segments.length === 7 && segments[5] === 'ack');
};

/** To the response topic (MQTT 5, clause 4.10) or, by convention, to `…/gateway/ack/<sender>`. */
export const replyAddressOf = (message: IncomingCommand, sender: string, site: Site): ReplyAddress => {
  const { sink, responseTopic, correlationData } = message;
  const topic =
    responseTopic !== undefined && isFit(responseTopic)
      ? responseTopic
      : `ioc/v1/${site.city}/${site.gateway}/gateway/ack/${sender}`;
  return { sink, topic, ...(correlationData !== undefined && { correlationData }) };
};

/** Both as `events/command-answer.ts` publishes them. */
export const outcomeAnswer = (
  site: Site,
  { jti, command }: Pick<CommandRecord, 'jti' | 'command'>,
  { at, outcome }: { readonly at: Instant; readonly outcome: Outcome },
  repeated: 'repeated' | 'first',
): string =>
  JSON.stringify({
    jti,
    gateway: `${site.city}/${site.gateway}`,
    command,
    time: toTimestamp(at),
    ...outcome,
    ...(repeated === 'repeated' && { repeated: true }),
  });

export const refusalAnswer = (site: Site, { reason, message, signed }: Refused, at: Instant): string =>
  JSON.stringify({
    ...(signed !== undefined && { jti: signed.claims.jti, command: signed.claims.command }),
    gateway: `${site.city}/${site.gateway}`,
    time: toTimestamp(at),
    status: 'refused',
    reason,
    message,
    advice: commandRefusals[reason].advice,
  });

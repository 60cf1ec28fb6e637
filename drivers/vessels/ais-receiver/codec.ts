/** What an AIS receiver sends: NMEA 0183 sentences, with or without TAG blocks or JSON around them, as observations. */
import type { Decoded, Decoder, MessageDecoder } from '../../../core/driver.ts';
import { perChannel } from '../../../core/framing.ts';
import type { Instant } from '../../../core/time.ts';
import { appendFields } from '../../protocols/ais/json-fields.ts';
import { appendObservations, applicationOf, type Heard } from '../../protocols/ais/observations.ts';
import { createAisReader } from '../../protocols/ais/reader.ts';
import { hasToken } from '../../protocols/nmea0183/reader.ts';

type ChannelDecoder = (bytes: Uint8Array, receivedAt: Instant) => readonly Decoded[];

const otherSentence: Decoded = { kind: 'ignored', reason: 'other-sentence' };

const createChannelDecoder = (device: string): ChannelDecoder => {
  let out: Decoded[] = [];
  let now: Instant = 0;
  const heard = (time: Instant | undefined): Heard => ({
    device,
    time: time ?? now,
    timeFrom: time === undefined ? 'gateway' : 'device',
  });
  const read = createAisReader({
    message: (message, symbols, bits, time) => appendObservations(message, symbols, bits, heard(time), out),
    fields: (fields, time) => appendFields(fields, heard(time), out),
    other: () => out.push(otherSentence),
    fault: reason => out.push({ kind: 'malformed', reason }),
  });
  return (bytes, receivedAt) => {
    out = [];
    now = receivedAt;
    read(bytes, receivedAt);
    return out;
  };
};

const noToken: readonly Decoded[] = [{ kind: 'malformed', reason: 'no-token' }];

/**
 * Each sender (TCP peer, UDP sender) has its own unfinished sentences and messages. With `iec-61162-450` a chunk is a
 * datagram, and one that does not begin with the token of that standard is refused whole.
 */
export const createDecoder = (device: string, datagrams: 'any' | 'iec-61162-450' = 'any'): Decoder => {
  const decoderOf = perChannel(() => createChannelDecoder(device));
  return ({ bytes, channel, receivedAt }) =>
    datagrams === 'iec-61162-450' && !hasToken(bytes) ? noToken : decoderOf(channel)(bytes, receivedAt);
};

const createChannelMessageDecoder = (): ((bytes: Uint8Array, receivedAt: Instant) => readonly object[]) => {
  let out: object[] = [];
  const stamp = (time: Instant | undefined): object => (time === undefined ? {} : { time });
  const read = createAisReader({
    message: (message, symbols, bits, time) =>
      out.push({ ...stamp(time), ...message, ...applicationOf(message, symbols, bits) }),
    fields: (fields, time) => out.push({ ...stamp(time), fields }),
    other: () => out.push(otherSentence),
    fault: reason => out.push({ kind: 'malformed', reason }),
  });
  return (bytes, receivedAt) => {
    out = [];
    read(bytes, receivedAt);
    return out;
  };
};

/** Typed messages of all types as they come, with the time of their TAG block where they have one. */
export const createMessageDecoder = (): MessageDecoder => {
  const decoderOf = perChannel(createChannelMessageDecoder);
  return ({ bytes, channel, receivedAt }) => decoderOf(channel)(bytes, receivedAt);
};

/**
 * QoS 1 PUBLISH packets, many to a write (MQTT 5.0 and 3.1.1, clause 3.3). MQTT.js keeps a promise and two maps for
 * each publish; an uplink that keeps its own window needs neither. An event's stream number is put into its JSON here,
 * since stored bodies carry none.
 */
export interface PublishWriter {
  /** What is written from now on leaves at this time: RFC 3339 in UTC with milliseconds. Goes with MQTT 5 only. */
  leavesAt(time: string): void;
  /** Returns the packet's size in bytes. */
  event(packetId: number, event: NumberedEvent): number;
  /** An empty body clears the topic. */
  retained(packetId: number, topic: string, body: Uint8Array): number;
  /** To the sender of a command; what it knows the command by goes with it (MQTT 5). */
  answer(packetId: number, topic: string, body: Uint8Array, correlationData: Uint8Array | undefined): number;
  /** Hands over everything written since the last call. */
  flush(): void;
}

export interface NumberedEvent {
  readonly topic: string;
  /** One JSON object with at least one member, in UTF-8. */
  readonly body: Uint8Array;
  readonly number: number;
  readonly historical: boolean;
}

const chunkBytes = 256 * 1024;
const openBrace = Buffer.from('{');

/** PUBLISH, QoS 1. */
const publish = 0x32;
const retain = 0x01;

/** Content Type (3.3.2.3.9), as the MQTT binding of CloudEvents asks for structured mode. */
const contentType = (): Buffer => {
  const value = Buffer.from('application/cloudevents+json');
  return Buffer.concat([Buffer.from([0x03, 0, value.length]), value]);
};

/** User Property (3.3.2.3.7). */
const userProperty = (name: string, value: string): Buffer =>
  Buffer.concat([
    Buffer.from([0x26, 0, name.length]),
    Buffer.from(name),
    Buffer.from([0, value.length]),
    Buffer.from(value),
  ]);

/** Correlation Data (3.3.2.3.6). */
const correlation = (value: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([0x09, value.length >>> 8, value.length & 0xff]), value]);

/** Properties shorter than 16 KiB, with their length. */
const properties = (...parts: readonly Buffer[]): Buffer => {
  const all = Buffer.concat(parts);
  const { length } = all;
  return Buffer.concat([Buffer.from(length < 0x80 ? [length] : [(length & 0x7f) | 0x80, length >>> 7]), all]);
};

export const createPublishWriter = (protocol: 4 | 5, epoch: string, send: (bytes: Buffer) => void): PublishWriter => {
  const none = protocol === 5 ? properties() : Buffer.alloc(0);
  const noTime = '0000-00-00T00:00:00.000Z';
  const sentTime = userProperty('senttime', noTime);
  const live = protocol === 5 ? properties(contentType(), sentTime) : none;
  const historical = protocol === 5 ? properties(contentType(), userProperty('historical', 'true'), sentTime) : none;
  const prefix = Buffer.from(`{"streamseq":"${epoch}-000000000000",`);
  const lastDigit = prefix.length - 3;

  let chunk = Buffer.allocUnsafe(chunkBytes);
  let sent = 0;
  let at = 0;

  const flush = (): void => {
    if (at > sent) send(chunk.subarray(sent, at));
    sent = at;
  };

  const write = (
    head: number,
    packetId: number,
    topic: string,
    extra: Buffer,
    start: Buffer | undefined,
    body: Uint8Array,
  ): number => {
    const payload = start === undefined ? body.length : start.length + body.length - 1;
    let remaining = 2 + topic.length + 2 + extra.length + payload;
    const size = 5 + remaining;
    if (at + size > chunk.length) {
      flush();
      chunk = Buffer.allocUnsafe(Math.max(chunkBytes, size));
      sent = 0;
      at = 0;
    }
    const began = at;
    chunk[at++] = head;
    do {
      const digit = remaining & 0x7f;
      remaining >>>= 7;
      chunk[at++] = remaining > 0 ? digit | 0x80 : digit;
    } while (remaining > 0);
    chunk[at++] = topic.length >>> 8;
    chunk[at++] = topic.length & 0xff;
    at += chunk.write(topic, at, 'latin1');
    chunk[at++] = packetId >>> 8;
    chunk[at++] = packetId & 0xff;
    chunk.set(extra, at);
    at += extra.length;
    if (start === undefined) chunk.set(body, at);
    else {
      chunk.set(start, at);
      // The object's own brace stands in `start`.
      chunk.set(body.subarray(openBrace.length), at + start.length);
    }
    at += payload;
    return at - began;
  };

  return {
    leavesAt: time => {
      if (protocol !== 5 || time.length !== noTime.length) return;
      for (const extra of [live, historical]) extra.write(time, extra.length - noTime.length, 'latin1');
    },
    event: (packetId, { topic, body, number, historical: isHistorical }) => {
      let rest = number;
      for (let digit = lastDigit; digit > lastDigit - 12; digit--) {
        prefix[digit] = 0x30 + (rest % 10);
        rest = Math.floor(rest / 10);
      }
      return write(publish, packetId, topic, isHistorical ? historical : live, prefix, body);
    },
    retained: (packetId, topic, body) =>
      write(publish | retain, packetId, topic, body.length > 0 ? live : none, undefined, body),
    answer: (packetId, topic, body, correlationData) => {
      const extra = protocol === 5 && correlationData !== undefined ? properties(correlation(correlationData)) : none;
      return write(publish, packetId, topic, extra, undefined, body);
    },
    flush,
  };
};

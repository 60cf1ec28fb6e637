import { once } from 'node:events';
import { fstatSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { explain } from '../../config/explain.ts';
import { formatPath } from '../../config/judge.ts';
import type { Chunk } from '../../core/chunk.ts';
import { defineCommand } from '../../core/command-line.ts';
import type { Decoder, MessageDecoder } from '../../core/driver.ts';
import { GatewayError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { drivers } from '../../drivers/registry.generated.ts';

/** A codec does not care how its device is connected; some slices demand to know. */
const anyConnection = { connection: { transport: 'tcp-client', host: 'localhost', port: 1 } };

const parseConfigText = (text: string): Record<string, unknown> => {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed };
  } catch {
    // Said below, in our words.
  }
  throw new GatewayError('config', `--config is not a JSON object: ${text.slice(0, 80)}`, {
    advice: `Write for example --config '{"values": […]}'.`,
  });
};

const decoderOf = (
  name: string,
  slice: Readonly<Record<string, unknown>>,
  what: 'observations' | 'messages',
): Decoder | MessageDecoder => {
  const driver = drivers.find(known => known.name === name);
  if (driver === undefined) {
    const near = nearest(
      name,
      drivers.map(known => known.name),
    );
    throw new GatewayError('config', `there is no driver ${name}`, {
      advice: near === undefined ? 'See `haidang devices`.' : `Did you mean ${near}?`,
    });
  }
  if (driver.host === 'vision') {
    throw new GatewayError('unsupported', `${name} gives pictures: no bytes of ours are decoded there`, {
      advice: 'Try `haidang models try` with a picture.',
    });
  }
  const candidates = [slice, { ...anyConnection, ...slice }];
  const config = candidates.find(candidate => driver.schema.safeParse(candidate).success);
  if (config === undefined) {
    const { error } = driver.schema.safeParse({ ...anyConnection, ...slice }, { reportInput: true });
    const findings = error === undefined ? [] : explain(driver.schema, error, { name, known: [] });
    const lines = findings
      // What was put in for the connection is not the caller's.
      .filter(({ path }) => path[0] !== 'connection' || 'connection' in slice)
      .map(({ path, message, advice }) => `  ${formatPath(path)}: ${message}. ${advice ?? ''}`.trimEnd());
    throw new GatewayError('config', [`${name} does not decode with this configuration`, ...lines].join('\n'), {
      advice: `Give the driver's keys as JSON: --config '{"…": …}'.`,
    });
  }
  const device = driver.bind(name, config);
  if (what === 'messages') {
    const reader = device.createMessageDecoder?.();
    if (reader !== undefined) return reader;
    throw new GatewayError('unsupported', `${name} has no messages that say more than its observations`, {
      advice: 'Leave out --messages.',
    });
  }
  const decoder = device.createDecoder();
  if (decoder === undefined) {
    throw new GatewayError('unsupported', `${name} reads a protocol of which no bytes can be decoded alone`);
  }
  return decoder;
};

const hexBytes = (line: string): Uint8Array => {
  const digits = line.replaceAll(/\s/g, '');
  if (digits.length % 2 === 1 || /[^0-9A-Fa-f]/.test(digits)) {
    throw new GatewayError('config', `not hexadecimal: ${line.slice(0, 80)}`, {
      advice: 'Write two hexadecimal digits for each byte, one chunk a line.',
    });
  }
  return Buffer.from(digits, 'hex');
};

const largestDocument = 16 * 1024 * 1024;

const readWhole = async (): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const bytes of process.stdin) {
    length += bytes.length;
    if (length > largestDocument) throw new GatewayError('config', 'standard input is larger than 16 MiB');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
};

export const decodeCommand = defineCommand({
  name: 'decode',
  summary: "Decode bytes from standard input by a driver's codec alone: one JSON line for each piece.",
  usage: 'DRIVER',
  options: {
    hex: { type: 'boolean', summary: 'Each line is one chunk in hexadecimal digits.' },
    lines: { type: 'boolean', summary: 'Each line is one chunk, without its end of line.' },
    whole: { type: 'boolean', summary: 'The whole input is one chunk: a document, up to 16 MiB.' },
    messages: {
      type: 'boolean',
      summary: "The protocol's own messages with every field (AIS 1 to 27), not what the gateway makes of them.",
    },
    channel: { type: 'string', value: 'TEXT', summary: 'Where the chunks came from: an MQTT topic, a peer.' },
    at: { type: 'string', value: 'TIME', summary: 'Time of their arrival, as 2026-11-23T08:00:00Z; now when absent.' },
    config: { type: 'string', value: 'JSON', summary: "The driver's own keys of a device's configuration." },
  },
  examples: [
    { line: 'ais-receiver < capture.nmea', summary: 'Decode a recording' },
    { line: 'ais-receiver --messages < capture.nmea', summary: 'See every field of every AIS message' },
    { line: 'pms5003 --hex < frames.txt', summary: 'Decode frames written as hexadecimal digits' },
  ],
  run: async ({ values, positionals: [name = ''], out }) => {
    if (fstatSync(process.stdin.fd).isDirectory()) {
      throw new GatewayError('config', 'standard input is a folder', { advice: 'Give a file: < capture.nmea' });
    }
    const decode = decoderOf(
      name,
      values.config === undefined ? {} : parseConfigText(values.config),
      values.messages === true ? 'messages' : 'observations',
    );
    const at = values.at === undefined ? undefined : Date.parse(values.at);
    if (Number.isNaN(at)) throw new GatewayError('config', `--at is not a time: ${values.at}`);
    const chunk = (bytes: Uint8Array): Chunk => ({
      bytes,
      receivedAt: at ?? Date.now(),
      ...(values.channel !== undefined && { channel: values.channel }),
    });
    const write = async (pieces: readonly object[]): Promise<void> => {
      if (pieces.length > 0) out(pieces.map(piece => `${JSON.stringify(piece)}\n`).join(''));
      // A day's recording must not pile up in memory before a slow reader.
      if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
    };
    if (values.hex === true || values.lines === true) {
      for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
        if (values.hex === true && line.trim() === '') continue;
        await write(decode(chunk(values.hex === true ? hexBytes(line) : Buffer.from(line))));
      }
      return 0;
    }
    if (values.whole === true) {
      await write(decode(chunk(await readWhole())));
      return 0;
    }
    for await (const bytes of process.stdin) await write(decode(chunk(bytes)));
    return 0;
  },
});

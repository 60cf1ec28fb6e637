/** What an AIS receiver sends: NMEA 0183 sentences, with or without TAG blocks, as observations. */
import type { Decoded, Decoder } from '../../../core/driver.ts';
import { perChannel } from '../../../core/framing.ts';
import type { Instant } from '../../../core/time.ts';
import { createAssembly } from '../../protocols/ais/assembly.ts';
import { createSentenceReader, type NmeaFault } from '../../protocols/nmea0183/reader.ts';
import { createTagGroups } from '../../protocols/nmea0183/tag-block.ts';

const faults: Readonly<Record<NmeaFault, Decoded>> = {
  noise: { kind: 'malformed', reason: 'noise' },
  truncated: { kind: 'malformed', reason: 'truncated' },
  'too-long': { kind: 'malformed', reason: 'too-long' },
  'bad-checksum': { kind: 'malformed', reason: 'bad-checksum' },
  'bad-tag-block': { kind: 'malformed', reason: 'bad-tag-block' },
};

type ChannelDecoder = (bytes: Uint8Array, receivedAt: Instant) => readonly Decoded[];

const createChannelDecoder = (device: string): ChannelDecoder => {
  const assemble = createAssembly(device);
  const withGroup = createTagGroups();
  let out: Decoded[] = [];
  let now: Instant = 0;
  const read = createSentenceReader({
    sentence: (bytes, start, end, tag) =>
      assemble(bytes, start, end, tag === undefined ? tag : withGroup(tag, now), now, out),
    fault: reason => out.push(faults[reason]),
  });
  return (bytes, receivedAt) => {
    out = [];
    now = receivedAt;
    read(bytes);
    return out;
  };
};

/** Each sender (TCP peer, UDP sender) has its own unfinished sentences and messages. */
export const createDecoder = (device: string): Decoder => {
  const decoderOf = perChannel(() => createChannelDecoder(device));
  return chunk => decoderOf(chunk.channel)(chunk.bytes, chunk.receivedAt);
};

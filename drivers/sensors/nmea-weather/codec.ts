/** Sentences of weather stations and sounders → measurements, with the device's own time where it sends ZDA. */
import type { Decoded, Decoder } from '../../../core/driver.ts';
import { perChannel } from '../../../core/framing.ts';
import type { QuantityName } from '../../../core/quantity.ts';
import { type Instant, minutes } from '../../../core/time.ts';
import { withChecksum } from '../../protocols/nmea0183/checksum.ts';
import { createSentenceReader } from '../../protocols/nmea0183/reader.ts';
import { type Fields, type Reading, readDbt, readDpt, readMwv, readRows, readXdr, rows, timeIn } from './sentences.ts';

export const winds = ['MDA', 'MWV-R', 'MWV-T'] as const;
export const depths = ['DBT', 'DPT'] as const;

export interface Choice {
  /** The sentence whose wind is reported; the others say the same wind in another way. */
  readonly windFrom: (typeof winds)[number];
  /** Where the zero mark of the wind sensor points, degrees from true north. */
  readonly windZeroAt: number;
  readonly depthFrom: (typeof depths)[number];
  /** What the transducers of XDR measure, by name. */
  readonly transducers: Readonly<Record<string, QuantityName>>;
}

/** For so long after a ZDA the clock of the device is taken to run as that of the gateway. */
const clockHolds = minutes(2);

const mwvReferences = { MDA: undefined, 'MWV-R': 'R', 'MWV-T': 'T' } as const;

const readersFor = (choice: Choice): ReadonlyMap<string, (fields: Fields) => Reading> => {
  const names = new Map(Object.entries(choice.transducers));
  const otherDepth = (): Reading => ({ ignored: 'other-depth' });
  return new Map<string, (fields: Fields) => Reading>([
    ['MDA', fields => readRows(rows.MDA, fields, choice.windFrom === 'MDA')],
    ['MWV', fields => readMwv(fields, mwvReferences[choice.windFrom], choice.windZeroAt)],
    ['MTW', fields => readRows(rows.MTW, fields, false)],
    ['VHW', fields => readRows(rows.VHW, fields, false)],
    ['DBT', choice.depthFrom === 'DBT' ? readDbt : otherDepth],
    ['DPT', choice.depthFrom === 'DPT' ? readDpt : otherDepth],
    ['XDR', fields => readXdr(fields, names)],
  ]);
};

/** One clock and one unfinished sentence for each sender. */
const createReader = (device: string, readers: ReturnType<typeof readersFor>) => {
  let out: Decoded[] = [];
  let receivedAt: Instant = 0;
  let clock: { readonly time: Instant; readonly receivedAt: Instant } | undefined;

  const take = (reading: Reading): void => {
    if ('fault' in reading) out.push({ kind: 'malformed', reason: reading.fault });
    else if ('ignored' in reading) out.push({ kind: 'ignored', reason: reading.ignored });
    else {
      const since = clock === undefined ? Number.POSITIVE_INFINITY : receivedAt - clock.receivedAt;
      const isOwn = clock !== undefined && since >= 0 && since <= clockHolds;
      const time = isOwn && clock !== undefined ? clock.time + since : receivedAt;
      for (const { quantity, value } of reading.values)
        out.push({
          kind: 'observation',
          observation: { kind: 'measurement', device, time, timeFrom: isOwn ? 'device' : 'gateway', quantity, value },
        });
    }
  };

  const read = createSentenceReader({
    sentence: (bytes, start, end) => {
      const [address = '', ...fields] = Buffer.from(bytes.subarray(start + 1, end))
        .toString('latin1')
        .split(',');
      // Two letters of the talker and three of the formatter; a P in front marks a maker's own sentence.
      const formatter = address.length === 5 && !address.startsWith('P') ? address.slice(2) : '';
      if (formatter === 'ZDA') {
        const time = timeIn(fields);
        clock = time === undefined ? undefined : { time, receivedAt };
        out.push({ kind: 'ignored', reason: time === undefined ? 'clock-not-set' : 'clock' });
        return;
      }
      take(readers.get(formatter)?.(fields) ?? { ignored: 'other-sentence' });
    },
    object: () => out.push({ kind: 'ignored', reason: 'object' }),
    fault: reason => out.push({ kind: 'malformed', reason }),
  });

  return (bytes: Uint8Array, at: Instant): readonly Decoded[] => {
    out = [];
    receivedAt = at;
    read(bytes);
    return out;
  };
};

export const createDecoder = (device: string, choice: Choice): Decoder => {
  const readers = readersFor(choice);
  const readerOf = perChannel(() => createReader(device, readers));
  return ({ bytes, channel, receivedAt }) => readerOf(channel)(bytes, receivedAt);
};

/** A sentence as it goes over the line; `body` begins with talker and formatter. */
export const encode = (body: string): string => `$${withChecksum(body)}\r\n`;

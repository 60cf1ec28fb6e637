/** The fleet's day as recordings that `haidang replay` reads: AIS in TAG blocks, VMS as NAF, made as fast as it can. */
import { type Instant, seconds, toTimestamp } from '../../core/time.ts';
import { encodeNaf } from '../../drivers/protocols/naf/encode.ts';
import { createHearing } from '../world/hearing.ts';
import { createRandom } from '../world/random.ts';
import { createTagger } from '../world/tagger.ts';
import type { Fleet, FleetReport } from './fleet.ts';

export interface RecordedLine {
  readonly bytes: Uint8Array;
  /** When it was heard, or handed on. */
  readonly time: Instant;
}

export function* recordAis(fleet: Fleet, seed: number): Generator<RecordedLine, void> {
  const hearing = createHearing(fleet.stations, createRandom(seed, 'hearing'));
  const tag = createTagger('thuan-an');
  for (let time = fleet.start; time < fleet.end; time += seconds(1))
    for (const message of hearing.heardAt(time)) yield { bytes: Buffer.from(tag(message, time), 'latin1'), time };
}

const stamp = (time: Instant): readonly [date: string, time: string] => {
  const text = toTimestamp(time);
  return [text.slice(0, 10).replaceAll('-', ''), text.slice(11, 16).replace(':', '')];
};

/** As a provider relays it: with the date and time of the relay. */
const toNaf = (report: FleetReport): string => {
  const { name, callSign, time, longitude, latitude, sogKnots: speedKnots, cogDegrees: courseDegrees } = report;
  const [date, clock] = stamp(report.arrives);
  return encodeNaf({
    type: 'POS',
    to: 'VNM',
    from: 'VNM',
    flag: 'VNM',
    internalReference: report.vmsId,
    externalMark: report.mark,
    name,
    callSign,
    time,
    longitude,
    latitude,
    speedKnots,
    courseDegrees,
  }).replace('//ER//', `//RD/${date}//RT/${clock}//ER//`);
};

export function* recordVms(fleet: Fleet, provider: string): Generator<RecordedLine, void> {
  for (const report of fleet.vmsReports) {
    if (report.provider !== provider || report.arrives >= fleet.end) continue;
    yield { bytes: Buffer.from(toNaf(report), 'latin1'), time: report.arrives };
  }
}

/** The file itself: its name and its lines (Circular 10/2021/TT-BTNMT, Appendix 15). Pure. */
import type { Instant } from '../../core/time.ts';
import { wallClock } from '../../core/wall-clock.ts';
import type { Circular10Config, Circular10Value } from './config.ts';
import { toWritten } from './quantities.ts';

/** `00` the device measures, `01` it is being calibrated, `02` it is in error. */
export type LineStatus = '00' | '01' | '02';

export interface Line {
  readonly value: Circular10Value;
  /** In the quantity's own unit. */
  readonly measured: number | undefined;
  readonly status: LineStatus;
}

const separators = { tab: '\t', ';': ';', ',': ',', space: ' ' } as const;

/** `yyyyMMddHHmmss` of the clocks in `zone`. */
export const stampOf = (mark: Instant, zone: string): string =>
  new Date(wallClock(zone, mark)).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '');

export const fileNameOf = (station: string, mark: Instant, zone: string): string =>
  `${station}_${stampOf(mark, zone)}.txt`;

/** The `yyyyMMddHHmmss` in a file's name; undefined when it is none of ours. */
export const stampIn = (name: string): string | undefined => /^[A-Za-z0-9_-]+_(\d{14})\.txt$/.exec(name)?.[1];

type Format = Pick<Circular10Config, 'separator' | 'decimalMark' | 'missing'>;

/** Columns: symbol, value, unit, local time, status. */
export const toText = (lines: readonly Line[], stamp: string, { separator, decimalMark, missing }: Format): string =>
  lines
    .map(({ value: { quantity, symbol, unit, unitText, decimals }, measured, status }) => {
      const written = measured === undefined ? undefined : toWritten(quantity, measured, unit);
      // Not "-0.00", which says nothing more than "0.00".
      const number = written
        ?.toFixed(decimals)
        .replace(/^-(?=0(?:\.0+)?$)/, '')
        .replace('.', decimalMark);
      return `${[symbol, number ?? missing, unitText, stamp, status].join(separators[separator])}\r\n`;
    })
    .join('');

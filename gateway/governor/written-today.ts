/** The bytes of a day at the site, and what of a day's budget may be used by now. */
import { type Clock, type Duration, hours } from '../../core/time.ts';

export interface WrittenTodayRecord {
  /** `2026-11-26`. */
  readonly day: string;
  readonly bytes: number;
}

export interface WrittenToday {
  add(bytes: number): void;
  readonly record: WrittenTodayRecord;
  /** The share of the day's budget that may be used by now. */
  share(): number;
}

/** May be used at once: at midnight nothing of the day has passed, and an hour of traffic is no reason to do less. */
const reserve = 0.25;

export const createWrittenToday = (
  timeZone: string,
  clock: Pick<Clock, 'now' | 'steady'>,
  saved: WrittenTodayRecord | undefined,
): WrittenToday => {
  const calendar = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  const present = (): { readonly day: string; readonly share: number } => {
    const parts = new Map(calendar.formatToParts(clock.now()).map(({ type, value }) => [type, value]));
    const day = `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`;
    return { day, share: (Number(parts.get('hour')) * 60 + Number(parts.get('minute'))) / (24 * 60) };
  };
  let record = saved ?? { day: present().day, bytes: 0 };
  let turnedAt: Duration = clock.steady();

  const turn = (): void => {
    const { day } = present();
    // A clock that was set back begins no new day; one that had been far ahead begins it a day later.
    if (day === record.day || (day < record.day && clock.steady() - turnedAt < hours(24))) return;
    turnedAt = clock.steady();
    record = { day, bytes: 0 };
  };

  return {
    add: bytes => {
      turn();
      record = { ...record, bytes: Math.max(0, record.bytes + bytes) };
    },
    get record() {
      turn();
      return record;
    },
    share: () => reserve + (1 - reserve) * present().share,
  };
};

/** Forbidden hours, as the clocks of a site show them. Pure. */
import type { Instant } from '../../core/time.ts';
import { type Rule, weekdays } from './config.ts';
import type { LocalTime } from './local-time.ts';

export type Hours = Extract<Rule, { rule: 'restricted-hours' }>['hours'];

const minutesOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

const minute = 60_000;
const minutesOfDay = 24 * 60;

/** Whether it is forbidden at an instant. */
export const createHours = (localTime: LocalTime): ((hours: Hours, time: Instant) => boolean) => {
  return (hours, time) => {
    const shown = localTime(time);
    const now = Math.floor(shown / minute) % minutesOfDay;
    const today = new Date(shown).getUTCDay();
    const isOn = (days: Hours[number]['days'], day: number): boolean => {
      const name = weekdays[(day + 7) % 7];
      return days === undefined || (name !== undefined && days.includes(name));
    };
    return hours.some(({ from, to, days }) => {
      const [begin, end] = [minutesOf(from), minutesOf(to)];
      if (begin < end) return now >= begin && now < end && isOn(days, today);
      return (now >= begin && isOn(days, today)) || (now < end && isOn(days, today - 1));
    });
  };
};

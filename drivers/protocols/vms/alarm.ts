/** What the words and codes of a provider say of an alarm. No standard names any: the configuration does. */
import { z } from 'zod';
import { type VesselAlarm, vesselAlarms } from '../../../core/vessel.ts';

const mostValues = 64;

/** The table that a driver asks its configuration for. */
export const alarmValues = () =>
  z
    .record(z.string().max(64), z.enum(vesselAlarms))
    .refine(table => Object.values(table).includes('distress'), 'expected at least one value that means "distress"')
    .refine(table => Object.keys(table).length <= mostValues, `expected ${mostValues} values at most`)
    .describe('What its values mean: "distress", or "none" where a call is taken back; "" stands for no value.');

const keyOf = (text: string): string => text.trim().toUpperCase();

/** Without regard to case and blanks; a text that the table does not know says nothing. */
export const createAlarmReader = (
  values: Readonly<Record<string, VesselAlarm>>,
): ((text: string | undefined) => VesselAlarm | undefined) => {
  const meanings = new Map(Object.entries(values).map(([text, alarm]) => [keyOf(text), alarm]));
  return (text = '') => meanings.get(keyOf(text));
};

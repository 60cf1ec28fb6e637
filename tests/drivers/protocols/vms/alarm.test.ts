import { describe, expect, it } from 'vitest';
import { alarmValues, createAlarmReader } from '../../../../drivers/protocols/vms/alarm.ts';

describe('the words of a provider for an alarm', () => {
  it('are those of the table, without regard to case and blanks', () => {
    const read = createAlarmReader({ SOS: 'distress', '1': 'distress', '0': 'none', '': 'none' });
    expect(['SOS', ' sos ', '1', '0', '', '  ', undefined, '2', 'SOS1'].map(read)).toEqual([
      'distress',
      'distress',
      'distress',
      'none',
      'none',
      'none',
      'none',
      undefined,
      undefined,
    ]);
    expect(createAlarmReader({ SOS: 'distress' })(undefined)).toBeUndefined();
  });

  it.each([
    [{ SOS: 'distress' }, true],
    [{ '0': 'none' }, false],
    [{ SOS: 'help' }, false],
    [Object.fromEntries(Array.from({ length: 65 }, (_, at) => [String(at), 'distress'])), false],
  ])('%j', (table, isAccepted) => {
    expect(alarmValues().safeParse(table).success).toBe(isAccepted);
  });
});

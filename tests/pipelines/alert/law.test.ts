import { describe, expect, it } from 'vitest';
import { limitAt, noiseLaw, noiseLimitsOn, riverLaw, riverStationOn } from '../../../pipelines/alert/law.ts';

describe('the alarm stages of rivers', () => {
  it.each([
    ['kim-long', 'Hương', [1, 2, 3.5]],
    ['phu-oc', 'Bồ', [1.5, 3, 4.5]],
  ])('at %s are those of QĐ 05/2020/QĐ-TTg', (name, river, metres) => {
    const station = riverStationOn('2026-11-23', name);
    expect(station?.river).toBe(river);
    expect(station?.stages.map(stage => stage.metres)).toEqual(metres);
  });

  it('count from their day on, ascend, and say how far they were verified', () => {
    expect(riverStationOn('2020-01-30', 'kim-long')).toBeUndefined();
    for (const { stages } of riverLaw.stations) {
      const metres = stages.map(stage => stage.metres);
      expect(metres).toEqual(metres.toSorted((a, b) => a - b));
      // What no source says must not look as if one did.
      for (const { verified, source } of stages) expect(verified === 'no').toBe(source === 'recalled');
    }
    expect(riverLaw.stations).toHaveLength(2);
  });
});

describe('the limits of noise', () => {
  it('are those of the day from six to before 21 h, and of the night around it', () => {
    const limits = noiseLimitsOn('2026-11-23', 'ordinary') ?? [];
    expect([0, 5, 6, 20, 21, 23].map(hour => limitAt(limits, hour))).toEqual([55, 55, 70, 70, 55, 55]);
    const special = noiseLimitsOn('2026-11-23', 'special') ?? [];
    expect([5, 6].map(hour => limitAt(special, hour))).toEqual([45, 55]);
  });

  it('name the regulation that replaces theirs', () => {
    expect(noiseLaw.successor).toContain('QCVN 26:2025/BNNMT');
  });
});

import { describe, expect, it } from 'vitest';
import type { SafetyText } from '../../../../core/observation.ts';
import type { MmsiKind, VesselFix } from '../../../../core/vessel.ts';
import { stage } from '../../../../pipelines/vessel-rules/stage.ts';
import { type DrivenStage, drive } from '../../../support/events.ts';
import { fixAt, hour, minute, ship, start, toldIn, update } from '../sailing.ts';

const second = 1000;

const beacon = (mmsi: number, mmsiKind: MmsiKind, at: number, changes: Partial<VesselFix> = {}) => {
  const { sogKnots, cogDegrees, ...fix } = fixAt(at, changes);
  return update(ship(mmsi, { mmsiKind }), fix);
};
const sart = (at: number, changes: Partial<VesselFix> = { navigationStatus: 14 }) =>
  beacon(970574001, 'sart', at, changes);

const text = (at: number, words: string, mmsi = 970574001): SafetyText => ({
  kind: 'safety-text',
  device: 'ais-1',
  time: start + at,
  timeFrom: 'gateway',
  mmsi,
  text: words,
});

const passTime = (driven: DrivenStage, from: number, to: number): void => {
  for (let at = from; at <= to; at += second * 10) driven.tick(start + at);
};

const listening = (): DrivenStage => {
  const driven = drive(stage);
  driven.tick(start);
  return driven;
};

describe('a beacon of distress', () => {
  it.each([
    ['sart', 970574001],
    ['mob', 972574001],
    ['epirb', 974574001],
  ] as const)('is an alert at once: %s', (kind, mmsi) => {
    const driven = listening();
    driven.step(beacon(mmsi, kind, 0, { navigationStatus: 14 }));
    expect(driven.conclusions).toMatchObject([
      {
        event: 'fishing-vessel.distress.raised',
        severity: 'CRITICAL',
        subject: `vessel/mmsi/${mmsi}`,
        data: { beacon: kind, evidence: { navigationStatus: 14, receivers: ['ais-1'] } },
      },
    ]);
  });

  it('is also an alert of a vessel that sends the status of one, and ends with it', () => {
    const driven = listening();
    const own = ship(574000001);
    driven.step(update(own, fixAt(0, { navigationStatus: 14 })), update(own, fixAt(minute, { navigationStatus: 0 })));
    expect(toldIn(driven)).toEqual(['0 distress.raised', '0.017 distress.cleared']);
    expect(driven.conclusions[1]?.data).toMatchObject({ beacon: 'ship', reason: 'recovered' });
  });

  it('is only a test when it says so, before its positions or after', () => {
    const before = listening();
    before.step(text(0, 'SART TEST'), sart(second, {}), sart(2 * second, {}));
    passTime(before, 0, 5 * minute);
    const after = listening();
    after.step(sart(0, {}), sart(second, {}), text(8 * second, 'SART TEST'));
    passTime(after, 0, 5 * minute);
    expect(toldIn(before)).toEqual(['0 distress-test.observed']);
    expect(toldIn(after)).toEqual(['0.002 distress-test.observed']);
  });

  it('that sent the status before it said that it is a test is taken back', () => {
    const driven = listening();
    driven.step(sart(0), text(minute, 'EPIRB TEST'));
    expect(toldIn(driven)).toEqual(['0 distress.raised', '0.017 distress.cleared', '0.017 distress-test.observed']);
    expect(driven.conclusions[1]?.data).toMatchObject({ reason: 'superseded', endedBy: 'test' });
  });

  it('without a status and without a word counts as distress after a moment', () => {
    const driven = listening();
    driven.step(sart(0, {}));
    expect(toldIn(driven)).toEqual([]);
    driven.checkpoint();
    driven.restart();
    passTime(driven, 0, minute);
    expect(toldIn(driven)).toEqual(['0.008 distress.raised']);
  });

  it('is believed by its text alone', () => {
    const driven = listening();
    driven.step(text(0, 'MOB ACTIVE', 972574001));
    expect(driven.conclusions[0]?.data).toMatchObject({ beacon: 'mob', evidence: { text: 'MOB ACTIVE' } });
  });

  it('is in distress again when it is active after a test', () => {
    const driven = listening();
    driven.step(text(0, 'SART TEST'), sart(second, {}), text(minute, 'SART ACTIVE'), sart(minute));
    expect(toldIn(driven)).toEqual(['0 distress-test.observed', '0.017 distress.raised']);
  });

  it('is told again where it drifts to, and no more often than configured', () => {
    const driven = listening();
    for (let at = 0; at < hour; at += minute)
      driven.step(sart(at, { navigationStatus: 14, longitude: 107.8 + at * 8e-9 }));
    expect(toldIn(driven).filter(line => line.includes('updated'))).toHaveLength(11);
    expect(new Set(driven.conclusions.map(({ correlation }) => correlation)).size).toBe(1);
  });

  it('is one alert however often it sends, also over a restart, and closed when it is not heard any more', () => {
    const driven = listening();
    for (let at = 0; at < 10 * minute; at += 10 * second) {
      driven.step(sart(at));
      if (at === 5 * minute) driven.restart();
    }
    passTime(driven, 0, 2 * hour);
    expect(toldIn(driven)).toEqual(['0 distress.raised', '1.164 distress.cleared']);
    expect(driven.conclusions[1]?.data).toMatchObject({ reason: 'source-lost', endedBy: 'silence' });
  });

  it('leaves other words of safety alone, and passes all of them on', () => {
    const driven = listening();
    const words = text(0, 'TEST OF THE RADIO', 574000001);
    driven.step(words);
    expect(toldIn(driven)).toEqual([]);
    expect(driven.items).toEqual([words]);
  });
});

import { describe, expect, it } from 'vitest';
import type { SafetyText } from '../../../../core/observation.ts';
import type { MmsiKind, VesselFix, VesselIdentity } from '../../../../core/vessel.ts';
import { stage } from '../../../../pipelines/vessel-rules/stage.ts';
import { type DrivenStage, drive, toWire } from '../../../support/events.ts';
import { byVms, fisher, fixAt, hour, minute, ship, start, toldIn, update } from '../sailing.ts';

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

describe('the alarm button of a terminal of VMS', () => {
  const vessel = fisher(1);
  const call = (at: number, changes: Partial<VesselFix> = {}) => byVms(vessel, at, { alarm: 'distress', ...changes });
  const calm = (at: number) => byVms(vessel, at, { alarm: 'none' });

  it('is an alert at once, at the time of its report', () => {
    const driven = listening();
    passTime(driven, 0, 3 * hour);
    driven.step(call(hour));
    expect(driven.conclusions).toMatchObject([
      {
        event: 'fishing-vessel.distress.raised',
        severity: 'CRITICAL',
        subject: 'vessel/vnfish/TTH-90001-TS',
        time: start + hour,
        data: {
          beacon: 'vms',
          vessel: { dataProvider: 'VMS' },
          registry: { crew: 8 },
          evidence: { lastReport: { dataProvider: 'VMS' }, receivers: ['vms-1'] },
        },
      },
    ]);
    expect(driven.conclusions.map(each => toWire(each)['data'])[0]).toHaveProperty('headline', {
      vi: expect.stringMatching(
        /^CẤP CỨU: Thiết bị giám sát hành trình \(VMS\) của tàu cá TTH-90001-TS \(8 người\) phát/,
      ),
      en: expect.stringMatching(/^DISTRESS: VMS terminal of fishing vessel TTH-90001-TS \(8 crew\) is active/),
    });
  });

  it('is taken back by a later report, and told once however often the provider repeats it', () => {
    const driven = listening();
    driven.step(call(0), call(0), call(2 * hour), calm(4 * hour));
    driven.restart();
    driven.step(call(0), call(2 * hour), call(3 * hour), calm(4 * hour));
    expect(toldIn(driven)).toEqual(['0 distress.raised', '4 distress.cleared']);
    expect(driven.conclusions[1]?.data).toMatchObject({ reason: 'recovered', endedBy: 'report', beacon: 'vms' });
    driven.step(call(5 * hour));
    expect(toldIn(driven).slice(2)).toEqual(['5 distress.raised']);
  });

  it('is not taken back by what the vessel said before, or without a word on it', () => {
    const driven = listening();
    driven.step(call(2 * hour), byVms(vessel, 0, { alarm: 'none' }), byVms(vessel, 4 * hour), calm(2 * hour));
    expect(toldIn(driven)).toEqual(['2 distress.raised']);
  });

  it('that comes behind the report that takes it back is told, and that it is over', () => {
    const driven = listening();
    driven.tick(start + 4 * hour);
    driven.step(calm(4 * hour), update(vessel, call(2 * hour).fix, { late: true }));
    expect(toldIn(driven)).toEqual(['2 distress.raised', '4 distress.cleared']);
  });

  it('that comes late is told with where the vessel is since', () => {
    const driven = listening();
    driven.tick(start + 8 * hour);
    driven.step(
      byVms(vessel, 4 * hour, { longitude: 108 }),
      update(vessel, call(2 * hour, { longitude: 107.9 }).fix, { late: true }),
      byVms(vessel, 6 * hour, { longitude: 108 }),
      byVms(vessel, 8 * hour, { longitude: 108.1 }),
    );
    expect(toldIn(driven)).toEqual(['2 distress.raised', '4 distress.updated', '8 distress.updated']);
    expect(driven.conclusions.map(({ data }) => data)).toMatchObject([
      { vessel: { location: { coordinates: [107.9, 16.8] } } },
      { vessel: { location: { coordinates: [108, 16.8] } } },
      { vessel: { location: { coordinates: [108.1, 16.8] } } },
    ]);
  });

  it('is told also from a place where the vessel cannot be', () => {
    const driven = listening();
    driven.step(update(vessel, call(0).fix, { implausible: true }));
    expect(toldIn(driven)).toEqual(['0 distress.raised']);
  });

  it('is closed when nobody calls again for a day, and is the same alert until then', () => {
    const driven = listening();
    driven.step(call(0));
    for (let at = 0; at <= 40 * hour; at += minute) {
      driven.tick(start + at);
      if (at === 10 * hour) driven.step(call(at));
      if (at === 20 * hour) {
        driven.checkpoint();
        driven.restart();
      }
      if (at > 10 * hour && at % (2 * hour) === 0) driven.step(byVms(vessel, at));
    }
    const told = driven.conclusions.filter(({ event }) => event.startsWith('fishing-vessel.distress'));
    expect(toldIn({ conclusions: told })).toEqual(['0 distress.raised', '34 distress.cleared']);
    expect(told[1]?.data).toMatchObject({ reason: 'source-lost', endedBy: 'silence' });
  });

  it('and the status of AIS are one alert of the vessel, which ends with the last of them', () => {
    const driven = listening();
    driven.step(call(0), update(vessel, fixAt(minute, { navigationStatus: 14 })));
    driven.step(update(vessel, fixAt(hour, { navigationStatus: 0 })));
    expect(toldIn(driven)).toEqual(['0 distress.raised']);
    driven.step(calm(2 * hour));
    expect(toldIn(driven)).toEqual(['0 distress.raised', '2 distress.cleared']);
    driven.step(update(vessel, fixAt(3 * hour, { navigationStatus: 14 })), call(4 * hour), calm(5 * hour));
    expect(toldIn(driven).slice(2)).toEqual(['3 distress.raised']);
    driven.step(update(vessel, fixAt(6 * hour, { navigationStatus: 0 })));
    expect(toldIn(driven).slice(2)).toEqual(['3 distress.raised', '6 distress.cleared']);
  });

  it('goes on under the name that the vessel has since', () => {
    const driven = listening();
    const unknown = { key: 'vms/vnpt/dev-1', provider: 'vnpt', vmsId: 'dev-1' };
    const renamed = { ...byVms(vessel, hour), formerKeys: [unknown.key] };
    driven.step(byVms(unknown, 0, { alarm: 'distress' }), renamed, calm(2 * hour));
    expect(toldIn(driven)).toEqual(['0 distress.raised', '2 distress.cleared']);
  });

  describe('pressed where the terminal knows no position', () => {
    const blind = (at: number, fix?: VesselFix) =>
      update(vessel, fix, { cause: 'call', time: start + at, device: 'vms-1' });
    const last = fixAt(0, { source: 'vms' });
    const headlineOf = ({ conclusions }: ReturnType<typeof listening>) =>
      conclusions.map(each => (toWire(each)['data'] as { headline: unknown }).headline)[0];

    it('is an alert at once, with where the vessel was last and how long ago', () => {
      const driven = listening();
      driven.step(update(vessel, last), blind(45 * minute, last));
      expect(driven.conclusions).toMatchObject([
        {
          event: 'fishing-vessel.distress.raised',
          severity: 'CRITICAL',
          time: start + 45 * minute,
          data: {
            beacon: 'vms',
            vessel: { location: { coordinates: [107.8, 16.8] }, observedAt: new Date(start).toISOString() },
            evidence: { positionAgeSeconds: 2700, lastReport: { dataProvider: 'VMS' } },
          },
        },
      ]);
      expect(headlineOf(driven)).toEqual({
        vi: expect.stringContaining('vị trí cuối cùng (16.8000, 107.8000) trước đó 45m'),
        en: expect.stringContaining('last known position (16.8000, 107.8000) 45m before'),
      });
    });

    it('of a vessel that nobody has heard of is an alert too, and told again with the first word on where it is', () => {
      const driven = listening();
      driven.step(blind(0));
      driven.checkpoint();
      driven.restart();
      driven.step(update(vessel, fixAt(minute)), update(vessel, fixAt(2 * minute, { longitude: 107.9 })));
      expect(toldIn(driven)).toEqual(['0 distress.raised', '0.017 distress.updated']);
      expect(driven.conclusions[0]?.data).not.toHaveProperty('vessel.location');
      expect(driven.conclusions[1]?.data).toMatchObject({ vessel: { location: { coordinates: [107.8, 16.8] } } });
      expect(headlineOf(driven)).toEqual({
        vi: expect.stringContaining('không rõ vị trí'),
        en: expect.stringContaining('position unknown'),
      });
    });

    it('is one alert however often it comes, and taken back by a later report', () => {
      const driven = listening();
      driven.step(blind(hour, last), blind(hour, last), blind(2 * hour, last), calm(2 * hour), calm(3 * hour));
      driven.step(blind(hour, last));
      expect(toldIn(driven)).toEqual(['1 distress.raised', '3 distress.cleared']);
    });

    it('that comes late is over where the vessel said so since', () => {
      const driven = listening();
      driven.tick(start + 4 * hour);
      driven.step(calm(4 * hour), blind(2 * hour, fixAt(4 * hour, { source: 'vms', alarm: 'none' })));
      expect(toldIn(driven)).toEqual(['2 distress.raised', '4 distress.cleared']);
    });
  });
});

describe('a vessel in distress that gets another name', () => {
  const plain = ship(574_000_007);
  const named = fisher(7, { mmsi: 574_000_007, mmsiKind: 'ship' });
  const inDistress = (vessel: VesselIdentity, at: number) => update(vessel, fixAt(at, { navigationStatus: 14 }));
  const naming = (at: number) =>
    update(named, undefined, { cause: 'identity', time: start + at, formerKeys: [plain.key] });

  it('is out of it when it says so under the new one', () => {
    const driven = listening();
    driven.step(inDistress(plain, 0), naming(minute), update(named, fixAt(hour, { navigationStatus: 0 })));
    expect(toldIn(driven)).toEqual(['0 distress.raised', '1 distress.cleared']);
  });

  it('is closed when it is not heard any more', () => {
    const driven = listening();
    driven.step(inDistress(plain, 0), naming(minute));
    driven.checkpoint();
    driven.restart();
    passTime(driven, 0, 3 * hour);
    expect(toldIn(driven)).toEqual(['0 distress.raised', '1 distress.cleared']);
  });

  it('is heard by its texts still', () => {
    const driven = listening();
    driven.step(inDistress(plain, 0), naming(minute), text(2 * minute, 'TEST', 574_000_007));
    expect(toldIn(driven)).toEqual(['0 distress.raised', '0.033 distress.cleared', '0.033 distress-test.observed']);
  });

  it('stays in distress where the one that it turns out to be was in it before', () => {
    const driven = listening();
    const button = (vessel: VesselIdentity, at: number, alarm: 'distress' | 'none') => byVms(vessel, at, { alarm });
    driven.step(button(named, 0, 'distress'), button(named, minute, 'none'));
    const nameless: VesselIdentity = { key: 'vms/vnpt/dev-9', provider: 'vnpt', vmsId: 'dev-9' };
    driven.step(button(nameless, 2 * minute, 'distress'));
    driven.step(update(named, undefined, { cause: 'identity', time: start + 3 * minute, formerKeys: [nameless.key] }));
    expect(toldIn(driven)).toEqual(['0 distress.raised', '0.017 distress.cleared', '0.033 distress.raised']);
    driven.step(button(named, hour, 'none'));
    expect(toldIn(driven).slice(3)).toEqual(['1 distress.cleared']);
  });
});

import { describe, expect, it } from 'vitest';
import type { VesselIdentity, VesselUpdate } from '../../../../core/vessel.ts';
import { stage } from '../../../../pipelines/vessel-rules/stage.ts';
import { type DrivenStage, drive } from '../../../support/events.ts';
import { fixAt, hour, minute, port, ship, start, toldIn, update } from '../sailing.ts';

const own = ship(574000001);
const others = Array.from({ length: 32 }, (_, number) => ship(574000100 + number));

/** Eastward along a line from 107.8 at 12 knots: 0.2089 degrees an hour. */
const on = (vessel: VesselIdentity, at: number, since: number, changes: Partial<VesselUpdate> = {}): VesselUpdate =>
  update(vessel, fixAt(at, { sogKnots: 12, longitude: 107.8 + ((at - since) / hour) * 0.2089 }), changes);

/**
 * Every quarter of an hour one more vessel leaves and is heard for `range` hours on its way; after six hours `own`
 * leaves, and falls silent after an hour and a half.
 */
const sail = (
  driven: DrivenStage,
  options: {
    readonly range?: number;
    readonly until?: number;
    readonly own?: Partial<VesselUpdate>;
    readonly all?: boolean;
  } = {},
): void => {
  const { range = 9, until = 10, all = false } = options;
  for (let at = 0; at < until * hour; at += minute) {
    for (const [number, vessel] of others.entries()) {
      const since = (number * hour) / 4;
      const isHeard = at >= since && at - since < range * hour && !(all && at > 7.5 * hour);
      if (isHeard) driven.step(on(vessel, at, since));
    }
    const since = 6 * hour;
    if (at >= since && at - since < Math.min(1.5, range) * hour) driven.step(on(own, at, since, options.own));
    driven.tick(start + at);
  }
};

const accused = ({ conclusions }: DrivenStage): string[] =>
  conclusions.filter(({ event }) => event.endsWith('ais-silence.raised')).map(({ subject }) => subject);

describe('a vessel at sea', () => {
  it('whose AIS falls silent where others are heard has switched it off', () => {
    const driven = drive(stage);
    sail(driven, { until: 8.2 });
    expect(accused(driven)).toEqual(['vessel/mmsi/574000001']);
    expect(driven.conclusions[0]).toMatchObject({
      time: start + 7.5 * hour - minute + 30 * minute,
      data: { evidence: { silentSince: '2026-11-23T07:29:00.000Z', reports: 90, receivers: ['ais-1'] } },
    });
  });

  it('is not accused when it leaves the range of the receiver, as all others did there', () => {
    const driven = drive(stage);
    sail(driven, { range: 1.5 });
    expect(accused(driven)).toEqual([]);
  });

  it('is not accused in port, where it may switch it off', () => {
    const driven = drive(stage);
    sail(driven, { until: 8.2, own: { zones: [port] } });
    expect(accused(driven)).toEqual([]);
  });

  it('is not accused when the receiver hears nothing any more', () => {
    const driven = drive(stage);
    sail(driven, { all: true, until: 12 });
    expect(accused(driven)).toEqual([]);
  });

  it('is not accused before the receiver was learned', () => {
    const driven = drive(stage);
    for (let at = 0; at < 3 * hour; at += minute) {
      if (at < hour) driven.step(on(own, at, 0));
      driven.step(on(ship(574000002), at, 0));
      driven.tick(start + at);
    }
    expect(accused(driven)).toEqual([]);
  });

  it('at rest is not accused where no stage tells what is a port', () => {
    const driven = drive(stage);
    const resting = update(own, fixAt(0, { sogKnots: 0, longitude: 107.83 }));
    const { zones, ...unplaced } = resting;
    for (let at = 0; at < 7 * hour; at += minute) {
      if (at < 5 * hour && resting.fix !== undefined)
        driven.step({ ...unplaced, time: start + at, fix: { ...resting.fix, time: start + at } });
      for (const [number, vessel] of others.entries()) driven.step(on(vessel, at, (number * hour) / 4));
      driven.tick(start + at);
    }
    expect(accused(driven)).toEqual([]);
  });

  it('that lay still before is not accused: no zone names every pier', () => {
    const driven = drive(stage);
    for (let at = 0; at < 8.2 * hour; at += minute) {
      for (const [number, vessel] of others.entries()) driven.step(on(vessel, at, (number * hour) / 4));
      if (at < 7.5 * hour) driven.step(update(own, fixAt(at, { sogKnots: 0, longitude: 107.83 })));
      driven.tick(start + at);
    }
    expect(accused(driven)).toEqual([]);
  });

  it('that drifted before is', () => {
    const driven = drive(stage);
    for (let at = 0; at < 8.2 * hour; at += minute) {
      for (const [number, vessel] of others.entries()) driven.step(on(vessel, at, (number * hour) / 4));
      if (at < 7.5 * hour)
        driven.step(update(own, fixAt(at, { sogKnots: 0.4, longitude: 107.83 + (at / hour) * 0.007 })));
      driven.tick(start + at);
    }
    expect(accused(driven)).toEqual(['vessel/mmsi/574000001']);
  });

  it('is not accused where vessels are lost for a quarter of an hour now and then', () => {
    const driven = drive(stage);
    for (let at = 0; at < 8.2 * hour; at += minute) {
      for (const [number, vessel] of others.entries()) {
        const sailing = at - (number * hour) / 4;
        const isFading = number % 2 === 0 && sailing > hour && sailing < 1.25 * hour;
        if (sailing < 0 || isFading) continue;
        const { fix: previous } = on(vessel, at - (sailing === 1.25 * hour ? 16 : 1) * minute, (number * hour) / 4);
        driven.step(on(vessel, at, (number * hour) / 4, previous && { previous }));
      }
      if (at >= 6 * hour && at < 7.2 * hour) driven.step(on(own, at, 6 * hour));
      driven.tick(start + at);
    }
    expect(accused(driven)).toEqual([]);
  });

  it('is cleared when it is heard again, also when the gateway was restarted meanwhile', () => {
    const driven = drive(stage);
    sail(driven, { until: 8.2 });
    driven.checkpoint();
    driven.restart();
    driven.step(on(own, 8.3 * hour, 6 * hour));
    expect(toldIn(driven)).toEqual(['7.983 ais-silence.raised', '8.3 ais-silence.cleared']);
  });

  it('is not accused once the duty officer says that it is ashore', () => {
    const driven = drive(stage);
    sail(driven, { until: 8.2 });
    driven.step(
      update(own, undefined, {
        cause: 'status',
        time: start + 8.2 * hour,
        order: { status: 'ashore', by: 'trực ban', reason: 'gọi' },
      }),
    );
    driven.tick(start + 8.3 * hour);
    expect(driven.conclusions.at(-1)?.data).toMatchObject({ reason: 'superseded', endedBy: 'order' });
  });

  it('is given up after days', () => {
    const driven = drive(stage, { without: ['vms-silence'], rules: { 'ais-silence': { keep: '2h' } } });
    sail(driven, { until: 10.2 });
    expect(driven.conclusions.at(-1)?.data).toMatchObject({ reason: 'source-lost', endedBy: 'silence' });
  });
});

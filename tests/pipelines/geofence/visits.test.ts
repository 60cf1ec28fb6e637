import { describe, expect, it } from 'vitest';
import { destinationOf } from '../../../core/geodesy.ts';
import type { VesselFix } from '../../../core/vessel.ts';
import { createRandom } from '../../../simulators/world/random.ts';
import { toWire } from '../../support/events.ts';
import { area, createSea, hour, line, minute, port, second, start } from './sea.ts';

/** West edge of the port. */
const edge = { longitude: 107.5, latitude: 16.6 } as const;
const outside = { longitude: 107.49, latitude: 16.6 } as const;
const inside = { longitude: 107.51, latitude: 16.6 } as const;

interface Mooring {
  /** Beyond the edge of the port, west of it; negative within. */
  readonly metres: number;
  readonly every: number;
  readonly source?: VesselFix['source'];
  readonly days: number;
}

/** Positions around one place: 68 % within 5 m of it, 10 m at most but for one in twenty. */
const moor = ({ metres, every, source = 'ais', days }: Mooring, features: readonly object[] = [port()]) => {
  const sea = createSea(features, { lost: '12h' });
  const random = createRandom(`moored ${metres} ${every}`);
  const scatter = (): number => (random() + random() + random() + random() - 2) * 8.7;
  const berth = destinationOf(edge, 270, metres);
  for (let at = 0; at <= days * 24 * hour; at += every) {
    const place = destinationOf(destinationOf(berth, 90, scatter()), 0, scatter());
    sea.report({ at, ...place, sogKnots: 0.1, source });
  }
  return sea;
};

describe('a vessel at a mooring', () => {
  it.each([-10, -6, -3, 0, 3, 6, 10])(
    '%i m beyond the edge of a zone is told to enter and leave once, not over and over again',
    metres => {
      for (const [every, source] of [
        [3 * minute, 'ais'],
        [2 * hour, 'vms'],
      ] as const) {
        const told = moor({ metres, every, source, days: 30 }).told();
        expect(told.length, told.slice(0, 8).join(', ')).toBeLessThanOrEqual(2);
      }
    },
  );

  it.each([-6, 0, 6])('%i m from a line has not crossed it more than once', metres => {
    const border = line({ id: 'border' }, [107.5, 16], [107.5, 17]);
    for (const [every, source] of [
      [3 * minute, 'ais'],
      [2 * hour, 'vms'],
    ] as const)
      expect(moor({ metres, every, source, days: 30 }, [border]).told().length).toBeLessThanOrEqual(1);
  });

  it('at the edge of the buffer of a boundary does not approach it again and again', () => {
    const border = line({ id: 'border', bufferNauticalMiles: 1 }, [107.5174, 16], [107.5174, 17]);
    const told = moor({ metres: 5, every: 3 * minute, days: 10 }, [border]).told();
    expect(told).toContain('boundary-approach.raised border');
    expect(told.length, told.slice(0, 8).join(', ')).toBeLessThanOrEqual(2);
  });
});

describe('a vessel that left a zone and stays at its edge', () => {
  /** Inside, then half an hour 20 m beyond the edge. */
  const stay = () => {
    const sea = createSea([port()]);
    sea.report({ at: 0, ...inside });
    for (let count = 1; count <= 15; count++) sea.report({ at: count * 3 * minute, ...destinationOf(edge, 270, 20) });
    expect(sea.told()).toEqual(['zone.entered port', 'zone.left port moved']);
    return sea;
  };

  it('enters anew when it goes in for good', () => {
    const sea = stay();
    sea.report({ at: hour, ...destinationOf(edge, 90, 200) });
    expect(sea.told()).toHaveLength(3);
    expect(sea.driven.conclusions[2]).toMatchObject({ data: { evidence: { crossing: 'interpolated' } } });
  });

  it('enters anew when it stays inside, dated when it went in', () => {
    const sea = stay();
    for (let count = 0; count <= 15; count++)
      sea.report({ at: hour + count * 3 * minute, ...destinationOf(edge, 90, 20) });
    expect(sea.told()).toHaveLength(3);
    const entered = sea.driven.conclusions[2];
    expect(entered?.time).toBeGreaterThan(start + 45 * minute);
    expect(entered?.time).toBeLessThanOrEqual(start + hour);
  });

  it('is forgotten when it goes away, and enters at once when it comes back', () => {
    const sea = stay();
    sea.report({ at: hour, ...outside });
    expect(sea.driven.saved.size).toBe(0);
    sea.report({ at: 2 * hour, ...destinationOf(edge, 90, 20) });
    expect(sea.told()).toHaveLength(3);
  });

  it('is known to lie there after a restart', () => {
    const sea = stay();
    sea.driven.checkpoint();
    sea.driven.restart();
    sea.report({ at: hour, ...destinationOf(edge, 90, 20) });
    expect(sea.told()).toHaveLength(2);
    for (let count = 1; count <= 9; count++) {
      sea.driven.checkpoint();
      sea.driven.restart();
      sea.report({ at: hour + count * 4 * minute, ...destinationOf(edge, 90, 20) });
    }
    expect(sea.told()).toHaveLength(3);
  });

  it('is no state for ever: it ends when the vessel is not heard any more', () => {
    const sea = stay();
    sea.driven.tick(start + 8 * hour);
    expect(sea.told()).toHaveLength(2);
    expect(sea.driven.saved.size).toBe(0);
  });
});

describe('a vessel that was not heard for two hours', () => {
  const dark = (from: typeof outside | typeof inside, to: typeof outside | typeof inside) => {
    const sea = createSea([port()]);
    sea.report({ at: -minute, ...from, sogKnots: 5 });
    sea.report({ at: 0, ...from, sogKnots: 5 });
    sea.report({ at: 2 * hour, ...to, sogKnots: 5 });
    return sea.driven.conclusions.map(made => toWire(made)['data']);
  };

  it('and reappears inside is told to have entered at some time in them, by the time of the report that shows it', () => {
    expect(dark(outside, inside)).toMatchObject([
      {
        headline: {
          vi: 'Tàu cá TTH-96969-TS (8 người) vào Vùng thử trong khoảng 2h tính đến lúc 10:00 ngày 23/11',
          en: 'Fishing vessel TTH-96969-TS (8 crew) entered Trial zone in the 2h before it was heard at 10:00 on 23 Nov',
        },
        evidence: {
          crossing: 'between',
          before: { time: '2026-11-23T01:00:00.000Z' },
          after: { time: '2026-11-23T03:00:00.000Z' },
        },
      },
    ]);
  });

  it('and reappears outside is told to have left in them, after a stay of which only the longest is known', () => {
    expect(dark(inside, outside)[1]).toMatchObject({
      headline: {
        vi: expect.stringMatching(/rời Vùng thử trong khoảng 2h tính đến lúc 10:00 ngày 23\/11, sau không quá 2h 1m$/),
        en: expect.stringMatching(
          /left Trial zone in the 2h before it was heard at 10:00 on 23 Nov, after at most 2h 1m$/,
        ),
      },
      reason: 'moved',
    });
  });

  it('and is still inside goes on with its visit', () => {
    expect(dark(inside, inside)).toHaveLength(1);
  });
});

describe('a zone that ends', () => {
  it('is left by who is in it at the moment at which it ends, also when nothing is heard until later', () => {
    const sea = createSea([port({ effectiveTo: '2026-11-23T10:00:00+07:00' })]);
    sea.report({ at: 0, ...inside });
    sea.report({ at: 4 * hour, ...inside });
    expect(sea.told()).toEqual(['zone.entered port', 'zone.left port config-removed']);
    expect(sea.driven.conclusions[1]).toMatchObject({ time: start + 2 * hour, data: { staySeconds: 7200 } });
  });
});

describe('two zones that touch', () => {
  /** Corners of exactly the same longitude. */
  const between = (id: string, west: number, east: number) =>
    area({ id, kind: 'waters' }, [
      [west, 16.4],
      [east, 16.4],
      [east, 16.6],
      [west, 16.6],
      [west, 16.4],
    ]);
  const west = between('west', 107.4, 107.6);
  const east = between('east', 107.6, 107.8);

  it('are never both left by a vessel that passes from one to the other', () => {
    const sea = createSea([west, east]);
    sea.sail({ longitude: 107.55, latitude: 16.5, at: 0, sogKnots: 12, cogDegrees: 90 }, 40 * minute, 10 * second);
    expect(sea.told()).toEqual(['zone.entered west', 'zone.entered east', 'zone.left west moved']);
    const [, entered, left] = sea.driven.conclusions;
    expect(Math.abs((entered?.time ?? 0) - (left?.time ?? 0))).toBeLessThanOrEqual(1);
  });

  it('hold every place on their common edge once', () => {
    const sea = createSea([west, east]);
    for (let count = 0; count < 50; count++)
      sea.report({ at: count * minute, longitude: 107.6, latitude: 16.41 + count * 0.0035 });
    for (const item of sea.driven.items) expect(item.kind === 'vessel-update' ? item.zones?.length : undefined).toBe(1);
  });
});

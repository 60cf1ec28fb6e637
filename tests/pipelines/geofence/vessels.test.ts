import { describe, expect, it } from 'vitest';
import { destinationOf } from '../../../core/geodesy.ts';
import { area, boat, createSea, hour, line, minute, port, square, start } from './sea.ts';

describe('a vessel that falls silent just beyond a boundary', () => {
  const edge = { longitude: 107.6, latitude: 16.5 };

  it('is told to have crossed the line before it is given up', () => {
    const sea = createSea([line({ id: 'border' }, [107.6, 16], [107.6, 17])]);
    sea.report({ at: 0, ...destinationOf(edge, 270, 30) });
    sea.report({ at: minute, ...destinationOf(edge, 90, 30) });
    expect(sea.told()).toEqual([]);
    sea.driven.tick(start + 7 * hour);
    expect(sea.told()).toEqual(['boundary.crossed border to-right']);
    expect(sea.driven.conclusions[0]?.time).toBe(start + minute / 2);
    expect(sea.driven.saved.size).toBe(0);
  });

  it('is told to have crossed the edge of an area', () => {
    const sea = createSea([area({ id: 'eez', kind: 'boundary' }, square(107.5, 16.5))]);
    sea.report({ at: 0, ...destinationOf(edge, 270, 30) });
    sea.report({ at: minute, ...destinationOf(edge, 90, 30) });
    sea.driven.tick(start + 7 * hour);
    expect(sea.told()).toEqual(['boundary.crossed eez outward']);
  });
});

describe('a station that turns out to be no vessel', () => {
  it('has its visits superseded, and none after that', () => {
    const sea = createSea([port()]);
    const here = { longitude: 107.6, latitude: 16.6 };
    sea.report({ at: 0, ...here });
    const buoy = { ...boat, mmsiKind: 'gear', name: 'NET 3-85%' } as const;
    sea.report({ at: minute, ...here }, buoy, { cause: 'identity' });
    expect(sea.told()).toEqual(['zone.entered port', 'zone.left port superseded']);
    expect(sea.driven.items.at(-1)).toMatchObject({ zones: [] });
    expect(sea.driven.saved.size).toBe(0);
    sea.report({ at: 2 * minute, ...here }, buoy);
    expect(sea.told()).toHaveLength(2);
  });
});

describe('what becomes known of a vessel while it lies still', () => {
  it('is kept over a restart', () => {
    const sea = createSea([port()]);
    const here = { longitude: 107.6, latitude: 16.6 };
    sea.report({ at: 0, ...here });
    sea.report({ at: 0, ...here }, { ...boat, name: 'Thuận An 5' }, { cause: 'identity' });
    sea.driven.checkpoint();
    sea.driven.restart();
    sea.driven.tick(start + 7 * hour);
    expect(sea.driven.conclusions.at(-1)?.data).toMatchObject({ vessel: { name: 'Thuận An 5' } });
  });
});

describe('a vessel that crosses a line and goes on within one batch', () => {
  it('is followed afterwards like any other', () => {
    const sea = createSea([line({ id: 'border' }, [107.49, 16], [107.49, 17]), port()]);
    const at = (minutes: number, longitude: number) =>
      sea.updateOf(boat, { at: minutes * minute, longitude, latitude: 16.6 });
    sea.driven.step(at(0, 107.48), at(1, 107.495), at(2, 107.51));
    expect(sea.told()).toEqual(['boundary.crossed border to-right', 'zone.entered port']);
    expect(sea.driven.saved.size).toBe(1);
    sea.driven.step(at(3, 107.48), at(4, 107.47));
    expect(sea.told().slice(2)).toContain('zone.left port moved');
  });
});

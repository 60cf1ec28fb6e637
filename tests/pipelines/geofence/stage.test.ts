import { describe, expect, it } from 'vitest';
import { toWire } from '../../support/events.ts';
import { createSea, minute, port, start } from './sea.ts';

describe('a vessel that sails through a zone', () => {
  it('is told when it entered and left, at the moment and place of the crossing', () => {
    const sea = createSea([port()]);
    sea.sail({ at: 0, longitude: 107.49, latitude: 16.6, sogKnots: 20, cogDegrees: 90 }, 60 * minute);
    expect(sea.told()).toEqual(['zone.entered port', 'zone.left port moved']);
    const [entered, left] = sea.driven.conclusions;
    expect(entered && toWire(entered)).toMatchObject({
      source: '/ioc/hue/gw-017/geofence',
      subject: 'vessel/vnfish/TTH-96969-TS',
      severitytext: 'INFORMATIONAL',
      data: {
        phase: 'entered',
        headline: {
          vi: 'Tàu cá TTH-96969-TS (8 người) vào Vùng thử lúc 08:01 ngày 23/11',
          en: 'Fishing vessel TTH-96969-TS (8 crew) entered Trial zone at 08:01 on 23 Nov',
        },
        zone: { id: 'port', kind: 'port' },
        evidence: { crossing: 'interpolated', source: 'ais', receivers: ['ais-1'] },
      },
    });
    expect(left?.correlation).toBe(entered?.correlation);
    expect(left?.time).toBeGreaterThan(start);
  });
});

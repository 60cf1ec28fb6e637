import { describe, expect, it } from 'vitest';
import { encodeJsonFrame, readJsonEvent, readJsonFrames } from '../../../../drivers/protocols/onvif/json.ts';

describe('an event as JSON', () => {
  it('has its topic without prefixes and values of its source, whatever its length', () => {
    const event = { Data: {} };
    expect(readJsonEvent('tns1:RuleEngine/acme:Detector/&1/a:b', event, false)?.topic).toBe('RuleEngine/Detector');
    const began = performance.now();
    readJsonEvent('a'.repeat(65_000), event, false);
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it('takes what is no word, number or truth for nothing', () => {
    const read = readJsonEvent('a', { '@UtcTime': 5, Data: { A: [1], B: null, '@C': 1.5, D: false } }, true);
    expect(read).toMatchObject({ time: undefined, operation: 'Initialized' });
    expect([...(read?.data ?? [])]).toEqual([
      ['C', '1.5'],
      ['D', 'false'],
    ]);
    for (const none of [null, 5, 'text', [], {}, { Data: 'x' }])
      expect(readJsonEvent('a', none, false)).toBeUndefined();
  });
});

describe('a frame as JSON', () => {
  it('is read as the simulator wrote it', () => {
    const object = { id: '7', type: 'Human', likelihood: 0.9, box: { x: 0.25, y: 0.125, width: 0.5, height: 0.25 } };
    const time = Date.UTC(2026, 10, 26, 10);
    const payload: unknown = JSON.parse(Buffer.from(encodeJsonFrame(time, [object, { id: '8' }])).toString());
    expect(readJsonFrames(payload)).toEqual([{ time, objects: [object, { id: '8' }], deleted: [] }]);
  });

  it('has no box where an edge is missing, is no number or nothing is left of it in the picture', () => {
    const boxOf = (box: object) =>
      readJsonFrames({ Frame: { Object: { ObjectId: 1, Appearance: { Shape: { BoundingBox: box } } } } })?.[0]
        ?.objects[0]?.box;
    expect(boxOf({ left: 0, right: 1, top: 1, bottom: 0 })).toEqual({ x: 0.5, y: 0, width: 0.5, height: 0.5 });
    expect(boxOf({ left: 0, right: 1, top: 1 })).toBeUndefined();
    expect(boxOf({ left: 0, right: 'wide', top: 1, bottom: 0 })).toBeUndefined();
    expect(boxOf({ left: 2, right: 3, top: 1, bottom: 0 })).toBeUndefined();
  });

  it('holds a bounded number of objects, and is nothing where there is none', () => {
    const many = Array.from({ length: 5000 }, (_, id) => ({ '@ObjectId': id }));
    expect(readJsonFrames({ Frame: { Object: many } })?.[0]?.objects).toHaveLength(200);
    expect(readJsonFrames({ Frame: Array.from({ length: 500 }, () => ({})) })).toHaveLength(50);
    for (const none of [null, {}, { Frame: [] }, { Frame: 5 }]) expect(readJsonFrames(none)).toBeUndefined();
  });
});

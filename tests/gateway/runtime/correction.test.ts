import { describe, expect, it } from 'vitest';
import { correctText, wrongnessAt, wrongnessOf } from '../../../gateway/runtime/correction.ts';

const at = (text: string): number => Date.parse(text);
const shift = (from: string, to: string, by: number) => ({ from: at(from), to: at(to), by });
const year = 365 * 86_400_000;
/** Ten minutes of a clock that was a year behind. */
const behind = wrongnessOf([shift('2025-01-01T00:00:00Z', '2025-01-01T00:10:00Z', year + 250)]);

describe('the text of an event', () => {
  it('has every instant of the wrong clock put right, and nothing else changed', () => {
    const text =
      '{"time":"2025-01-01T00:05:00.500Z","list":["2025-01-01T00:00:00.000Z", "2024-12-31T23:59:59.999Z"],' +
      '"note":"at 2025-01-01T00:05:00.500Z, said \\"2025-01-01T00:05:00Z\\"","n":1.50,"end":"2025-01-01T01:10:00.001Z"}';
    expect(correctText(text, behind)).toBe(
      '{"time":"2026-01-01T00:05:00.750Z","list":["2026-01-01T00:00:00.250Z", "2024-12-31T23:59:59.999Z"],' +
        '"note":"at 2025-01-01T00:05:00.500Z, said \\"2025-01-01T00:05:00Z\\"","n":1.50,"end":"2025-01-01T01:10:00.001Z"}',
    );
  });

  it('has the end of a period put right that was open when the clock was set', () => {
    expect(correctText('{"end":"2025-01-01T00:10:30Z"}', behind)).toBe('{"end":"2026-01-01T00:10:30Z"}');
  });

  it('has the start of a period put right with its end, also where it lies before the start of the machine', () => {
    expect(correctText('{"start":"2024-12-31T23:10:00Z","end":"2025-01-01T00:10:00Z"}', behind)).toBe(
      '{"start":"2025-12-31T23:10:00Z","end":"2026-01-01T00:10:00Z"}',
    );
    const right = '{"start":"2024-12-31T22:00:00Z","end":"2024-12-31T23:00:00Z"}';
    expect(correctText(right, behind)).toBe(right);
  });

  it('keeps whole seconds whole', () => {
    expect(correctText('{"dateObserved":"2025-01-01T00:05:00Z"}', behind)).toBe(
      '{"dateObserved":"2026-01-01T00:05:00Z"}',
    );
  });

  it('names its entity by the right instant, and leaves other ids', () => {
    const text = '{"id":"urn:ngsi-ld:AirQualityObserved:hue-aq-20250101T000500Z","other":"x-20250101T000500Z"}';
    expect(correctText(text, behind)).toBe(
      '{"id":"urn:ngsi-ld:AirQualityObserved:hue-aq-20260101T000500Z","other":"x-20250101T000500Z"}',
    );
  });

  it('lets a picture live for as long as it was to live from when it was taken', () => {
    const text = '{"media":[{"capturedAt":"2025-01-01T00:05:00.000Z","bytes":1,"expiresAt":"2025-01-31T00:05:00Z"}]}';
    expect(correctText(text, behind)).toBe(
      '{"media":[{"capturedAt":"2026-01-01T00:05:00.250Z","bytes":1,"expiresAt":"2026-01-31T00:05:00Z"}]}',
    );
    // That of a right clock stays as it is.
    const right = text.replace('2025-01-01T00:05', '2026-07-01T00:05');
    expect(correctText(right, behind)).toBe(right);
  });
});

describe('what is told after the clock was set', () => {
  const setAt = at('2026-01-01T12:05:00Z');

  it('is right, also where the wrong clock ran ahead and gave the same times', () => {
    const ahead = shift('2026-01-01T12:00:00Z', '2026-01-01T13:05:00Z', -3_600_000);
    const wrongness = wrongnessAt({ shifts: [ahead], setAt }, at('2026-01-01T12:30:00Z'));
    expect(wrongness(at('2026-01-01T12:20:00Z'))).toBeUndefined();
    expect(wrongness(at('2026-01-01T12:50:00Z'))).toBe(-3_600_000);
    expect(wrongness(at('2026-01-01T12:01:00Z'))).toBe(-3_600_000);
  });
});

import { describe, expect, it } from 'vitest';
import { createHeaderFramer, type Framed, perChannel } from '../../core/framing.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const show = (framed: readonly Framed[]): readonly string[] =>
  framed.map(piece => (piece.kind === 'frame' ? Buffer.from(piece.bytes).toString('latin1') : `!${piece.reason}`));

describe('frames with a header', () => {
  /** `HH`, one digit that is the whole length, and an X at the end of a valid one. */
  const create = () =>
    createHeaderFramer({
      header: bytes('HH'),
      lengthOf: start => (start.length < 3 ? undefined : (start[2] ?? 0) - 0x30),
      maximumLength: 8,
      isValid: frame => frame[frame.length - 1] === 0x58,
    });
  const frames = (...chunks: readonly string[]): readonly string[] => {
    const framer = create();
    return chunks.flatMap(chunk => show(framer(bytes(chunk))));
  };

  it('are found in whatever chunks', () => {
    expect(frames('H', 'H', '5aX', 'HH4X')).toEqual(['HH5aX', 'HH4X']);
  });

  it('are found after noise, which is reported', () => {
    expect(frames('noise HH4X')).toEqual(['HH4X', '!noise']);
  });

  it('are found inside one that is broken', () => {
    expect(frames('HH7aHH4X')).toEqual(['!bad-checksum', 'HH4X', '!noise']);
  });

  it('of an impossible length are given up', () => {
    expect(frames('HH9', 'HH1', 'HH4X')).toContain('HH4X');
    expect(frames('HH9')).toContain('!bad-length');
  });

  it('hold no memory of the chunk they came in', () => {
    const chunk = Buffer.alloc(65_536, 'HH4X', 'latin1');
    for (const piece of create()(chunk)) {
      if (piece.kind === 'frame') expect(piece.bytes.buffer).not.toBe(chunk.buffer);
    }
  });
});

describe('one state for each channel', () => {
  it('is made once and found again', () => {
    const stateOf = perChannel(() => ({}));
    const [first, second] = [stateOf('a'), stateOf('b')];
    expect(stateOf('a')).toBe(first);
    expect(stateOf('b')).toBe(second);
    expect(stateOf(undefined)).toBe(stateOf(undefined));
  });

  it('is forgotten for the channel that was quiet longest when there are too many', () => {
    const stateOf = perChannel(() => ({}), 2);
    const [first, second] = [stateOf('a'), stateOf('b')];
    stateOf('a');
    stateOf('c');
    expect(stateOf('a')).toBe(first);
    expect(stateOf('b')).not.toBe(second);
  });
});

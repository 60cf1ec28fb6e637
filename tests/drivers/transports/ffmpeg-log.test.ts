import { describe, expect, it } from 'vitest';
import { createDamageJudge, createLineReader, type Remark, remarksIn } from '../../../drivers/transports/ffmpeg-log.ts';

describe('a line of ffmpeg', () => {
  it.each([
    ['[rtsp @ 0x55] [error] method DESCRIBE failed: 401 Unauthorized', ['complaint']],
    ['[rtsp @ 0x55] [warning] RTP: missed 3 packets', ['lost']],
    ['[h264 @ 0x55] [info] concealing 12 DC, 12 AC, 12 MV errors in P frame', ['spoiled']],
    ['[h264 @ 0x55] [info] concealing 12 DC, 12 AC, 12 MV errors in I frame', ['spoiled-key']],
    ['[hevc @ 0x55] [error] Could not find ref with POC 7', ['complaint', 'spoiled']],
    [
      '[scaler_out_0_0 @ 0x55] [verbose] w:128 h:128 fmt:yuv420p sar:0/1 -> w:128 h:72 fmt:rgb24 sar:0/1 flags:0x0',
      ['stretched'],
    ],
    ['[scaler_out_0_0 @ 0x55] [verbose] w:128 h:72 fmt:yuv420p sar:0/1 -> w:128 h:72 fmt:rgb24 sar:0/1 flags:0x0', []],
    ['[Parsed_scale_1 @ 0x55] [verbose] w:64 h:64 fmt:yuv420p sar:0/1 -> w:128 h:128 fmt:rgb24 sar:0/1 flags:0x2', []],
    ['a=fmtp:96 packetization-mode=1', []],
  ])('%s means %j', (line, remarks) => {
    expect(remarksIn(line)).toEqual(remarks);
  });

  it('is put together from any pieces', () => {
    const read = createLineReader();
    expect(['one\ntw', 'o', '\n\nthr', 'ee\n'].map(read)).toEqual([['one'], [], ['two', ''], ['three']]);
  });
});

describe('the pictures after', () => {
  /** Of each picture whether it is taken for damaged; a key frame is announced before its picture. */
  const judge = (events: readonly (Remark | 'key' | 'picture')[]): string => {
    const { hear, keyFrame, isDamaged } = createDamageJudge();
    let found = '';
    for (const event of events) {
      if (event === 'key') keyFrame();
      else if (event === 'picture') found += isDamaged() ? '×' : '·';
      else hear(event);
    }
    return found;
  };
  const key = ['key', 'picture'] as const;

  it.each([
    [
      'one that is spoiled are damaged until the next key frame',
      ['spoiled', 'picture', 'picture', ...key, 'picture'],
      '××··',
    ],
    ['a key frame that is spoiled are damaged until the one after', ['spoiled-key', ...key, 'picture', ...key], '××·'],
    ['a loss are damaged until the next key frame', [...key, 'lost', 'picture', 'picture', ...key], '·××·'],
    [
      'a loss that may be of the key frame are damaged until the one after',
      [...key, 'lost', ...key, 'picture', ...key],
      '·××·',
    ],
    ['what was lost before the first key frame are whole', ['spoiled', 'spoiled', ...key, 'picture'], '··'],
    ['a complaint are whole', [...key, 'complaint', 'picture'], '··'],
  ] as const)('%s', (_, events, expected) => {
    expect(judge(events)).toBe(expected);
  });
});

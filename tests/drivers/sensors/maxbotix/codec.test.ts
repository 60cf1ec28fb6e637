import { expect, it } from 'vitest';
import { createDecoder, encode, type Mounting } from '../../../../drivers/sensors/maxbotix/codec.ts';

const mounting: Mounting = { model: '5m', mountHeight: 4.5, samples: 5 };

const decode = (
  ranges: readonly (number | undefined)[],
  { every = 150, ...own }: Partial<Mounting & { every: number }> = {},
) => {
  const decoder = createDecoder('level-1', { ...mounting, ...own });
  return ranges.flatMap((range, index) =>
    decoder({ bytes: encode(own.model ?? '5m', range), receivedAt: 1_000_000 + index * every }),
  );
};

const levelsOf = (decoded: ReturnType<typeof decode>) =>
  decoded.map(piece =>
    piece.kind === 'observation' && piece.observation.kind === 'measurement' ? piece.observation.value : piece,
  );

it('tells the level as the mount height less the median of the ranges', () => {
  expect(levelsOf(decode([1234, 900, 1230, 1240, 4000]))).toEqual([3.266]);
});

it('gives nothing before there are enough ranges', () => {
  expect(decode([1234, 1234, 1234, 1234])).toEqual([]);
});

it.each([
  ['5m', '5000'],
  ['10m', '9999'],
] as const)('takes the greatest number of a model of %s as no echo', (model, digits) => {
  expect(Buffer.from(encode(model, undefined)).toString()).toBe(`R${digits}\r`);
  expect(levelsOf(decode([undefined, undefined, 1000, 1000, 1000], { model }))).toEqual([3.5]);
  expect(decode([undefined, undefined, undefined, 1000, 1000], { model })).toEqual([
    { kind: 'ignored', reason: 'no-echo' },
  ]);
});

it('takes 5000 of a model of 10 m as a range', () => {
  expect(levelsOf(decode([5000, 5000, 5000, 5000, 5000], { model: '10m', mountHeight: 9 }))).toEqual([4]);
});

it('marks water at the sensor as suspect', () => {
  expect(decode([100, 100, 100, 100, 100])).toMatchObject([{ observation: { value: 4.2, quality: 'suspect' } }]);
});

it('takes no ranges together that lie far apart', () => {
  expect(decode([1000, 1000, 1000, 1000, 1000], { every: 6000 })).toEqual([]);
});

it('refuses a range that the model cannot have', () => {
  const decoder = createDecoder('level-1', mounting);
  expect(decoder({ bytes: Buffer.from('R5001\rR123\r'), receivedAt: 0 })).toEqual([
    { kind: 'malformed', reason: 'other-model' },
    { kind: 'malformed', reason: 'other-message' },
  ]);
});

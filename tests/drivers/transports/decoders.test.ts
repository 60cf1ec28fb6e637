import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  chooseDecoder,
  type Decoder,
  hardwareDecoders,
  software,
  tryDecoder,
} from '../../../drivers/transports/decoders.ts';
import { missingPrograms } from '../../support/resources.ts';

const named = (name: Decoder['name']): Decoder => ({ name, args: [], alone: [[], []] });

describe('the decoder of a machine', () => {
  it('is the first that decodes, with the reasons against those before it', async () => {
    const works = new Set(['vaapi', 'v4l2m2m']);
    const choice = await chooseDecoder([named('cuda'), named('vaapi'), named('v4l2m2m')], async ({ name }) =>
      works.has(name) ? undefined : 'no driver',
    );
    expect(choice).toMatchObject({ decoder: { name: 'vaapi' }, refused: [{ decoder: 'cuda', reason: 'no driver' }] });
  });

  it('is ffmpeg itself where there is no device', async () => {
    const without = hardwareDecoders.map(decoder => ({ ...decoder, device: '/dev/no-such-device' }));
    const { decoder, refused } = await chooseDecoder(without);
    expect(decoder).toBe(software);
    expect(refused.map(({ reason }) => reason)).toEqual(Array(3).fill('/dev/no-such-device: ENOENT'));
  });
});

describe.skipIf(missingPrograms('ffmpeg') !== undefined)('a trial', () => {
  it('is passed by ffmpeg itself', async () => {
    expect(await tryDecoder(software)).toBeUndefined();
  });

  // ffmpeg would decode by itself what the hardware does not.
  it.each(hardwareDecoders.filter(({ device = '' }) => !existsSync(device)))(
    'of $name is not passed by anything else in its place',
    async ({ device: _, ...decoder }) => {
      expect(await tryDecoder(decoder)).toEqual(expect.any(String));
    },
  );
});

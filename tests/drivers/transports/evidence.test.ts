/** The smaller stream of a camera and its larger one, each from an RTSP server of its own, as both are of one world. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayError } from '../../../core/errors.ts';
import type { Frame, FrameRequest } from '../../../core/observation.ts';
import type { RunningSimulator } from '../../../core/simulator.ts';
import { systemClock } from '../../../core/time.ts';
import { withEvidence } from '../../../drivers/transports/evidence.ts';
import { framesOf } from '../../../drivers/transports/frames.ts';
import { openRtsp, type RtspSource } from '../../../drivers/transports/rtsp.ts';
import { simulator } from '../../../simulators/cameras/rtsp-camera.ts';
import { codecs } from '../../../simulators/scenes/coded-pictures.ts';
import { createWorld } from '../../../simulators/world/create.ts';
import { freePort, missingPrograms } from '../../support/resources.ts';
import { createContext, recordedLog, type TestContext } from '../support/context.ts';

const skip = missingPrograms('ffmpeg');
const fps = 5;
const request: FrameRequest = {
  ...{ width: 96, height: 96, resampling: 'bilinear', maximumFps: fps },
  evidence: { width: 256, height: 256 },
};

const start = (config: object): Promise<RunningSimulator> =>
  simulator.start(
    { scene: 'street', fps, ...config },
    {
      ...{ world: createWorld(20_261_125), clock: systemClock, log: recordedLog(), random: () => 0.5 },
      signal: AbortSignal.timeout(240_000),
    },
  );

const sourceOf = ({ address }: Pick<RunningSimulator, 'address'>): RtspSource => ({
  ...{ url: String(address['url']), transport: 'tcp', decoder: 'software' },
});

const childrenOf = (pid: number): readonly string[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);

describe.skipIf(skip !== undefined)('a camera with two streams', () => {
  let sub: RunningSimulator;
  beforeAll(async () => {
    sub = await start({ width: 128 });
  }, 120_000);
  afterAll(() => sub[Symbol.asyncDispose]());

  /** Frames until `enough` of them came. */
  const watch = async (
    larger: RtspSource,
    enough: (frames: readonly Frame[]) => boolean,
    context: TestContext = createContext(),
  ): Promise<readonly Frame[]> => {
    const frames: Frame[] = [];
    const watched = framesOf(openRtsp(sourceOf(sub), request, context), 'cam-1', context.clock);
    for await (const { items } of withEvidence(watched, () => larger, request, 'cam-1', context)) {
      frames.push(...items);
      if (enough(frames)) break;
    }
    context.abort();
    return frames;
  };

  const isLarger = ({ stream }: Frame): boolean => stream === 'evidence';

  it.each(codecs)('is watched by one, and of the other (%s) key frames come as large as asked for', async codec => {
    await using main = await start({ width: 256, codec });
    const frames = await watch(sourceOf(main), all => all.filter(isLarger).length >= 4);
    const [watched, shown] = [frames.filter(each => !isLarger(each)), frames.filter(isLarger)];
    for (const { width, height, large } of watched) {
      expect([width, height, large?.width, large?.height], 'as large as it is').toEqual([96, 54, 128, 72]);
    }
    for (const { width, height, large } of shown) {
      expect([width, height, large?.width, large?.height]).toEqual([96, 54, 256, 144]);
    }
    // The film has a key frame each second; of motion JPEG, where every picture is one, no more are taken than that.
    const elapsed = ((shown.at(-1)?.time ?? 0) - (shown[0]?.time ?? 0)) / 1000;
    expect(shown.length - 2).toBeLessThanOrEqual(elapsed);
    expect(watched.length, 'all of these').toBeGreaterThan(2 * shown.length);
  });

  it('goes on by the smaller one when the larger one is away, which is told once', async () => {
    const context = createContext();
    const away = { ...sourceOf(sub), url: `rtsp://127.0.0.1:${await freePort()}/live` };
    const frames = await watch(away, all => all.length >= 3 * fps, context);
    expect(frames.some(isLarger)).toBe(false);
    expect(context.log.lines.map(({ message }) => message)).toEqual([
      'the larger stream of the camera cannot be read: its pictures are taken from the smaller one',
    ]);
  });

  it('ends with the smaller one, and leaves no decoder behind', async () => {
    await using main = await start({ width: 256 });
    await using own = await start({ width: 128 });
    const context = createContext();
    const frames = framesOf(openRtsp(sourceOf(own), request, context), 'cam-1', context.clock);
    const both = withEvidence(frames, () => sourceOf(main), request, 'cam-1', context);
    const seen: Frame[] = [];
    const read = async (): Promise<void> => {
      for await (const { items } of both) {
        seen.push(...items);
        if (seen.some(isLarger)) own.show('away');
      }
    };
    await expect(read()).rejects.toBeInstanceOf(GatewayError);
    expect(childrenOf(process.pid)).toEqual([]);
  });
});

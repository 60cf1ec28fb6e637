import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createBacklogJudge, mediaTimeOf, workOf } from '../../../drivers/transports/backlog.ts';
import { until } from '../../support/resources.ts';

describe('a decoder', () => {
  interface Shares {
    readonly media: number;
    /** Of work that it does, and of work that waits for a processor. */
    readonly busy: number;
    readonly waiting?: number;
  }

  /** When it is found behind, of a minute with a report each second of these shares of the time. */
  const behindAfter = (of: (second: number) => Shares, pictureEvery = 200) => {
    const isBehind = createBacklogJudge(pictureEvery);
    let [media, done, waiting] = [0, 0, 0];
    for (let second = 0; second < 60; second++) {
      const share = of(second);
      media += share.media * 1000;
      done += share.busy * 1000;
      waiting += (share.waiting ?? 0) * 1000;
      if (isBehind({ at: second * 1000, media, done, waiting })) return second;
    }
    return undefined;
  };

  it.each([
    ['at half the speed of the video, always busy, is behind', () => ({ media: 0.5, busy: 1 }), 7],
    ['a little too slow is behind when that has come to some seconds', () => ({ media: 0.9, busy: 1 }), 33],
    ['that gives nothing is behind', () => ({ media: 0, busy: 1 }), 4],
    ['always busy that keeps up is not', () => ({ media: 1, busy: 1 }), undefined],
    ['that decodes too much on a busy machine is behind', () => ({ media: 0.2, busy: 0.3, waiting: 0.7 }), 5],
    ['that a busy machine keeps from its work is not', () => ({ media: 0.5, busy: 0.1, waiting: 0.9 }), undefined],
    ['that waits for a slow clock of its camera is not', () => ({ media: 0.5, busy: 0.4 }), undefined],
    ['that waits for a camera which shows nothing is not', () => ({ media: 0, busy: 0.01 }), undefined],
    [
      'that catches up after each trouble is not',
      (second: number) => (second % 5 < 4 ? { media: 0.5, busy: 1 } : { media: 3, busy: 0.5 }),
      undefined,
    ],
  ])('%s', (_, of, expected) => {
    expect(behindAfter(of)).toBe(expected);
  });

  it('of one picture in ten seconds is not behind between two of them', () => {
    expect(behindAfter(second => ({ media: second % 10 === 0 ? 10 : 0, busy: 1 }), 10_000)).toBeUndefined();
  });

  it('tells how far the video has come', () => {
    expect(mediaTimeOf('frame=5\nout_time_us=816667\nout_time_ms=816667\nprogress=continue\n')).toBeCloseTo(816.667);
    expect(mediaTimeOf('frame=0\nout_time_us=N/A\nprogress=continue\n')).toBeUndefined();
  });

  it.skipIf(!existsSync('/proc/self/schedstat'))('does something while it works, and not while it waits', async () => {
    const worker = spawn('sh', ['-c', 'read line; while :; do :; done'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const { pid = 0 } = worker;
    const share = async (): Promise<number> => {
      const busy = (): number => Object.values(workOf(pid) ?? {}).reduce((sum, each) => sum + each, 0);
      const [began, before] = [performance.now(), busy()];
      await until('some time has passed', () => performance.now() - began > 500);
      return (busy() - before) / (performance.now() - began);
    };
    await until('it waits', async () => (await share()) < 0.1);
    worker.stdin?.write('\n');
    await until('it works', async () => (await share()) > 0.9);
    worker.kill('SIGKILL');
    await until('nothing is told of a process that ended', () => workOf(pid) === undefined);
  });
});

import { describe, expect, it } from 'vitest';
import { createTurns, longestWait, type Turn } from '../../../gateway/vision/turns.ts';
import { createRandom } from '../../../simulators/world/random.ts';

type Urgency = Turn<unknown>['urgency'];

/** Who is served, one second a turn, where each of `cameras` asks again as soon as it was. */
const serve = (cameras: readonly Urgency[], count: number, secondsEach = 1): readonly number[] => {
  const turns = createTurns<undefined>();
  const served: number[] = [];
  const ask = (camera: number, since: number): void => {
    turns.ask({ camera, since, urgency: cameras[camera] ?? 'look', work: undefined });
  };
  for (const camera of cameras.keys()) ask(camera, 0);
  for (let turn = 0; turn < count; turn++) {
    const { camera = -1 } = turns.next(turn * secondsEach * 1000) ?? {};
    served.push(camera);
    ask(camera, (turn + 1) * secondsEach * 1000);
  }
  return served;
};

describe('the turns of cameras at the model', () => {
  it('go round where all of them see something move', () => {
    expect(serve(['motion', 'motion', 'motion'], 7)).toEqual([0, 1, 2, 0, 1, 2, 0]);
  });

  it('go to what moves before what is only looked at, which waits its time and then takes every other', () => {
    expect(longestWait).toBe(2000);
    expect(serve(['look', 'motion', 'motion'], 8, 0.5)).toEqual([1, 2, 1, 2, 0, 1, 2, 1]);
    const served = serve(['look', 'look', 'look', 'motion', 'motion'], 41);
    expect(served.filter(camera => camera >= 3).length).toBeGreaterThanOrEqual(20);
    for (const camera of [0, 1, 2]) expect(served.filter(each => each === camera).length).toBeGreaterThanOrEqual(6);
  });

  it('are nobody’s while nobody asks', () => {
    expect(createTurns().next(0)).toBeUndefined();
  });

  it('come first for a camera that was not served for long, however often another one asks', () => {
    const turns = createTurns<undefined>();
    const ask = (camera: number, since: number): void =>
      turns.ask({ camera, since, urgency: 'motion', work: undefined });
    for (let time = 0; time < 500; time += 100) {
      ask(1, time);
      turns.next(time);
    }
    ask(1, 600);
    ask(2, 601);
    expect(turns.next(700)?.camera).toBe(2);
  });

  it('are given to each that asks, once, and within two rounds or, of a look, two rounds after its time', () => {
    const random = createRandom(20_261_126);
    let strangers = 0;
    for (let round = 0; round < 200; round++) {
      const cameras = 1 + Math.floor(random() * 12);
      const eagerness = random();
      const moving = random();
      const turns = createTurns<undefined>();
      const waiting = new Map<number, { readonly urgency: Urgency; readonly since: number; passed: number }>();
      let now = 0;
      for (let step = 0; step < 200; step++) {
        for (let camera = 0; camera < cameras; camera++) {
          if (waiting.has(camera) || random() > eagerness) continue;
          const urgency = random() < moving ? 'motion' : 'look';
          waiting.set(camera, { urgency, since: now, passed: 0 });
          turns.ask({ camera, urgency, since: now, work: undefined });
        }
        const turn = turns.next(now);
        const served = turn && waiting.get(turn.camera);
        if (turn?.since !== served?.since || turn?.urgency !== served?.urgency) strangers++;
        if (turn === undefined && waiting.size > 0) strangers++;
        waiting.delete(turn?.camera ?? -1);
        let passed = 0;
        for (const other of waiting.values()) {
          if (other.urgency === 'motion' || now - other.since >= longestWait) other.passed++;
          passed = Math.max(passed, other.passed);
        }
        if (passed > 2 * cameras) expect.unreachable(`one of ${cameras} was passed over ${passed} times`);
        now += 20 + random() * 400;
      }
    }
    expect(strangers, 'turns that nobody asked for, or as others than they were asked for').toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import type { CameraSignal, Frame } from '../../../core/observation.ts';
import { seconds } from '../../../core/time.ts';
import type { DetectConfig } from '../../../pipelines/detect/config.ts';
import { createGate, type Decider } from '../../../pipelines/detect/gate.ts';

const usual: DetectConfig['motion'] = { sensitivity: 1, zones: [] };

/** A square in the picture at `x`, and whether the camera can be heard. */
const frame = (second: number, events: Frame['events'], x = 40): Frame => {
  const pixels = new Uint8Array(96 * 54 * 3).fill(90);
  for (let row = 20; row < 30; row++) pixels.fill(200, (row * 96 + x) * 3, (row * 96 + x + 10) * 3);
  return {
    ...{ kind: 'frame', device: 'cam-1', time: second * 1000, width: 96, height: 54, pixels },
    ...(events !== undefined && { events }),
  };
};

const says = (
  state: CameraSignal['state'],
  signal: CameraSignal['signal'] = 'motion',
  rule?: string,
): CameraSignal => ({
  ...{ kind: 'camera-signal', device: 'cam-1', time: 0, timeFrom: 'device', signal, state, by: 'camera' },
  ...(rule !== undefined && { rule }),
});

const open = (gate: 'own' | 'events' | 'both', deciders: Decider[] = [], motion: DetectConfig['motion'] = usual) =>
  createGate({ gate, look: seconds(10), motion }, decider => deciders.push(decider));

/** The seconds whose pictures are inferred, of those from one to before another. */
const inferred = (
  gate: ReturnType<typeof open>,
  from: number,
  to: number,
  events: Frame['events'],
  x: (second: number) => number = () => 40,
): readonly number[] => {
  const seen: number[] = [];
  for (let second = from; second < to; second++) {
    if (gate.judge(frame(second, events, x(second))) !== 'still') seen.push(second);
  }
  return seen;
};

const moving = (second: number): number => second % 80;

describe('the gate of a camera that says itself when something moves', () => {
  it('lets nothing be inferred but a look now and then, whatever moves in the picture', () => {
    const gate = open('events');
    gate.hear(says('ended'));
    expect(inferred(gate, 0, 40, 'heard', moving)).toEqual([0, 10, 20, 30]);
  });

  it('opens while the camera says motion, and for a moment after', () => {
    const gate = open('events');
    inferred(gate, 0, 3, 'heard');
    gate.hear(says('begun'));
    expect(inferred(gate, 3, 10, 'heard')).toEqual([3, 4, 5, 6, 7, 8, 9]);
    gate.hear(says('ended'));
    expect(inferred(gate, 10, 20, 'heard')).toEqual([10, 11, 12, 13, 14, 15]);
  });

  it('stays open until the last of several rules is at rest, and opens for what is over at once', () => {
    const gate = open('events');
    inferred(gate, 0, 1, 'heard');
    gate.hear(says('begun', 'field-entered', 'yard'));
    gate.hear(says('begun', 'field-entered', 'gate'));
    gate.hear(says('ended', 'field-entered', 'yard'));
    expect(inferred(gate, 1, 9, 'heard')).toHaveLength(8);
    gate.hear(says('ended', 'field-entered', 'gate'));
    inferred(gate, 9, 15, 'heard');
    expect(inferred(gate, 15, 20, 'heard')).toEqual([]);
    gate.hear(says('happened', 'line-crossed'));
    expect(inferred(gate, 20, 24, 'heard')).toEqual([20, 21, 22, 23]);
  });

  it('stays open until the last of several objects left', () => {
    const gate = open('events');
    inferred(gate, 0, 1, 'heard');
    gate.hear({ ...says('begun', 'field-entered', 'yard'), object: '1' });
    gate.hear({ ...says('begun', 'field-entered', 'yard'), object: '2' });
    gate.hear({ ...says('ended', 'field-entered', 'yard'), object: '1' });
    expect(inferred(gate, 1, 20, 'heard')).toHaveLength(19);
    gate.hear({ ...says('ended', 'field-entered', 'yard'), object: '2' });
    expect(inferred(gate, 20, 30, 'heard')).toEqual([20, 21, 22, 23, 24, 25]);
  });

  it('takes no failure of the camera for motion, nor an end of what it never heard begin', () => {
    const gate = open('events');
    inferred(gate, 0, 1, 'heard');
    gate.hear(says('begun', 'tamper'));
    gate.hear(says('ended'));
    expect(inferred(gate, 1, 10, 'heard')).toEqual([]);
  });

  it('goes by the pictures while the events cannot be heard, tells that once, and that they are heard again', () => {
    const deciders: Decider[] = [];
    const gate = open('events', deciders);
    inferred(gate, 0, 5, 'heard');
    gate.hear(says('begun'));
    expect(inferred(gate, 5, 60, 'unheard', moving).length).toBeGreaterThan(50);
    inferred(gate, 60, 70, 'unheard');
    const looks = inferred(gate, 70, 100, 'unheard');
    expect(looks).toHaveLength(3);
    expect(deciders).toEqual(['pictures']);
    gate.hear(says('ended'));
    const last = looks.at(-1) ?? 0;
    expect(inferred(gate, 100, 140, 'heard', moving)).toEqual([10, 20, 30, 40].map(after => last + after));
    expect(deciders).toEqual(['pictures', 'camera']);
  });

  it('goes by the pictures of a camera that says nothing at all', () => {
    const deciders: Decider[] = [];
    expect(inferred(open('events', deciders), 0, 40, undefined, moving)).toHaveLength(40);
    expect(deciders).toEqual(['pictures']);
  });

  it('goes by the pictures until the camera has said how it is with motion, and says that it has not', () => {
    const told: unknown[] = [];
    const gate = createGate({ gate: 'events', look: seconds(10), motion: usual }, (...said) => told.push(said));
    gate.hear(says('ended', 'tamper'));
    expect(inferred(gate, 0, 40, 'heard', moving)).toHaveLength(40);
    expect(told).toEqual([['pictures', 'untold']]);
    gate.hear(says('ended'));
    expect(inferred(gate, 40, 80, 'heard', moving), 'the next look a look after the last picture').toEqual([
      49, 59, 69, 79,
    ]);
    expect(told).toEqual([
      ['pictures', 'untold'],
      ['camera', undefined],
    ]);
    expect(inferred(gate, 80, 115, 'unheard', moving)).toHaveLength(35);
    expect(inferred(gate, 115, 120, 'heard', moving), 'heard again, and nothing said yet').toHaveLength(5);
    expect(told.at(-1)).toEqual(['pictures', 'unheard']);
  });

  it('goes on when the clock is set back', () => {
    const gate = open('events');
    gate.hear(says('happened'));
    inferred(gate, 1000, 1010, 'heard');
    inferred(gate, 0, 10, 'heard');
    expect(inferred(gate, 10, 30, 'heard').length).toBeLessThan(4);
  });
});

it('a gate of both opens for either', () => {
  const gate = open('both');
  inferred(gate, 0, 3, 'heard');
  expect(inferred(gate, 3, 8, 'heard', moving)).toHaveLength(5);
  inferred(gate, 8, 13, 'heard');
  expect(inferred(gate, 13, 18, 'heard').length).toBeLessThan(2);
  gate.hear(says('begun'));
  expect(inferred(gate, 18, 23, 'heard')).toHaveLength(5);
});

it('a gate of its own does not listen to the camera', () => {
  const gate = open('own');
  gate.judge(frame(0, 'heard'));
  gate.hear(says('begun'));
  expect(inferred(gate, 1, 9, 'heard')).toEqual([]);
});

it('nothing moves where the configuration says that it does not count, and all the rest does', () => {
  const left = [
    [0, 0],
    [0.5, 0],
    [0.5, 1],
    [0, 1],
  ] as [number, number][];
  const gate = open('own', [], { sensitivity: 1, zones: [{ polygon: left, sensitivity: 0 }] });
  gate.judge(frame(0, undefined, 0));
  expect(inferred(gate, 1, 9, undefined, second => 2 * second)).toEqual([]);
  inferred(gate, 9, 12, undefined, () => 60);
  expect(inferred(gate, 12, 20, undefined, second => 48 + second)).toHaveLength(8);
});

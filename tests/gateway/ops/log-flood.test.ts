import { describe, expect, it } from 'vitest';
import { createFloodGate } from '../../../gateway/ops/log-flood.ts';

const openGate = () => {
  const time = { now: 0 };
  return { gate: createFloodGate(() => time.now), time };
};

const admitted = (gate: ReturnType<typeof createFloodGate>, key: string, times: number): number =>
  Array.from({ length: times }, () => gate.admits(key)).filter(Boolean).length;

describe('a flood of log lines', () => {
  it('is written in part, and counted for the rest of its minute', () => {
    const { gate, time } = openGate();
    expect(admitted(gate, 'flood', 1000)).toBe(20);
    expect(gate.folded()).toEqual([]);
    time.now = 60_000;
    expect(gate.folded()).toEqual([['flood', 980]]);
    expect(gate.folded()).toEqual([]);
  });

  it('keeps nothing else from being written', () => {
    const { gate } = openGate();
    admitted(gate, 'flood', 1000);
    expect(gate.admits('another')).toBe(true);
  });

  it('may be followed by another in the next minute', () => {
    const { gate, time } = openGate();
    admitted(gate, 'flood', 30);
    time.now = 61_000;
    expect(admitted(gate, 'flood', 30)).toBe(20);
    expect(gate.folded()).toEqual([['flood', 10]]);
  });

  it('of ever new messages is not remembered for ever', () => {
    const { gate } = openGate();
    admitted(gate, 'first', 25);
    for (let number = 0; number < 5000; number++) gate.admits(`message ${number}`);
    expect(gate.folded()).toEqual([['first', 5]]);
  });
});

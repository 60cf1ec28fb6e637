import { describe, expect, it } from 'vitest';
import { runCommandLine } from '../../../core/command-line.ts';
import { camerasAt, modelsBenchCommand, quantile } from '../../../gateway/cli/models-bench.ts';

const call = async (...argv: readonly string[]) => {
  let out = '';
  let err = '';
  const code = await runCommandLine(
    { name: 'haidang', summary: 'A test.', version: '0.0.0' },
    [modelsBenchCommand],
    ['models', 'bench', ...argv],
    { out: text => (out += text), err: text => (err += text) },
  );
  return { code, out, err };
};

describe('haidang models bench', () => {
  it('tells what each step takes, and how many cameras fit by it', async () => {
    const { code, out } = await call('simulated-scenes', '--pictures', '5', '--json');
    expect(code).toBe(0);
    const { steps, cameras, ...rest } = JSON.parse(out);
    expect(rest).toMatchObject({ model: 'simulated-scenes', threads: 1, pictures: 5, megabytes: expect.any(Number) });
    expect(steps.map(({ step }: { step: string }) => step)).toEqual(['prepare', 'run', 'interpret', 'total']);
    for (const { p50, p95 } of steps) expect(p95).toBeGreaterThanOrEqual(p50);
    const total = steps[3].p95;
    for (const { fps, cameras: fit } of cameras) {
      // The printed time is rounded.
      expect(Math.abs(fit - 1000 / (fps * total))).toBeLessThan(1 + 1 / total);
    }
  });

  it('prints tables for people', async () => {
    const { out } = await call('simulated-scenes', '--pictures', '2');
    expect(out).toMatch(/simulated-scenes [\d.]+, 320 × 192, on \w+, 1 thread/);
    expect(out).toMatch(/interpret +\d+\.\d\d +\d+\.\d\d/);
    expect(out).toMatch(/FPS +CAMERAS/);
  });

  it('reckons by the slow pictures', () => {
    const timings = Array.from({ length: 100 }, (_, index) => ({
      prepare: 1,
      run: 1,
      interpret: 1,
      total: index < 90 ? 10 : 50,
    }));
    expect([camerasAt(1, timings), camerasAt(10, timings)]).toEqual([20, 2]);
    expect([quantile([3, 1, 2], 0.5), quantile([1], 0.95), quantile([], 0.5)]).toEqual([2, 1, Number.NaN]);
  });

  it('says what is wrong with its options', async () => {
    expect(await call('simulated-scenes', '--pictures', 'many')).toMatchObject({ code: 1 });
    expect(await call('simulated-scenes', '--threads', '0')).toMatchObject({ code: 1 });
    expect(await call()).toMatchObject({ code: 2 });
  });
});

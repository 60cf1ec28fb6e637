/** The decision once more, written as a person with a pencil would: by slopes, and by hours in plain lists. */
export const byHand = (() => {
  const steps: Record<string, [number, number, number][]> = {
    pm25: [
      [25, 50, 2],
      [50, 100, 2],
      [80, 150, 50 / 30],
      [150, 200, 50 / 70],
      [250, 300, 1],
      [350, 400, 1],
      [500, 500, 100 / 150],
    ],
    pm10: [
      [50, 50, 1],
      [150, 100, 0.5],
      [250, 150, 0.5],
      [350, 200, 0.5],
      [420, 300, 100 / 70],
      [500, 400, 1.25],
      [600, 500, 1],
    ],
    o3: [
      [160, 50, 50 / 160],
      [200, 100, 1.25],
      [300, 150, 0.5],
      [400, 200, 0.5],
      [800, 300, 0.25],
      [1000, 400, 0.5],
      [1200, 500, 0.5],
    ],
    no2: [
      [100, 50, 0.5],
      [200, 100, 0.5],
      [700, 150, 0.1],
      [1200, 200, 0.1],
    ],
    o38: [
      [100, 50, 0.5],
      [120, 100, 2.5],
      [170, 150, 1],
      [210, 200, 1.25],
      [400, 300, 100 / 190],
    ],
  };
  const read = (name: string, x: number): number => {
    for (const [upper, at, slope] of steps[name] ?? [])
      if (x <= upper) return Math.round(at - (upper - x) * slope + 1e-9);
    return 500;
  };
  const average = (list: number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
  const weighted = (past: (number | undefined)[], at: number): number | undefined => {
    const window: [number, number][] = [];
    for (let back = 0; back < 12; back++) {
      const x = past[at - back];
      if (x !== undefined) window.push([back, x]);
    }
    if (window.filter(([back]) => back < 3).length < 2) return undefined;
    const list = window.map(([, x]) => x);
    const w = Math.max(0.5, Math.min(...list) / Math.max(...list));
    const weights = window.map(([back]) => Math.exp(back * Math.log(w)));
    return window.reduce((sum, [, x], i) => sum + x * (weights[i] ?? 0), 0) / weights.reduce((a, b) => a + b, 0);
  };
  return { read, average, weighted };
})();

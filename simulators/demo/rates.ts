import { type Duration, seconds } from '../../core/time.ts';

/** Growth of a counter a second, over the last few seconds. A counter that falls (a restart) begins anew. */
export interface Rate {
  sample(value: number, at: number): number;
}

const span: Duration = seconds(10);

export const createRate = (): Rate => {
  let samples: { readonly value: number; readonly at: number }[] = [];
  return {
    sample: (value, at) => {
      const newest = samples.at(-1);
      if (newest !== undefined && value < newest.value) samples = [];
      samples.push({ value, at });
      samples = samples.filter(sample => at - sample.at <= span);
      const oldest = samples[0];
      if (oldest === undefined || at === oldest.at) return 0;
      return ((value - oldest.value) * 1000) / (at - oldest.at);
    },
  };
};

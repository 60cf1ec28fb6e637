/** A stage that raises, updates and clears what its samples say. */
import { z } from 'zod';
import type { Conclusion } from '../../core/conclusion.ts';
import type { Measurement } from '../../core/observation.ts';
import { defineStage } from '../../core/stage.ts';
import { exampleConclusion } from '../../events/example-site.ts';
import { eventTypes } from '../../events/registry.ts';

export const start = Date.UTC(2026, 10, 25);
const device = 'ais-1';

export const exampleOf = (name: string): Conclusion => {
  const type = eventTypes.get(name);
  if (type === undefined) throw new Error(`no event ${name}`);
  return exampleConclusion(type);
};

const words = ['raised', 'updated', 'cleared'] as const;

/** Tells of distress what each sample says: 0 raised, 1 updated, 2 cleared; of another vessel from 10 on. */
export const calling = defineStage<object, object, 'measurement'>({
  name: 'calling',
  summary: 'Calls',
  consumes: ['measurement'],
  config: z.strictObject({}),
  restore: () => ({}),
  step: (_, batch) => ({
    output: batch.map(({ value, time, device: source }): Conclusion => {
      const name = words[value % 10] ?? 'raised';
      const vessel = Math.floor(value / 10);
      const own = source === device ? {} : { source, device: source };
      return {
        ...exampleOf(`fishing-vessel.distress.${name}`),
        time,
        key: `${time}`,
        correlation: `distress/${vessel}`,
        ...own,
      };
    }),
  }),
});

export const say = (value: number, from = device): Measurement => ({
  kind: 'measurement',
  device: from,
  time: start + value,
  timeFrom: 'device',
  quantity: 'pm25',
  value,
});

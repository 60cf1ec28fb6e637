/** Rules that nothing can reach where the stage stands: a gauge with a misspelt name would be silent in the flood. */
import { z } from 'zod';
import type { Lack, Surroundings } from '../../core/stage.ts';
import { formatDuration } from '../../core/time.ts';
import { type AlertConfig, overOf } from './config.ts';

/** What is read of the configuration of `aggregate`. */
const aggregate = z.object({ periods: z.array(z.number()) });

export const lacks = (config: AlertConfig, { before, devices }: Surroundings): readonly Lack[] => {
  const found: Lack[] = [];
  const placed = before.find(({ stage }) => stage === 'aggregate');
  const periods = aggregate.safeParse(placed?.config).data?.periods ?? [];
  const isIndexed = before.some(({ stage }) => stage === 'air-quality');
  const { gauges, rules, over } = config;

  const needDevice = (path: Lack['path'], device: string): void => {
    if (!devices.includes(device))
      found.push({ path, message: `there is no device "${device}"`, advice: 'Write the id of one under "devices".' });
  };
  const needMeans = (path: Lack['path'], length: number): void => {
    const period = formatDuration(length);
    if (!periods.includes(length))
      found.push({
        path,
        message: `it judges means of ${period}, which no "aggregate" before this stage makes`,
        advice: `Write "- stage: aggregate" before it, with ${period} among its periods, or another "over".`,
      });
  };

  if (placed === undefined && !rules.some(rule => rule.over === 'sample'))
    found.push({
      path: [],
      message: 'it reads what "aggregate" concludes, and "aggregate" does not stand before it',
      advice: 'Write "- stage: aggregate" before it.',
    });
  for (const [index, { device }] of gauges.entries()) needDevice(['gauges', index, 'device'], device);
  if (placed !== undefined && gauges.length > 0) needMeans(['over'], over);
  for (const [index, rule] of rules.entries()) {
    const path = ['rules', index];
    for (const [at, device] of (rule.devices ?? []).entries()) needDevice([...path, 'devices', at], device);
    const length = overOf(rule, config);
    if (length > 0) needMeans(path, length);
    else if (placed !== undefined)
      found.push({
        path: [...path, 'over'],
        message: 'single values end at "aggregate", which stands before this stage',
        advice: 'Write a second "- stage: alert" before "aggregate" for rules of single values.',
      });
    if (rule.quantity === 'airQualityIndex' && !isIndexed)
      found.push({
        path: [...path, 'quantity'],
        message: 'the index is made by "air-quality", which does not stand before this stage',
        advice: 'Write "- stage: air-quality" before it.',
      });
  }
  return found;
};

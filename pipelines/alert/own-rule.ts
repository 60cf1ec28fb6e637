/** A rule of the configuration → a rule as the stage applies it. */
import type { AlertConfig, OwnRule } from './config.ts';
import { lostAfterOf, overOf } from './config.ts';
import type { Rule } from './rule.ts';

const toOwnRule = (given: OwnRule, config: AlertConfig): Rule => {
  const { id, hazard, quantity, devices, above, below, clearBelow, clearAbove, step, severity, name, text } = given;
  const over = overOf(given, config);
  const threshold = above ?? below ?? 0;
  const level = { name, threshold, clear: clearBelow ?? clearAbove ?? threshold, severity };
  const covers = (device: string): boolean => devices === undefined || devices.includes(device);
  return {
    id,
    hazard,
    figures: [quantity],
    direction: above === undefined ? 'below' : 'above',
    for: given.for,
    clearFor: given.clearFor,
    lostAfter: given.lostAfter ?? lostAfterOf(over),
    text,
    covers,
    judge: reading =>
      reading.over === over && reading.legalLimit === undefined && covers(reading.device)
        ? { name, value: reading.value, levels: [level], step, method: 'threshold' }
        : undefined,
  };
};

export const ownRules = (config: AlertConfig): readonly Rule[] => config.rules.map(given => toOwnRule(given, config));

/** The relay outputs of a simulated camera. */
import { z } from 'zod';
import { duration } from '../../../core/fields.ts';
import type { Instant } from '../../../core/time.ts';

export const relayConfig = z.strictObject({
  token: z.string().min(1).max(64),
  mode: z.enum(['bistable', 'monostable']).default('bistable'),
  delay: duration({ minimum: 100 }).prefault('5s').describe('After it a monostable one returns to rest.'),
});
export type RelayConfig = z.output<typeof relayConfig>;

export interface SimulatedRelays {
  readonly configs: readonly RelayConfig[];
  /** False: there is none of that name. */
  set(token: string, state: 'active' | 'inactive', now: Instant): boolean;
  stateOf(token: string, now: Instant): 'active' | 'inactive' | undefined;
}

export const createRelays = (configs: readonly RelayConfig[]): SimulatedRelays => {
  const activeUntil = new Map<string, Instant>();
  return {
    configs,
    set: (token, state, now) => {
      const config = configs.find(each => each.token === token);
      if (config === undefined) return false;
      const returns = config.mode === 'monostable' ? now + config.delay : Number.POSITIVE_INFINITY;
      activeUntil.set(token, state === 'active' ? returns : Number.NEGATIVE_INFINITY);
      return true;
    },
    stateOf: (token, now) => {
      if (!configs.some(each => each.token === token)) return undefined;
      return now < (activeUntil.get(token) ?? Number.NEGATIVE_INFINITY) ? 'active' : 'inactive';
    },
  };
};

/** What one run of the gateway leaves for the next, so that it can say what came before. */
import { z } from 'zod';
import type { Conclusion } from '../../core/conclusion.ts';
import type { Saved } from '../../core/sealed.ts';
import type { Site } from '../../core/site.ts';
import { type Instant, toTimestamp } from '../../core/time.ts';

export const runOwner = 'gateway.run';
const runKey = 'last';

const runRecord = z.object({
  version: z.string(),
  /**
   * `running` until the gateway stops cleanly; `restarting` when it was ordered to start afresh, `governed` when it does so
   * to keep a budget of its machine.
   */
  state: z.enum(['running', 'stopped', 'restarting', 'governed']),
  seenAt: z.number(),
  /** Which start of the machine it was; absent where the system tells none. */
  bootId: z.string().optional(),
});
export type RunRecord = z.output<typeof runRecord>;

/** The last run's record, or undefined in a new store. */
export const parseRunRecord = (saved: ReadonlyMap<string, Uint8Array>): RunRecord | undefined => {
  const bytes = saved.get(runKey);
  return bytes && runRecord.safeParse(JSON.parse(Buffer.from(bytes).toString())).data;
};

export const saveRunRecord = (record: RunRecord): Saved => ({
  owner: runOwner,
  key: runKey,
  value: Buffer.from(JSON.stringify(record)),
});

const reasonOf = (previous: RunRecord | undefined, bootId: string | undefined): string => {
  if (previous === undefined) return 'first';
  if (previous.state === 'stopped') return 'stopped';
  if (previous.state === 'restarting') return 'ordered';
  if (previous.state === 'governed') return 'governed';
  const isOtherBoot = previous.bootId !== undefined && bootId !== undefined && previous.bootId !== bootId;
  return isOtherBoot ? 'power-lost' : 'interrupted';
};

/** What this run is, and what the record of the one before it says. */
export interface Start {
  readonly version: string;
  readonly at: Instant;
  readonly bootId: string | undefined;
  readonly previous: RunRecord | undefined;
}

/** `gateway.gateway.started` with its reason. */
export const startedConclusion = (site: Site, { version, at, bootId, previous }: Start): Conclusion => ({
  kind: 'conclusion',
  event: 'gateway.gateway.started',
  source: 'gateway',
  subject: `gateway/${site.gateway}`,
  time: at,
  key: String(at),
  severity: 'INFORMATIONAL',
  data: {
    reason: reasonOf(previous, bootId),
    version,
    ...(previous !== undefined && previous.version !== version && { previousVersion: previous.version }),
    ...(previous !== undefined && { lastSeen: toTimestamp(previous.seenAt) }),
  },
});

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
  /** `running` until the gateway stops cleanly. */
  state: z.enum(['running', 'stopped']),
  seenAt: z.number(),
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

/** `gateway.gateway.started` with its reason. */
export const startedConclusion = (
  site: Site,
  version: string,
  startedAt: Instant,
  previous: RunRecord | undefined,
): Conclusion => ({
  kind: 'conclusion',
  event: 'gateway.gateway.started',
  source: 'gateway',
  subject: `gateway/${site.gateway}`,
  time: startedAt,
  key: String(startedAt),
  severity: 'INFORMATIONAL',
  data: {
    reason: previous === undefined ? 'first' : previous.state === 'stopped' ? 'stopped' : 'interrupted',
    version,
    ...(previous !== undefined && previous.version !== version && { previousVersion: previous.version }),
    ...(previous !== undefined && { lastSeen: toTimestamp(previous.seenAt) }),
  },
});

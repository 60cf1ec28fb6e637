import { z } from 'zod';

const problem = z.looseObject({ kind: z.string(), message: z.string(), advice: z.string().optional() });

/** What the view shows of the gateway's own account of itself (`/api/v1/status`). */
const gatewayStatus = z.looseObject({
  gateway: z.string(),
  devices: z.array(
    z.looseObject({
      id: z.string(),
      driver: z.string(),
      state: z.string(),
      since: z.number(),
      observations: z.number(),
      last: z.looseObject({ time: z.number(), text: z.string() }).optional(),
      error: problem.optional(),
      nextRetry: z.number().optional(),
    }),
  ),
  uplinks: z.array(
    z.looseObject({
      name: z.string(),
      state: z.string(),
      since: z.number(),
      delivered: z.number(),
      backlog: z.number(),
      error: problem.optional(),
      warnings: z.array(z.string()),
    }),
  ),
  outbox: z.looseObject({
    accepted: z.number(),
    lanes: z.array(
      z.looseObject({
        lane: z.string(),
        rows: z.number(),
        oldest: z.number().optional(),
        shed: z.record(z.string(), z.number()),
      }),
    ),
    media: z.looseObject({ files: z.number(), bytes: z.number() }),
  }),
});
export type GatewayStatus = z.infer<typeof gatewayStatus>;

/** The gateway's status, or undefined while it does not answer. */
export const askGateway = async (url: string, signal: AbortSignal): Promise<GatewayStatus | undefined> => {
  try {
    const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(2000)]) });
    if (!answer.ok) return undefined;
    const parsed = gatewayStatus.safeParse(await answer.json());
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
};

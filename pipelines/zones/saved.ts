/** What the stage remembers of an object ⇄ bytes. What an older version saved is read too. */
import { z } from 'zod';
import type { Followed } from './life.ts';

const box = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });

const snapshot = z.object({
  sha256: z.string(),
  mediaType: z.literal('image/jpeg'),
  bytes: z.number(),
  width: z.number(),
  height: z.number(),
  capturedAt: z.number(),
  redaction: z.string(),
});

const track = z.object({
  device: z.string(),
  track: z.string(),
  detector: z.object({
    model: z.string(),
    version: z.string(),
    sha256: z.string(),
    threshold: z.number(),
    thresholds: z.record(z.string(), z.number()).exactOptional(),
  }),
  label: z.string(),
  confidence: z.number(),
  bestBox: box,
  firstSeen: z.number(),
  lastSeen: z.number(),
  firstBox: box,
  lastBox: box,
  frames: z.number(),
  zones: z.array(z.string()),
  path: z.array(z.object({ x: z.number(), y: z.number(), at: z.number() })).default([]),
  picture: z.object({ snapshot, label: z.string(), score: z.number(), announced: z.boolean() }).optional(),
});

const stored = z.object({
  track,
  visits: z.array(
    z.object({
      zone: z.object({
        id: z.string(),
        name: z.string(),
        englishName: z.string().exactOptional(),
        version: z.string(),
      }),
      enteredAt: z.number(),
      number: z.number(),
    }),
  ),
  entries: z.record(z.string(), z.number()),
  foot: z.object({ x: z.number(), y: z.number(), at: z.number() }).optional(),
  pending: z
    .record(z.string(), z.object({ to: z.enum(['left', 'right']), at: z.number(), frames: z.number() }))
    .default({}),
  crossings: z.record(z.string(), z.number()).default({}),
  telling: z.object({ at: z.number(), box, number: z.number() }).optional(),
});

const decoder = new TextDecoder();

export const encodeFollowed = (followed: Followed): Uint8Array => {
  const { track, visits, entries, foot, pending, crossings, telling } = followed;
  return Buffer.from(
    JSON.stringify({
      ...{ track, foot, telling },
      visits: [...visits.values()],
      entries: Object.fromEntries(entries),
      pending: Object.fromEntries(pending),
      crossings: Object.fromEntries(crossings),
    }),
  );
};

export const decodeFollowed = (bytes: Uint8Array): Followed => {
  const { track, visits, entries, foot, pending, crossings, telling } = stored.parse(JSON.parse(decoder.decode(bytes)));
  return {
    track: { ...track, picture: track.picture },
    visits: new Map(visits.map(visit => [visit.zone.id, visit])),
    doubts: new Map(),
    entries: new Map(Object.entries(entries)),
    foot,
    pending: new Map(Object.entries(pending)),
    crossings: new Map(Object.entries(crossings)),
    telling,
    origin: 'restored',
    touched: undefined,
  };
};

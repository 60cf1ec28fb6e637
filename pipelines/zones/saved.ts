/** What the stage remembers of an object ⇄ bytes. What an older version saved is read too. */
import { z } from 'zod';
import type { Watch } from './breaches.ts';
import type { Followed } from './life.ts';

const box = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });

const footprint = z.object({ x: z.number(), y: z.number(), at: z.number() });

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
    sha256: z.string().exactOptional(),
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
  path: z.array(footprint).default([]),
  picture: z.object({ snapshot, label: z.string(), score: z.number(), announced: z.boolean() }).optional(),
});

const ruleName = z.enum(['loitering', 'restricted-hours', 'stopped', 'wrong-way', 'left-behind']);

const watched = z.object({
  memory: z.object({
    anchor: footprint,
    strays: z.number(),
    attendedAt: z.number(),
    wrong: z.number(),
    since: z.number().optional(),
  }),
  breach: z
    .object({ rule: ruleName, at: z.number(), number: z.number(), limitSeconds: z.number().optional() })
    .optional(),
  count: z.number(),
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
      rules: z.array(z.tuple([ruleName, watched])).default([]),
    }),
  ),
  entries: z.record(z.string(), z.number()),
  foot: footprint.optional(),
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
      visits: [...visits.values()].map(({ rules, ...visit }) => ({ ...visit, rules: [...rules] })),
      entries: Object.fromEntries(entries),
      pending: Object.fromEntries(pending),
      crossings: Object.fromEntries(crossings),
    }),
  );
};

const toWatch = (rules: readonly (readonly [z.output<typeof ruleName>, z.output<typeof watched>])[]): Watch =>
  new Map(
    rules.map(([name, { memory, breach, count }]) => [
      name,
      {
        memory: { ...memory, since: memory.since },
        breach: breach && { ...breach, limitSeconds: breach.limitSeconds },
        count,
      },
    ]),
  );

export const decodeFollowed = (bytes: Uint8Array): Followed => {
  const { track, visits, entries, foot, pending, crossings, telling } = stored.parse(JSON.parse(decoder.decode(bytes)));
  return {
    track: { ...track, picture: track.picture },
    visits: new Map(visits.map(({ rules, ...visit }) => [visit.zone.id, { ...visit, rules: toWatch(rules) }])),
    doubts: new Map(),
    entries: new Map(Object.entries(entries)),
    foot,
    feet: [],
    pending: new Map(Object.entries(pending)),
    crossings: new Map(Object.entries(crossings)),
    telling,
    origin: 'restored',
    touched: undefined,
  };
};

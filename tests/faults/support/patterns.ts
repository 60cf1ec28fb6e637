/** The loads that the fault suite puts on the outbox: a table, and the events that follow from a position in a load. */
import type { Lane, Sealed } from '../../../core/sealed.ts';
import { between, createRandom, pick } from '../../../simulators/world/random.ts';

export interface Pattern {
  readonly name: string;
  readonly lanes: readonly [Lane, ...Lane[]];
  /** Events of one call. */
  readonly events: readonly [least: number, most: number];
  readonly bodyBytes: readonly [least: number, most: number];
  /** Callers at one time, each waiting for its own call. */
  readonly lines: number;
  /** What a call commits beside its events. */
  readonly beside: readonly ('saved' | 'state' | 'media')[];
  readonly broker: 'away' | 'there';
  readonly lingerMs?: number;
  readonly expiresAfterMs?: number;
  readonly budgetBytes: number;
}

const roomy = 256 * 2 ** 20;
const small: Pattern = {
  name: 'single events',
  lanes: ['obs'],
  events: [1, 1],
  bodyBytes: [120, 600],
  lines: 4,
  beside: [],
  broker: 'away',
  budgetBytes: roomy,
};
const groups: Pattern = { ...small, name: 'groups', events: [1, 120], lines: 2 };
const allLanes: Pattern = { ...small, lanes: ['obs', 'event', 'alert'] };

export const patterns: readonly [Pattern, ...Pattern[]] = [
  small,
  groups,
  { ...small, name: 'one caller', lines: 1 },
  { ...allLanes, name: 'all lanes', lines: 8 },
  { ...allLanes, name: 'groups with saved state', events: [0, 40], beside: ['saved'] },
  { ...small, name: 'large bodies', bodyBytes: [20_000, 60_000], events: [1, 3] },
  { ...small, name: 'delivered at once', broker: 'there' },
  { ...allLanes, name: 'delivered in groups', events: [1, 60], broker: 'there', beside: ['saved'] },
  { ...small, name: 'waiting for company', lingerMs: 15, lines: 16, broker: 'there' },
  { ...allLanes, name: 'a small budget', events: [1, 30], bodyBytes: [200, 2000], budgetBytes: 400_000 },
  {
    ...allLanes,
    name: 'a small budget, delivered',
    events: [1, 200],
    bodyBytes: [200, 2000],
    budgetBytes: 400_000,
    broker: 'there',
  },
  { ...allLanes, name: 'short expiry', events: [1, 10], expiresAfterMs: 30 },
  { ...small, name: 'states', beside: ['state'], broker: 'there' },
  { ...small, name: 'saved state alone', events: [0, 0], beside: ['saved'] },
  { ...small, name: 'media', events: [1, 2], beside: ['media', 'saved'] },
  {
    ...allLanes,
    name: 'everything',
    events: [0, 50],
    bodyBytes: [120, 8000],
    lines: 6,
    beside: ['saved', 'state', 'media'],
    broker: 'there',
    budgetBytes: 2_000_000,
  },
];

export const patternOf = (name: string): Pattern => {
  const found = patterns.find(pattern => pattern.name === name);
  if (found === undefined) throw new Error(`there is no load "${name}"`);
  return found;
};

/** Positions of one run: those of the next run are higher. */
export const positionsOfRun = 1_000_000;

const digits = 12;
/** `{"id":"<32 digits>","at":"<12 digits>","key":"<line>"`: read by place, since judges read a great many of them. */
const idAt = 7;
const placeAt = idAt + 32 + 8;
const keyAt = placeAt + digits + 9;

export interface Identity {
  /** Of the occurrence: a source that sends once more repeats it. */
  readonly id: number;
  /** Of this append among all of the folder; grows in the order of the calls. */
  readonly at: number;
  /** Under which its call saves state. */
  readonly key: string;
}

export const readIdentity = (body: Uint8Array): Identity => {
  const head = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, keyAt + 8)).toString('latin1');
  return {
    id: Number(head.slice(idAt, idAt + 32)),
    at: Number(head.slice(placeAt, placeAt + digits)),
    key: head.slice(keyAt, head.indexOf('"', keyAt)),
  };
};

export const streamOf = (pattern: Pattern, at: number): `environment/${Lane}` =>
  `environment/${pick(createRandom('lane', at), pattern.lanes)}`;

/** The event of a position, always the same. */
export const eventOf = (pattern: Pattern, gateway: string, { id, at, key }: Identity): Sealed => {
  const random = createRandom('event', at);
  const lane = pick(createRandom('lane', at), pattern.lanes);
  const whole = String(id).padStart(32, '0');
  const length = Math.round(between(random, ...pattern.bodyBytes));
  const head = `{"id":"${whole}","at":"${String(at).padStart(digits, '0')}","key":"${key}","text":"`;
  return {
    lane,
    id: whole,
    topic: `ioc/v1/hue/${gateway}/environment/${lane}/dev-${Math.floor(random() * 4)}`,
    time: 1_800_000_000_000 + at,
    ...(pattern.expiresAfterMs !== undefined &&
      random() < 0.5 && { expires: Date.now() + Math.floor(random() * pattern.expiresAfterMs) }),
    body: `${head}${'â'.repeat(Math.max(1, Math.floor((length - head.length) / 2)))}"}`,
  };
};

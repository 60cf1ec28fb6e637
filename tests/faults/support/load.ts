/**
 * A program that loads an outbox by a pattern until it is killed, and prints one line for each thing that was
 * acknowledged to it: what a reader of these lines has read, the outbox may never lose. One argument: `LoadOrder` as JSON.
 */
import { readdirSync, writeSync } from 'node:fs';
import { GatewayError, systemCode } from '../../../core/errors.ts';
import { openOutbox } from '../../../gateway/outbox/open.ts';
import type { Acceptance, MediaRow } from '../../../gateway/outbox/outbox.ts';
import { between, createRandom } from '../../../simulators/world/random.ts';
import type { UplinkConfig } from '../../../sinks/mqtt/config.ts';
import { eventOf, type Identity, patternOf } from './patterns.ts';

export interface LoadOrder {
  readonly folder: string;
  readonly pattern: string;
  readonly gateway: string;
  readonly uplink: UplinkConfig;
  /** The first position of this run. */
  readonly first: number;
  /** Occurrences that a source sends once more, since it was told of no acknowledgement. */
  readonly again: readonly number[];
  readonly seed: number;
  /** Ends by itself after so many calls. */
  readonly calls?: number;
  /** What it waits for before that: until stores that were set aside are read again, and until all is delivered. */
  readonly end?: 'at once' | 'rescued' | 'delivered';
}

/** What the program says, a line of JSON each. */
export type LoadLine =
  | { readonly kind: 'open' }
  | {
      readonly kind: 'appended';
      readonly events: readonly (readonly [at: number, id: number])[];
      readonly key?: string;
      readonly saved?: number;
      readonly media?: string;
    }
  | { readonly kind: 'leaving'; readonly media: string }
  | { readonly kind: 'left'; readonly media: string }
  | { readonly kind: 'retained'; readonly topic: string; readonly value: number }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'notice'; readonly notice: string; readonly detail: unknown }
  | { readonly kind: 'ended'; readonly backlog: number };

/** Synchronous: the line is in the pipe before anything else happens, also where its reader takes its time. */
const say = (line: LoadLine): void => {
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(1, bytes, written);
    } catch (thrown) {
      if (systemCode(thrown) !== 'EAGAIN') throw thrown;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
};

const [, , argument = '{}'] = process.argv;
// The test that starts this program made it of a `LoadOrder`.
const order = JSON.parse(argument) as LoadOrder;
const pattern = patternOf(order.pattern);

const outbox = await openOutbox({
  folder: order.folder,
  site: {
    city: 'hue',
    gateway: order.gateway,
    siteId: 'pole-1',
    areaCode: '00000',
    timeZone: 'Asia/Ho_Chi_Minh',
    status: 'test',
    configVersion: '0123456789ab',
    devices: new Map(),
  },
  uplinks: [order.uplink],
  budget: { bytes: pattern.budgetBytes },
  reveal: ({ name }) => {
    throw new GatewayError('config', `there is no secret ${name}`);
  },
  onNotice: notice => {
    if (notice.kind === 'store-replaced' || notice.kind === 'salvaged') {
      say({ kind: 'notice', notice: notice.kind, detail: notice });
    }
  },
  onFailure: failure => {
    say({ kind: 'refused', reason: failure.message });
    process.exit(3);
  },
});
say({ kind: 'open' });

let next = order.first;
let calls = 0;
const again = [...order.again];

const mediaOf = (at: number): MediaRow => {
  const sha256 = at.toString(16).padStart(64, '0');
  return {
    key: `hue/${order.gateway}/cam-1/${at}.jpg`,
    sha256,
    mediaType: 'image/jpeg',
    bytes: 1000 + (at % 7),
    device: 'cam-1',
    correlation: `track/${at}`,
    expires: Date.now() + 3_600_000,
  };
};

const line = async (index: number): Promise<void> => {
  const random = createRandom('line', order.seed, order.first, index);
  const key = `line-${index}`;
  const waiting: MediaRow[] = [];
  while (order.calls === undefined || calls < order.calls) {
    calls++;
    const events: Identity[] = [];
    const count = Math.round(between(random, ...pattern.events));
    for (let n = 0; n < count; n++) {
      const at = next++;
      events.push({ at, id: again.shift() ?? at, key });
    }
    const saved = pattern.beside.includes('saved') ? (events.at(-1)?.at ?? next++) : undefined;
    const media = pattern.beside.includes('media') && random() < 0.7 ? mediaOf(next++) : undefined;
    const leaving = random() < 0.5 ? waiting.shift() : undefined;
    if (leaving !== undefined) say({ kind: 'leaving', media: leaving.key });
    const acceptance: Acceptance = {
      events: events.map(event => eventOf(pattern, order.gateway, event)),
      ...(saved !== undefined && { saved: [{ owner: 'stage', key, value: Buffer.from(String(saved)) }] }),
      ...(media !== undefined && { media: [media] }),
      ...(leaving !== undefined && { mediaSettled: [{ key: leaving.key, correlation: leaving.correlation }] }),
      ...(pattern.lingerMs !== undefined && { linger: pattern.lingerMs }),
    };
    try {
      await outbox.append(acceptance);
    } catch (failure) {
      say({ kind: 'refused', reason: failure instanceof GatewayError ? failure.kind : String(failure) });
      // A full store refuses at once, and for ever: let others do something.
      await new Promise(resolve => setTimeout(resolve, 5));
      continue;
    }
    say({
      kind: 'appended',
      events: events.map(({ at, id }) => [at, id]),
      ...(saved !== undefined && { key, saved }),
      ...(media !== undefined && { media: media.key }),
    });
    if (media !== undefined) waiting.push(media);
    if (leaving !== undefined) say({ kind: 'left', media: leaving.key });
    if (pattern.beside.includes('state') && random() < 0.3) {
      const topic = `ioc/v1/hue/${order.gateway}/gateway/state/part-${index}`;
      const value = next++;
      await outbox.retain(topic, String(value));
      say({ kind: 'retained', topic, value });
    }
  }
};
await Promise.all(Array.from({ length: pattern.lines }, (_, index) => line(index)));
const isAway = (): boolean => outbox.status().uplinks.some(({ state }) => state !== 'connected');
const isSetAside = (): boolean => readdirSync(order.folder).some(name => name.endsWith('.damaged'));
const isUnfinished: Readonly<Record<NonNullable<LoadOrder['end']>, () => boolean>> = {
  'at once': () => false,
  rescued: isSetAside,
  delivered: () => isSetAside() || isAway(),
};
for (let waited = 0; waited < 600 && isUnfinished[order.end ?? 'at once'](); waited++) {
  await new Promise(resolve => setTimeout(resolve, 50));
}
if (order.end === 'delivered') await outbox.drain(30_000);
await outbox[Symbol.asyncDispose]();
const backlog = outbox.status().uplinks.reduce((sum, uplink) => sum + uplink.backlog, 0);
say({ kind: 'ended', backlog });

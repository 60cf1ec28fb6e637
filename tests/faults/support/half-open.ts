/**
 * A program for a network namespace of its own (`unshare -n`): an outbox delivers to a broker, then every packet of
 * their link vanishes without a word to either side, while the center's own link stands. Arguments: a folder, and for
 * how long the link is dead at least, in ms. It prints what became of it as one line of JSON.
 */
import { execFileSync } from 'node:child_process';
import { openTestOutbox } from '../../support/outbox.ts';
import { freePort, startMosquitto, until } from '../../support/resources.ts';
import { eventOf, patternOf } from './patterns.ts';
import { openSubscriber } from './subscriber.ts';

interface HalfOpenResult {
  /** From the first lost packet until the uplink said so; absent when the link came back before that. */
  readonly noticedAfterMs?: number;
  /** The longest that an append took while the link was dead. */
  readonly slowestAppendMs: number;
  readonly accepted: number;
  readonly lost: number;
  /** Numbers that came with two events, and events that came with two numbers. */
  readonly conflicts: readonly string[];
}

const [, , folder = '', leastMs = '0', patienceMs = '0'] = process.argv;
const ip = (...words: readonly string[]): void => void execFileSync('ip', words);

ip('link', 'set', 'lo', 'up');
// The rule for what stays on this machine comes first of all; another one is to come before it.
ip('rule', 'add', 'pref', '100', 'lookup', 'local');
ip('rule', 'del', 'pref', '0');

const centerPort = await freePort();
const linkPort = await freePort();
await using _broker = await startMosquitto({
  folder,
  port: centerPort,
  configuration: `listener ${centerPort} 127.0.0.1\nlistener ${linkPort} 127.0.0.1\nallow_anonymous true`,
});
await using subscriber = await openSubscriber(centerPort);
await using opened = await openTestOutbox(`${folder}/storage`, [{ url: `mqtt://127.0.0.1:${linkPort}` }]);
const { outbox, notices } = opened;
const pattern = patternOf('all lanes');
let accepted = 0;
let slowestAppendMs = 0;
const append = async (): Promise<void> => {
  const at = accepted + 1;
  const began = performance.now();
  await outbox.append({ events: [eventOf(pattern, 'gw-1', { at, id: at, key: 'line-0' })] });
  slowestAppendMs = Math.max(slowestAppendMs, performance.now() - began);
  accepted++;
};
const received = (): readonly number[] =>
  [...subscriber.of('gw-1').values()].flatMap(numbers => [...numbers.values()].map(({ id }) => id));
const isLost = (): boolean => notices.some(({ kind }) => kind === 'lost');

for (let n = 0; n < 50; n++) await append();
await until('it delivers', () => received().length === accepted);
slowestAppendMs = 0;

const directions = ['sport', 'dport'] as const;
for (const [index, direction] of directions.entries()) {
  ip('rule', 'add', 'pref', String(10 + index), direction, String(linkPort), 'blackhole');
}
const cutAt = performance.now();
let noticedAfterMs: number | undefined;
while (
  performance.now() - cutAt < Number(leastMs) ||
  (noticedAfterMs === undefined && performance.now() - cutAt < Number(patienceMs))
) {
  await append();
  await new Promise(resolve => setTimeout(resolve, 50));
  if (isLost()) noticedAfterMs ??= performance.now() - cutAt;
}
for (const [index] of directions.entries()) ip('rule', 'del', 'pref', String(10 + index));

const lost = (): number => accepted - new Set(received()).size;
await until('all is delivered', () => lost() === 0, 60_000).catch(() => {});
const numbersOf = new Map<number, string>();
const conflicts = [...subscriber.conflicts];
for (const [stream, numbers] of subscriber.of('gw-1')) {
  for (const [number, { id }] of numbers) {
    const place = `${stream} ${number}`;
    if (numbersOf.has(id)) conflicts.push(`${id} is ${numbersOf.get(id)} and ${place}`);
    numbersOf.set(id, place);
  }
}
const result: HalfOpenResult = {
  ...(noticedAfterMs !== undefined && { noticedAfterMs: Math.round(noticedAfterMs) }),
  slowestAppendMs: Math.round(slowestAppendMs),
  accepted,
  lost: lost(),
  conflicts,
};
process.stdout.write(`${JSON.stringify(result)}\n`);

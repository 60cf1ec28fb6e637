import { expect, it } from 'vitest';
import type { IncomingCommand } from '../../../core/sink.ts';
import { createInbox } from '../../../gateway/downlink/inbox.ts';

const message = (n: number, bytes = 1): IncomingCommand => ({
  sink: 'ioc',
  topic: `ioc/v1/hue/gw-1/gateway/cmd/s-${n}`,
  payload: Buffer.alloc(bytes),
});

it('gives what came before it was opened, in its order, and then everything at once', () => {
  const inbox = createInbox(() => {});
  const taken: string[] = [];
  inbox.receive(message(1));
  inbox.receive(message(2));
  inbox.open(({ topic }) => taken.push(topic.slice(-1)));
  inbox.receive(message(3));
  expect(taken).toEqual(['1', '2', '3']);
});

it('drops and counts what does not fit', () => {
  let dropped = 0;
  const inbox = createInbox(() => dropped++);
  for (let n = 0; n < 40; n++) inbox.receive(message(n, 65_536));
  expect(dropped).toBe(8);
  const small = createInbox(() => dropped++);
  for (let n = 0; n < 300; n++) small.receive(message(n));
  expect(dropped).toBe(8 + 44);
});

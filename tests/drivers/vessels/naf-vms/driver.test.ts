import { once } from 'node:events';
import net from 'node:net';
import { expect, it } from 'vitest';
import type { VmsPosition } from '../../../../core/observation.ts';
import { driver } from '../../../../drivers/vessels/naf-vms/driver.ts';
import { freePort, until } from '../../../support/resources.ts';
import { createContext } from '../../support/context.ts';

const record = (id: string): string =>
  `//SR//TM/POS//IR/${id}//DA/20261124//TI/2210//LT/16.5//LG/107.5//SP/70//CO/90//ER//\r\n`;

const dial = async (port: number): Promise<net.Socket> => {
  for (;;) {
    const socket = net.connect(port, '127.0.0.1');
    if (
      await once(socket, 'connect').then(
        () => true,
        () => false,
      )
    )
      return socket;
    await new Promise(resolve => setImmediate(resolve));
  }
};

it('keeps the records of several senders apart, however they come in pieces', async () => {
  const port = await freePort();
  const context = createContext();
  const device = driver.bind('naf', { connection: { transport: 'tcp-server', port }, provider: 'bien-xanh' });
  const seen: VmsPosition[] = [];
  const reading = (async () => {
    for await (const { items } of device.open(context)) {
      for (const item of items) if (item.kind === 'vms-position') seen.push(item);
    }
  })();
  const [one, other] = [await dial(port), await dial(port)];
  const write = async (socket: net.Socket, text: string): Promise<void> => {
    const from = seen.length;
    socket.write(text);
    // The other writes when this has arrived, which only a whole record shows.
    if (text.endsWith('\n')) await until('it is read', () => seen.length > from);
  };
  await write(one, record('A1').slice(0, 30));
  await write(other, record('B1').slice(0, 50));
  await write(one, record('A1').slice(30));
  await write(other, record('B1').slice(50));
  one.destroy();
  await write(other, record('B2'));
  context.abort();
  await reading;
  other.destroy();
  expect(seen.map(({ vmsId, provider }) => `${provider} ${vmsId}`)).toEqual([
    'bien-xanh A1',
    'bien-xanh B1',
    'bien-xanh B2',
  ]);
  expect([...context.counts]).toEqual([]);
});

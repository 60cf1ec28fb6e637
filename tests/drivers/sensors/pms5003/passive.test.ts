import net from 'node:net';
import { expect, it } from 'vitest';
import { encode } from '../../../../drivers/sensors/pms5003/codec.ts';
import { driver } from '../../../../drivers/sensors/pms5003/driver.ts';
import { createContext } from '../../support/context.ts';

// Plantower's manual, appendix II; each with its sum in the last two bytes.
const wake = '424de400010174';
const passive = '424de100000170';
const readOnce = '424de200000171';

it('is woken, told to speak only when asked, and read; its values are suspect while the fan may be starting', async () => {
  const heard: string[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', bytes => {
      const command = bytes.toString('hex');
      heard.push(command);
      // Told to be passive it answers with the command; woken up it says nothing.
      if (command === passive) socket.write(Buffer.from('424d0004e1000174', 'hex'));
      if (command === readOnce) socket.write(encode({ pm1: 8, pm25: 12, pm10: 14 }));
    });
  });
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  const connection = { transport: 'tcp-client', host: '127.0.0.1', port: address.port };
  try {
    for await (const { items } of driver.bind('aq-1', { connection, mode: 'passive' }).open(createContext())) {
      expect(items).toContainEqual(expect.objectContaining({ quantity: 'pm25', value: 12, quality: 'suspect' }));
      expect(items).toHaveLength(9);
      break;
    }
    expect(heard).toEqual([wake, passive, readOnce]);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

it.each([
  { connection: { transport: 'udp', host: '0.0.0.0', port: 4001 }, model: 'pms5003', why: 'passive needs' },
  { connection: { transport: 'serial', path: '/dev/x' }, model: 'pms3003', why: 'takes no commands' },
])('is refused where nothing can be asked: $why', ({ connection, model, why }) => {
  expect(() => driver.bind('aq-1', { connection, model, mode: 'passive' })).toThrow(why);
});

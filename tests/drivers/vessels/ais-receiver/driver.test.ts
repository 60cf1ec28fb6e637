import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../../core/observation.ts';
import { driver } from '../../../../drivers/vessels/ais-receiver/driver.ts';
import { freePort, until } from '../../../support/resources.ts';
import { createContext } from '../../support/context.ts';

const host = '127.0.0.1';
const position = '!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A\r\n';
const firstPart = '!AIVDM,2,1,1,A,55?MbV02;H;s<HtKR20EHE:0@T4@Dn2222222216L961O5Gf0NSQEp6ClRp8,0*1C\r\n';
const secondPart = '!AIVDM,2,2,1,A,88888888880,2*25\r\n';

const listen = (connection: unknown, others: object = {}) => {
  const context = createContext();
  const heard: Observation[] = [];
  const reading = (async () => {
    for await (const { items } of driver.bind('ais-1', { connection, ...others }).open(context)) heard.push(...items);
  })();
  return {
    heard,
    counts: context.counts,
    [Symbol.asyncDispose]: async () => {
      context.abort();
      await reading;
    },
  };
};

/** A receiver that dials in, as soon as the gateway listens. */
const dial = (port: number): Promise<net.Socket> =>
  until('the gateway listens', () => {
    const socket = net.connect({ host, port, noDelay: true }).on('error', () => {});
    return Promise.race([once(socket, 'connect').then(() => socket), once(socket, 'close').then(() => undefined)]);
  });

describe('receivers that dial in', () => {
  it('are heard side by side, though their sentences come in pieces at the same time', async () => {
    const port = await freePort();
    await using gateway = listen({ transport: 'tcp-server', port });
    const first = await dial(port);
    const second = await dial(port);
    first.write(position.slice(0, 20));
    second.write(firstPart + secondPart.slice(0, 9));
    first.write(position.slice(20));
    second.write(secondPart.slice(9));
    await until('both are heard', () => gateway.heard.length === 2);
    expect(new Set(gateway.heard.map(one => 'mmsi' in one && one.mmsi))).toEqual(new Set([371798000, 351759000]));
    expect([...gateway.counts]).toEqual([]);
    first.destroy();
    second.destroy();
  });
});

describe('a receiver that sends a gigabyte without a line end', () => {
  const gigabyte = 2 ** 30;
  const mebibyte = 2 ** 20;

  it.each([
    ['of a sentence', '!AIVDM,1,1,,A,', '1', 'malformed.too-long'],
    ['of a JSON object', '{"nmea":["', 'x', 'malformed.too-long'],
    ['of noise', 'x', 'x', 'malformed.noise'],
  ])(
    '%s: is counted once, kept nowhere, and heard again with its next good line',
    async (_, head, filling, reason) => {
      const port = await freePort();
      await using gateway = listen({ transport: 'tcp-server', port });
      const socket = await dial(port);
      const chunk = Buffer.alloc(mebibyte, filling);
      let most = 0;
      socket.write(head);
      for (let sent = 0; sent < gigabyte; sent += chunk.length) {
        if (!socket.write(chunk)) await once(socket, 'drain');
        most = Math.max(most, process.memoryUsage().arrayBuffers);
      }
      socket.write(`\r\n${position}`);
      await until('the good line is heard', () => gateway.heard.length === 1, 30_000);
      socket.destroy();
      expect(gateway.heard[0]).toMatchObject({ kind: 'vessel-position', mmsi: 371798000 });
      expect([...gateway.counts]).toEqual([[reason, 1]]);
      expect(most).toBeLessThan(128 * mebibyte);
    },
    300_000,
  );
});

describe('receivers that send datagrams', () => {
  it('are heard with a message in two datagrams, with or without line ends and the token of IEC 61162-450', async () => {
    const port = await freePort();
    await using gateway = listen({ transport: 'udp', port });
    const socket = dgram.createSocket('udp4');
    await until('the message is joined', async () => {
      socket.send(`UdPbC\0${firstPart.trimEnd()}`, port, host);
      socket.send(`UdPbC\0${secondPart}`, port, host);
      return gateway.heard.length > 0;
    });
    expect(gateway.heard[0]).toMatchObject({ kind: 'vessel-static', name: 'EVER DIADEM' });
    socket.close();
  });
});

describe('datagrams by IEC 61162-450 alone', () => {
  it('are heard, and others are counted and left', async () => {
    const port = await freePort();
    await using gateway = listen({ transport: 'udp', port }, { datagrams: 'iec-61162-450' });
    const socket = dgram.createSocket('udp4');
    await until('one of each came', async () => {
      socket.send(firstPart + secondPart, port, host);
      socket.send(`UdPbC\0${position}`, port, host);
      return gateway.heard.length > 0 && gateway.counts.has('malformed.no-token');
    });
    expect(new Set(gateway.heard.map(({ kind }) => kind))).toEqual(new Set(['vessel-position']));
    socket.close();
  });

  it('come over UDP', () => {
    const connection = { transport: 'tcp-client', host, port: 10_110 };
    const { error } = driver.schema.safeParse({ connection, datagrams: 'iec-61162-450' });
    expect(error?.issues).toMatchObject([{ path: ['datagrams'] }]);
    expect(driver.schema.safeParse({ connection, datagrams: 'any' }).success).toBe(true);
  });
});

describe('JSON lines', () => {
  it('are heard in datagrams of their own, beside sentences', async () => {
    const port = await freePort();
    await using gateway = listen({ transport: 'udp', port });
    const socket = dgram.createSocket('udp4');
    const line = JSON.stringify({ class: 'AIS', rxuxtime: 1_795_311_645, nmea: [firstPart.trim(), secondPart.trim()] });
    await until('both are heard', async () => {
      socket.send(line, port, host);
      socket.send(position, port, host);
      return new Set(gateway.heard.map(({ kind }) => kind)).size === 2;
    });
    expect(gateway.heard.find(({ kind }) => kind === 'vessel-static')).toMatchObject({
      name: 'EVER DIADEM',
      time: 1_795_311_645_000,
      timeFrom: 'device',
    });
    socket.close();
  });

  it('are heard over TCP, in pieces, mixed with sentences', async () => {
    const port = await freePort();
    await using gateway = listen({ transport: 'tcp-server', port });
    const socket = await dial(port);
    const line = `${JSON.stringify({ class: 'AIS', rxuxtime: 1_795_311_645, nmea: [firstPart.trim(), secondPart.trim()] })}\r\n`;
    socket.write(position + line.slice(0, 50));
    await until('the position is heard', () => gateway.heard.length === 1);
    socket.write(line.slice(50) + position);
    await until('all are heard', () => gateway.heard.length === 3);
    expect(gateway.heard.map(({ kind }) => kind)).toEqual(['vessel-position', 'vessel-static', 'vessel-position']);
    expect(gateway.heard[1]).toMatchObject({ time: 1_795_311_645_000, timeFrom: 'device' });
    expect([...gateway.counts]).toEqual([]);
    socket.destroy();
  });
});

describe('the configuration', () => {
  it('takes the usual speed of a receiver where none is given', () => {
    const parsed = driver.schema.parse({ connection: { transport: 'serial', path: '/dev/serial/by-path/x' } });
    expect(parsed).toMatchObject({ connection: { baudRate: 38_400 } });
  });

  it.each([
    ['an unknown transport', { transport: 'telnet', host, port: 1 }],
    ['a key of another transport', { transport: 'tcp-client', host, port: 1, multicast: '239.192.0.1' }],
    ['no port', { transport: 'udp' }],
    ['a port that is none', { transport: 'udp', port: 70_000 }],
    ['a host with a blank', { transport: 'tcp-client', host: 'a b', port: 1 }],
  ])('refuses %s', (_, connection) => {
    expect(() => driver.bind('ais-1', { connection })).toThrow();
  });
});

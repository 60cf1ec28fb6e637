/** A TCP hop before an MQTT broker that records every packet of both directions. */
import { once } from 'node:events';
import net from 'node:net';
import { type Packet, parser } from 'mqtt-packet';

export interface Tapped {
  readonly from: 'client' | 'broker';
  readonly packet: Packet;
}

export interface WireTap extends AsyncDisposable {
  readonly port: number;
  readonly packets: readonly Tapped[];
  /** Ids of the messages that the client acknowledged, in order. */
  acknowledged(): readonly number[];
  /** Ids of the QoS 1 messages that the broker sent, in order. */
  delivered(): readonly number[];
  /** Ends every connection. */
  cut(): void;
}

export const tapWire = async (brokerPort: number, protocolVersion: 4 | 5 = 4): Promise<WireTap> => {
  const packets: Tapped[] = [];
  const sockets = new Set<net.Socket>();

  const forward = (from: Tapped['from'], source: net.Socket, target: net.Socket): void => {
    const reader = parser({ protocolVersion });
    reader.on('packet', packet => packets.push({ from, packet }));
    sockets.add(source);
    source.on('data', chunk => {
      reader.parse(chunk);
      target.write(chunk);
    });
    source.on('error', () => {});
    source.on('close', () => {
      sockets.delete(source);
      target.destroy();
    });
  };
  const server = net.createServer({ noDelay: true }, client => {
    const broker = net.connect({ port: brokerPort, host: '127.0.0.1', noDelay: true });
    forward('client', client, broker);
    forward('broker', broker, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    packets,
    acknowledged: () =>
      packets.flatMap(({ from, packet }) =>
        from === 'client' && packet.cmd === 'puback' ? [packet.messageId ?? 0] : [],
      ),
    delivered: () =>
      packets.flatMap(({ from, packet }) =>
        from === 'broker' && packet.cmd === 'publish' && packet.qos === 1 ? [packet.messageId ?? 0] : [],
      ),
    cut,
    [Symbol.asyncDispose]: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
};

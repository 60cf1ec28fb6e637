/** The ways in which a device that speaks by itself can be connected, for drivers that do not care which it is. */
import { z } from 'zod';
import type { Chunk } from '../../core/chunk.ts';
import type { Context, SerialDefaults } from '../../core/driver.ts';
import { openSerial, serialConfig } from './serial.ts';
import { openTcpClient, openTcpServer, tcpClientConfig, tcpServerConfig } from './tcp.ts';
import { openUdp, udpConfig } from './udp.ts';

/** How the device speaks on a serial line by default. Serial servers offer all three network forms. */
export const connection = (defaults: SerialDefaults) =>
  z
    .discriminatedUnion('transport', [tcpClientConfig, tcpServerConfig, udpConfig, serialConfig(defaults)])
    .describe('How the device is connected.');
export type ConnectionConfig = z.output<ReturnType<typeof connection>>;

/** Yields the bytes as they come until aborted; throws `GatewayError` otherwise. Never retries. */
export const openConnection = (
  config: ConnectionConfig,
  context: Pick<Context, 'signal' | 'clock' | 'count'>,
): AsyncGenerator<Chunk, void> => {
  switch (config.transport) {
    case 'tcp-client':
      return openTcpClient(config, context);
    case 'tcp-server':
      return openTcpServer(config, context);
    case 'udp':
      return openUdp(config, context);
    case 'serial':
      return openSerial(config, context);
  }
};

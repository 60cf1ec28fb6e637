import { z } from 'zod';
import { decoding } from '../../../core/decoding.ts';
import { defineDriver } from '../../../core/driver.ts';
import { minutes } from '../../../core/time.ts';
import { connection, openConnection } from '../../transports/connection.ts';
import { listening } from '../../transports/listening.ts';
import { createDecoder, createMessageDecoder } from './codec.ts';

const baudRate = 38_400;

export const driver = defineDriver({
  name: 'ais-receiver',
  family: 'vessels',
  summary:
    'AIS receivers and feeds that send NMEA 0183 sentences (!AIVDM) or JSON lines over TCP, UDP or a serial line.',
  host: 'main',
  emits: ['vessel-position', 'vessel-static', 'navigation-aid', 'base-station', 'safety-text', 'application-message'],
  config: z
    .strictObject({
      connection: connection({ baudRate }),
      datagrams: z
        .enum(['any', 'iec-61162-450'])
        .default('any')
        .describe(
          'Over `udp`: `iec-61162-450` refuses datagrams that do not begin with its token `UdPbC`, counted as `malformed.no-token`.',
        ),
    })
    .refine(({ connection: { transport }, datagrams }) => datagrams === 'any' || transport === 'udp', {
      path: ['datagrams'],
      message: '`iec-61162-450` needs `transport: udp`',
    }),
  // A vessel at anchor reports every three minutes, so a quiet harbour may say nothing for a while.
  silence: minutes(10),
  signs: [{ lines: [{ baudRate }, { baudRate: 115_200 }, { baudRate: 9600 }, { baudRate: 4800 }], config: {} }],
  createDecoder: ({ datagrams }, device) => createDecoder(device, datagrams),
  createMessageDecoder: () => createMessageDecoder(),
  open: ({ connection: line, datagrams }, device, context) => {
    const decode = createDecoder(device, datagrams);
    // Over a network there is no speed that could be wrong, and a feed may hold what others send.
    if (line.transport !== 'serial') return decoding(openConnection(line, context), decode, context.count);
    return listening({ connection: line, sensor: 'AIS receiver', baudRate, decode, mostStrange: 2048 }, context);
  },
});

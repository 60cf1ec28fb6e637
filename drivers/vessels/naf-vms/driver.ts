import { z } from 'zod';
import { decoding, decodingDocuments } from '../../../core/decoding.ts';
import { defineDriver } from '../../../core/driver.ts';
import { hours } from '../../../core/time.ts';
import { alarmValues, createAlarmReader } from '../../protocols/vms/alarm.ts';
import { providerField } from '../../protocols/vms/provider.ts';
import { folderConfig, openFolder } from '../../transports/folder.ts';
import { httpServerConfig, openHttpServer } from '../../transports/http-server.ts';
import { openTcpClient, openTcpServer, tcpClientConfig, tcpServerConfig } from '../../transports/tcp.ts';
import { createDocumentDecoder, createStreamDecoder, type NafSource } from './codec.ts';

const config = z.strictObject({
  connection: z
    .discriminatedUnion('transport', [tcpServerConfig, tcpClientConfig, httpServerConfig, folderConfig])
    .describe('How the records come.'),
  provider: providerField(),
  alarm: z
    .strictObject({
      code: z
        .string()
        .regex(/^[A-Z]{2,8}$/, 'expected the code of a field such as "TM"')
        .describe('Code of the field that tells of an alarm.'),
      values: alarmValues(),
    })
    .optional()
    .describe('Where a record tells that the crew calls for help. NAF itself has no code for it: ask the provider.'),
});

const sourceOf = ({ provider, alarm }: z.output<typeof config>, device: string): NafSource => ({
  device,
  provider: provider ?? device,
  ...(alarm !== undefined && { alarms: { code: alarm.code, read: createAlarmReader(alarm.values) } }),
});

export const driver = defineDriver({
  name: 'naf-vms',
  family: 'vessels',
  summary:
    'VMS providers and fisheries centers that send positions in the North Atlantic Format (NAF), the dialects of CLS and Omnicom included.',
  host: 'main',
  emits: ['vms-position', 'vms-call'],
  config,
  // Vessels report every two hours, and a small fleet all at once.
  silence: hours(3),
  createDecoder: (settings, device) => createStreamDecoder(sourceOf(settings, device)),
  open: (settings, device, context) => {
    const { connection } = settings;
    const source = sourceOf(settings, device);
    switch (connection.transport) {
      case 'tcp-server':
        return decoding(openTcpServer(connection, context), createStreamDecoder(source), context.count);
      case 'tcp-client':
        return decoding(openTcpClient(connection, context), createStreamDecoder(source), context.count);
      case 'http-server':
        return decodingDocuments(openHttpServer(connection, context), createDocumentDecoder(source), context.count);
      case 'folder':
        return decodingDocuments(openFolder(connection, context), createDocumentDecoder(source), context.count);
    }
  },
});

import { z } from 'zod';
import { decoding, decodingDocuments } from '../../../core/decoding.ts';
import { defineDriver } from '../../../core/driver.ts';
import { hours } from '../../../core/time.ts';
import { providerField } from '../../protocols/vms/provider.ts';
import { folderConfig, openFolder } from '../../transports/folder.ts';
import { httpServerConfig, openHttpServer } from '../../transports/http-server.ts';
import { openTcpClient, openTcpServer, tcpClientConfig, tcpServerConfig } from '../../transports/tcp.ts';
import { createDocumentDecoder, createStreamDecoder } from './codec.ts';

const config = z.strictObject({
  connection: z
    .discriminatedUnion('transport', [tcpServerConfig, tcpClientConfig, httpServerConfig, folderConfig])
    .describe('How the records come.'),
  provider: providerField(),
});

export const driver = defineDriver({
  name: 'naf-vms',
  family: 'vessels',
  summary:
    'VMS providers and fisheries centers that send positions in the North Atlantic Format (NAF), the dialects of CLS and Omnicom included.',
  host: 'main',
  emits: ['vms-position'],
  config,
  // Vessels report every two hours, and a small fleet all at once.
  silence: hours(3),
  createDecoder: ({ provider }, device) => createStreamDecoder({ device, provider: provider ?? device }),
  open: ({ connection, provider }, device, context) => {
    const source = { device, provider: provider ?? device };
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

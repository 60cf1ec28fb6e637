import { decodingDocuments } from '../../../core/decoding.ts';
import { defineDriver } from '../../../core/driver.ts';
import { hours } from '../../../core/time.ts';
import { openFolder } from '../../transports/folder.ts';
import { openHttpClient } from '../../transports/http-client.ts';
import { openHttpServer } from '../../transports/http-server.ts';
import { createDocumentDecoder } from './codec.ts';
import { jsonVmsConfig } from './config.ts';
import { createToldBefore } from './told-before.ts';

export const driver = defineDriver({
  name: 'json-vms',
  family: 'vessels',
  summary:
    'VMS providers that give positions as JSON or CSV, by a mapping: asked over HTTP, posting, or dropping files.',
  host: 'main',
  emits: ['vms-position', 'vms-call'],
  config: jsonVmsConfig,
  // Vessels report every two hours, and a small fleet all at once.
  silence: hours(3),
  createDecoder: (config, device) => {
    const decode = createDocumentDecoder(config, { device, provider: config.provider ?? device });
    return chunk => [...decode(chunk)];
  },
  open: (config, device, context) => {
    const { connection } = config;
    const decode = createDocumentDecoder(config, { device, provider: config.provider ?? device });
    switch (connection.transport) {
      case 'http-client': {
        const told = createToldBefore();
        return decodingDocuments(told.watch(openHttpClient(connection, context)), told.filter(decode), context.count);
      }
      case 'http-server':
        return decodingDocuments(openHttpServer(connection, context), decode, context.count);
      case 'folder':
        return decodingDocuments(openFolder(connection, context), decode, context.count);
    }
  },
});

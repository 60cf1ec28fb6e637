import { readFile } from 'node:fs/promises';
import { toBrokerError } from '../../core/broker-error.ts';
import type { Reveal } from '../../core/fields.ts';
import { pemError } from '../../core/pem-error.ts';
import { type Clock, type Duration, seconds } from '../../core/time.ts';
import type { UplinkConfig } from './config.ts';

const patience: Duration = seconds(10);

const readPem = (file: string, field: string): Promise<Buffer> =>
  readFile(file).catch((cause: unknown) => {
    throw pemError(file, [field], cause);
  });

/**
 * Logs in at the broker once and leaves, under a name of its own, so that a running gateway keeps its connection.
 * Publishes nothing. Throws what an uplink would report.
 */
export const probeUplink = async (config: UplinkConfig, reveal: Reveal, clock: Clock): Promise<void> => {
  const { url, protocol, username, password, ca, certificate, key } = config;
  const identity = {
    ...(ca !== undefined && { ca: await readPem(ca, 'ca') }),
    ...(certificate !== undefined && { cert: await readPem(certificate, 'certificate') }),
    ...(key !== undefined && { key: await readPem(key, 'key') }),
  };
  const login = {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: reveal(password) }),
  };
  const { connectAsync } = await import('mqtt');
  try {
    const client = await connectAsync(
      url,
      {
        ...identity,
        ...login,
        clientId: `haidang-probe-${process.pid}`,
        protocolVersion: protocol === 5 ? 5 : 4,
        reconnectPeriod: 0,
        connectTimeout: patience,
      },
      false,
    );
    await client.endAsync();
  } catch (thrown) {
    throw toBrokerError(thrown, url, clock.now());
  }
};

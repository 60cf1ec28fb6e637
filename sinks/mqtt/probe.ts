import { readFile } from 'node:fs/promises';
import { GatewayError, systemCode } from '../../core/errors.ts';
import type { Reveal } from '../../core/fields.ts';
import { type Clock, type Duration, seconds } from '../../core/time.ts';
import { toBrokerError } from './broker-error.ts';
import type { UplinkConfig } from './config.ts';

const patience: Duration = seconds(10);

const read = async (file: string): Promise<Buffer> => {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new GatewayError('config', `cannot read ${file}: ${systemCode(cause) ?? 'unknown error'}`, {
      advice: 'Check that the file is there and that the gateway may read it.',
      cause,
    });
  }
};

/**
 * Logs in at the broker once and leaves, under a name of its own, so that a running gateway keeps its connection.
 * Publishes nothing. Throws what an uplink would report.
 */
export const probeUplink = async (config: UplinkConfig, reveal: Reveal, clock: Clock): Promise<void> => {
  const { url, protocol, username, password, ca, certificate, key } = config;
  const identity = {
    ...(ca !== undefined && { ca: await read(ca) }),
    ...(certificate !== undefined && { cert: await read(certificate) }),
    ...(key !== undefined && { key: await read(key) }),
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

import { toBrokerError } from '../../core/broker-error.ts';
import type { Reveal } from '../../core/fields.ts';
import { type Clock, type Duration, seconds } from '../../core/time.ts';
import type { UplinkConfig } from './config.ts';
import { readIdentity } from './dial.ts';

const patience: Duration = seconds(10);

/**
 * Logs in once at the broker of `url`, one of the uplink's, and leaves, under a name of its own, so that a running
 * gateway keeps its connection. Publishes nothing. Throws what an uplink would report.
 */
export const probeUplink = async (config: UplinkConfig, url: string, reveal: Reveal, clock: Clock): Promise<void> => {
  const { protocol, username, password } = config;
  const identity = await readIdentity(config);
  const login = {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: reveal(password) }),
  };
  const { connectAsync } = await import('mqtt');
  const logIn = async (protocolVersion: 4 | 5): Promise<void> => {
    const client = await connectAsync(
      url,
      {
        ...identity,
        ...login,
        clientId: `haidang-probe-${process.pid}`,
        protocolVersion,
        reconnectPeriod: 0,
        connectTimeout: patience,
      },
      false,
    );
    await client.endAsync();
  };
  try {
    await logIn(protocol === '3.1.1' ? 4 : 5).catch((thrown: unknown) => {
      const { kind } = toBrokerError(thrown, url, clock.now());
      // The uplink finds out which of both it is; a broker that does not speak 5 may also just hang up.
      if (protocol !== 'auto' || kind === 'denied') throw thrown;
      return logIn(4);
    });
  } catch (thrown) {
    throw toBrokerError(thrown, url, clock.now());
  }
};

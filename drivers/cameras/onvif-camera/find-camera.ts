/** Where a camera is now that DHCP gave another address to: the one that has its endpoint reference or MAC. */
import { randomUUID } from 'node:crypto';
import type { Context } from '../../../core/driver.ts';
import { seconds } from '../../../core/time.ts';
import {
  bareMac,
  buildProbes,
  discoveryGroup,
  type ProbeMatch,
  parseProbeMatches,
  sameEndpoint,
  serviceAddresses,
  tellsMac,
} from '../../protocols/onvif/discovery.ts';
import { askMulticast } from '../../transports/multicast.ts';
import { neighborMac } from '../../transports/neighbors.ts';
import { firstListening } from '../../transports/tcp.ts';
import type { CameraAddress } from './client.ts';

export interface CameraIdentity {
  readonly endpoint?: string;
  readonly mac?: string;
}

const patience = seconds(3);

const isIt = async (match: ProbeMatch, sender: string, { endpoint, mac }: CameraIdentity): Promise<boolean> => {
  if (endpoint !== undefined && sameEndpoint(match.endpoint, endpoint)) return true;
  const wanted = mac === undefined ? undefined : bareMac(mac);
  return wanted !== undefined && (tellsMac(match, wanted) || bareMac((await neighborMac(sender)) ?? '') === wanted);
};

type Configured = Pick<CameraAddress, 'scheme' | 'port' | 'path'>;

/**
 * The first of its addresses where something listens. Never by another scheme than the configured one; many cameras that
 * speak HTTPS tell the other address alone.
 */
const addressOf = (
  match: ProbeMatch,
  sender: string,
  { scheme, port, path }: Configured,
  signal: AbortSignal,
): Promise<CameraAddress | undefined> => {
  const told = serviceAddresses(match, sender).filter(address => address.scheme === scheme);
  return firstListening<CameraAddress>([...told, { scheme, host: sender, port, path }], signal);
};

/** Asks the network for up to 3 s. Undefined when nobody answers who is that camera. */
export const findCamera = async (
  camera: CameraIdentity & Configured,
  { signal, clock, count }: Pick<Context, 'signal' | 'clock' | 'count'>,
): Promise<CameraAddress | undefined> => {
  const messages = buildProbes(() => `urn:uuid:${randomUUID()}`);
  for await (const { bytes, channel = '' } of askMulticast({ ...discoveryGroup, messages, patience, signal, clock })) {
    try {
      for (const match of parseProbeMatches(Buffer.from(bytes).toString('utf8'))) {
        if (!(await isIt(match, channel, camera))) continue;
        const address = await addressOf(match, channel, camera, signal);
        if (address !== undefined) return address;
      }
    } catch {
      count('discovery.malformed');
    }
  }
  return undefined;
};

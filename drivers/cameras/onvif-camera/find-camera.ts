/** Where a camera is now that DHCP gave another address to: the one that has its endpoint reference or MAC. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Context } from '../../../core/driver.ts';
import { seconds } from '../../../core/time.ts';
import {
  bareMac,
  buildProbes,
  discoveryGroup,
  type ProbeMatch,
  parseProbeMatches,
  sameEndpoint,
  tellsMac,
} from '../../protocols/onvif/discovery.ts';
import { askMulticast } from '../../transports/multicast.ts';
import type { CameraAddress } from './client.ts';

export interface CameraIdentity {
  readonly endpoint?: string;
  readonly mac?: string;
}

const patience = seconds(3);

/** Hardware address of a neighbor that just answered, as Linux knows it; undefined on other systems. */
const neighborMac = async (address: string): Promise<string | undefined> => {
  const table = await readFile('/proc/net/arp', 'utf8').catch(() => '');
  const row = table.split('\n').find(line => line.startsWith(`${address} `));
  return row === undefined ? undefined : bareMac(row.split(/\s+/)[3] ?? '');
};

const isIt = async (match: ProbeMatch, sender: string, { endpoint, mac }: CameraIdentity): Promise<boolean> => {
  if (endpoint !== undefined && sameEndpoint(match.endpoint, endpoint)) return true;
  const wanted = mac === undefined ? undefined : bareMac(mac);
  return wanted !== undefined && (tellsMac(match, wanted) || (await neighborMac(sender)) === wanted);
};

/** The first address that can be read, at the sender's host: that one is known to be reachable. */
const addressOf = ({ addresses }: ProbeMatch, sender: string): CameraAddress | undefined => {
  const url = addresses
    .filter(text => URL.canParse(text))
    .map(text => new URL(text))
    .find(({ protocol }) => protocol === 'http:');
  return url && { host: sender, port: Number(url.port || 80), path: `${url.pathname}${url.search}` };
};

/** Asks the network for up to 3 s. Undefined when nobody answers who is that camera. */
export const findCamera = async (
  identity: CameraIdentity,
  { signal, clock, count }: Pick<Context, 'signal' | 'clock' | 'count'>,
): Promise<CameraAddress | undefined> => {
  const messages = buildProbes(() => `urn:uuid:${randomUUID()}`);
  for await (const { bytes, channel = '' } of askMulticast({ ...discoveryGroup, messages, patience, signal, clock })) {
    try {
      for (const match of parseProbeMatches(Buffer.from(bytes).toString('utf8'))) {
        const address = addressOf(match, channel);
        if (address !== undefined && (await isIt(match, channel, identity))) return address;
      }
    } catch {
      count('discovery.malformed');
    }
  }
  return undefined;
};

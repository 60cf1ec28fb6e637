/** A device's answer to WS-Discovery probes (2005/04, as ONVIF Core 7.3 uses it). */
import { randomUUID } from 'node:crypto';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { GatewayError, systemCode } from '../../../core/errors.ts';
import { type OnvifIdentity, scopesOf } from './onvif-answers.ts';
import { envelope, escapeXml, parseSoap } from './soap.ts';

const group = '239.255.255.250';
const discoveryPort = 3702;
/** What a device says it is: the older ones transmitters of video, those of today devices, most both. */
export const discoveredTypes = {
  on: ['dn:NetworkVideoTransmitter', 'tds:Device'],
  'as-device': ['tds:Device'],
} as const;

const probeMatches = (
  { identity, serviceUrl, types }: Pick<DiscoveryOptions, 'identity' | 'serviceUrl' | 'types'>,
  relatesTo: string,
): string =>
  envelope(
    '<d:ProbeMatches><d:ProbeMatch>' +
      `<wsa:EndpointReference><wsa:Address>${escapeXml(identity.endpointReference)}</wsa:Address></wsa:EndpointReference>` +
      `<d:Types>${types.join(' ')}</d:Types>` +
      `<d:Scopes>${escapeXml(scopesOf(identity).join(' '))}</d:Scopes>` +
      `<d:XAddrs>${escapeXml(serviceUrl)}</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion>` +
      '</d:ProbeMatch></d:ProbeMatches>',
    `<wsa:MessageID>urn:uuid:${randomUUID()}</wsa:MessageID><wsa:RelatesTo>${escapeXml(relatesTo)}</wsa:RelatesTo>` +
      '<wsa:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</wsa:To>' +
      '<wsa:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</wsa:Action>',
  );

export interface DiscoveryOptions {
  readonly identity: OnvifIdentity;
  readonly serviceUrl: string;
  /** With their prefixes. */
  readonly types: readonly string[];
  /** Asked for every probe. */
  readonly isHidden: () => boolean;
}

/** Listens on every IPv4 interface. Throws `unreachable` when the port cannot be shared. */
export const answerProbes = async (options: DiscoveryOptions): Promise<AsyncDisposable> => {
  const { isHidden } = options;
  const ourTypes = options.types.map(type => type.split(':')[1]);
  const socket = dgram.createSocket({ type: 'udp4', reuseAddr: true });
  socket.bind(discoveryPort);
  await once(socket, 'listening').catch((cause: unknown) => {
    throw new GatewayError(
      'unreachable',
      `cannot listen for discovery on UDP ${discoveryPort} (${systemCode(cause)})`,
      {
        cause,
      },
    );
  });
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { family, address } of addresses ?? []) {
      if (family !== 'IPv4') continue;
      try {
        socket.addMembership(group, address);
      } catch {
        // An interface without multicast: probes cannot come from there.
      }
    }
  }
  socket.on('error', () => {});
  socket.on('message', (message, { address, port }) => {
    if (isHidden() || message.length > 65_536) return;
    const probe = parseSoap(message.toString());
    if (probe?.operation !== 'Probe' || probe.messageId === undefined) return;
    if (!probe.types.every(type => ourTypes.includes(type))) return;
    socket.send(probeMatches(options, probe.messageId), port, address, () => {});
  });
  return {
    [Symbol.asyncDispose]: async () => {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
};

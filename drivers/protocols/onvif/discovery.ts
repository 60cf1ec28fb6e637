/** WS-Discovery 1.0 (April 2005) as ONVIF uses it (Core Specification, 7.3): UDP 239.255.255.250:3702. Pure. */
import { deviceNamespace, parseEnvelope } from './soap.ts';
import { find, findAll, textAt } from './xml.ts';

export const discoveryGroup = { address: '239.255.255.250', port: 3702 } as const;

/**
 * What a camera says it is: each is a `tds:Device` (Core Specification, 7.3.3), older ones only a transmitter of video.
 * A probe for both would reach those alone that say both (WS-Discovery, 5.1).
 */
const probedTypes = ['tds:Device', 'dn:NetworkVideoTransmitter'] as const;

/** Ask every camera of the network to say where it is. `newId` gives a fresh `urn:uuid:…`. */
export const buildProbes = (newId: () => string): readonly string[] =>
  probedTypes.map(type => buildProbe(newId(), type));

const buildProbe = (messageId: string, type: (typeof probedTypes)[number]): string =>
  [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"',
    ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"',
    ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"',
    ' xmlns:dn="http://www.onvif.org/ver10/network/wsdl"',
    ` xmlns:tds="${deviceNamespace}"><s:Header>`,
    '<a:Action s:mustUnderstand="1">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>',
    `<a:MessageID>${messageId}</a:MessageID>`,
    '<a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>',
    '<a:To s:mustUnderstand="1">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>',
    `</s:Header><s:Body><d:Probe><d:Types>${type}</d:Types></d:Probe></s:Body></s:Envelope>`,
  ].join('');

export interface ProbeMatch {
  /** `urn:uuid:…` or `uuid:…`; the same after a restart and under another address. */
  readonly endpoint: string;
  readonly types: readonly string[];
  readonly scopes: readonly string[];
  /** Addresses of the device service, as the camera believes them. */
  readonly addresses: readonly string[];
}

const words = (text: string | undefined): readonly string[] => text?.split(/\s+/).filter(word => word !== '') ?? [];

/** Throws `protocol` on anything that is no SOAP envelope; other messages than matches give none. */
export const parseProbeMatches = (xml: string): readonly ProbeMatch[] => {
  const answer = parseEnvelope(xml);
  if (answer.kind !== 'answer' || answer.content.name !== 'ProbeMatches') return [];
  return findAll(answer.content, 'ProbeMatch').flatMap(match => {
    const endpoint = textAt(match, 'EndpointReference', 'Address');
    if (endpoint === undefined) return [];
    return {
      endpoint,
      types: words(find(match, 'Types')?.text),
      scopes: words(find(match, 'Scopes')?.text),
      addresses: words(find(match, 'XAddrs')?.text),
    };
  });
};

/** Makers write the same reference with and without `urn:`, in capitals or not. */
export const sameEndpoint = (a: string, b: string): boolean => {
  const bare = (text: string): string =>
    text
      .toLowerCase()
      .replace(/^urn:/, '')
      .replace(/^uuid:/, '');
  return bare(a) === bare(b);
};

/** Twelve hex digits, or undefined when it is no hardware address. */
export const bareMac = (text: string): string | undefined => {
  const digits = text.toLowerCase().replace(/[:.-]/g, '');
  return /^[0-9a-f]{12}$/.test(digits) ? digits : undefined;
};

/** Most cameras end the UUID of their endpoint reference with their hardware address; some say it in a scope. */
export const tellsMac = ({ endpoint, scopes }: ProbeMatch, mac: string): boolean =>
  endpoint.toLowerCase().endsWith(mac) ||
  scopes.some(
    scope => scope.toLowerCase().includes('/mac/') && bareMac(scope.slice(scope.lastIndexOf('/') + 1)) === mac,
  );

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

/** Scopes of ONVIF say what a device is (Core Specification, 7.3.2.2). */
const scopePrefix = 'onvif://www.onvif.org/';

/** Printers and computers answer probes as well; only what says so is a device of ONVIF. */
export const isOnvif = ({ types, scopes }: ProbeMatch): boolean =>
  types.some(type => type.split(':').at(-1) === 'NetworkVideoTransmitter') ||
  scopes.some(scope => scope.toLowerCase().startsWith(scopePrefix));

/** What the first scope of the category says, such as `name`, `hardware` and `location`; undefined where none does. */
export const scopeValue = ({ scopes }: ProbeMatch, category: string): string | undefined => {
  const begin = `${scopePrefix}${category}/`;
  const scope = scopes.find(each => each.toLowerCase().startsWith(begin));
  const value = scope?.slice(begin.length);
  if (value === undefined || value === '') return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
};

/** Where a device service may be reached. */
export interface ServiceAddress {
  readonly scheme: 'http' | 'https';
  /** Without the brackets of IPv6. */
  readonly host: string;
  readonly port: number;
  /** With its query. */
  readonly path: string;
}

const schemes: ReadonlyMap<string, readonly [ServiceAddress['scheme'], defaultPort: number]> = new Map([
  ['http:', ['http', 80]],
  ['https:', ['https', 443]],
]);

/** Valid on one wire only (RFC 3927, RFC 4291 2.5.6). */
const isLinkLocal = (host: string): boolean => host.startsWith('169.254.') || /^fe[89ab][0-9a-f]:/i.test(host);

const mostAddresses = 8;

/**
 * Where to try the device that answered from `sender`, the likeliest first: its addresses that are the sender's, then
 * the others as if they were, for it may sit behind a router and that host is known to be reachable, then as they are.
 */
export const serviceAddresses = ({ addresses }: ProbeMatch, sender: string): readonly ServiceAddress[] => {
  const told = addresses.flatMap((text): ServiceAddress[] => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const known = url && schemes.get(url.protocol);
    if (url === undefined || known === undefined) return [];
    const [scheme, defaultPort] = known;
    const host = url.hostname.replace(/^\[|\]$/g, '');
    return [{ scheme, host, port: Number(url.port || defaultPort), path: `${url.pathname}${url.search}` }];
  });
  const atSender = told.map(address => ({ ...address, host: sender }));
  const ordered = [
    ...told.filter(({ host }) => host === sender),
    ...atSender,
    ...told.filter(({ host }) => !isLinkLocal(host)),
  ];
  const unique = new Map(ordered.map(address => [JSON.stringify(address), address]));
  return [...unique.values()].slice(0, mostAddresses);
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

/** Whether two answers are of one device: some makers give the same reference to all of theirs. */
export const sameDevice = (a: ProbeMatch, b: ProbeMatch): boolean =>
  sameEndpoint(a.endpoint, b.endpoint) && a.addresses.join(' ') === b.addresses.join(' ');

/** Twelve hex digits, or undefined when it is no hardware address. */
export const bareMac = (text: string): string | undefined => {
  const digits = text.toLowerCase().replace(/[:.-]/g, '');
  return /^[0-9a-f]{12}$/.test(digits) ? digits : undefined;
};

/** The hardware address that a scope of some makers says. */
export const scopeMac = ({ scopes }: ProbeMatch): string | undefined => {
  const scope = scopes.find(each => each.toLowerCase().includes('/mac/'));
  return scope === undefined ? undefined : bareMac(scope.slice(scope.lastIndexOf('/') + 1));
};

/** Most cameras end the UUID of their endpoint reference with their hardware address; some say it in a scope. */
export const tellsMac = (match: ProbeMatch, mac: string): boolean =>
  match.endpoint.toLowerCase().endsWith(mac) || scopeMac(match) === mac;

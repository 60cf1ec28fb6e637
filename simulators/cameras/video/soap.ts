/** SOAP 1.2 as ONVIF devices speak it: requests taken apart, answers and faults put together. Pure. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { XMLParser } from 'fast-xml-parser';
import { type Duration, type Instant, minutes } from '../../../core/time.ts';
import type { Login } from './digest.ts';

/** WS-Security UsernameToken profile 1.1 with a password digest. */
export interface UsernameToken {
  readonly username: string;
  readonly digest: string;
  /** Base64. */
  readonly nonce: string;
  readonly created: string;
}

export interface SoapRequest {
  /** Local name of the body's only element: `GetProfiles`. */
  readonly operation: string;
  readonly token?: UsernameToken;
  readonly messageId?: string;
  /** Of the media profile that is meant. */
  readonly profile?: string;
  /** Local names of what a discovery probe asks for. */
  readonly types: readonly string[];
}

const parser = new XMLParser({
  removeNSPrefix: true,
  ignoreAttributes: true,
  processEntities: false,
  parseTagValue: false,
});

const child = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
/** With attributes ignored an element with text is its text, whatever attributes it has. */
const descend = (value: unknown, ...names: readonly string[]): unknown => names.reduce(child, value);

/** Undefined when `xml` is no SOAP request. */
export const parseSoap = (xml: string): SoapRequest | undefined => {
  let document: unknown;
  try {
    document = parser.parse(xml);
  } catch {
    return undefined;
  }
  const body = descend(document, 'Envelope', 'Body');
  if (typeof body !== 'object' || body === null) return undefined;
  const [operation] = Object.keys(body);
  if (operation === undefined) return undefined;
  const header = descend(document, 'Envelope', 'Header');
  const token = descend(header, 'Security', 'UsernameToken');
  const messageId = text(child(header, 'MessageID')).trim();
  const profile = text(descend(body, operation, 'ProfileToken')).trim();
  const types = text(descend(body, operation, 'Types')).trim();
  return {
    operation,
    types: types === '' ? [] : types.split(/\s+/).map(name => name.replace(/^.*:/, '')),
    ...(messageId !== '' && { messageId }),
    ...(profile !== '' && { profile }),
    ...(token !== undefined && {
      token: {
        username: text(child(token, 'Username')),
        digest: text(child(token, 'Password')),
        nonce: text(child(token, 'Nonce')),
        created: text(child(token, 'Created')),
      },
    }),
  };
};

/** How far a token's time may lie from the device's own clock; cameras are known for 5 s to 5 min. */
const tokenWindow: Duration = minutes(5);

/** Digest = Base64(SHA-1(nonce ‖ created ‖ password)). `now` is the device's clock, which may be wrong. */
export const grantsToken = (token: UsernameToken, { username, password }: Login, now: Instant): boolean => {
  const age = Math.abs(now - Date.parse(token.created));
  if (token.username !== username || !(age <= tokenWindow)) return false;
  const expected = createHash('sha1')
    .update(Buffer.from(token.nonce, 'base64'))
    .update(token.created)
    .update(password)
    .digest();
  const given = Buffer.from(token.digest, 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
};

const escapes: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
]);

export const escapeXml = (value: string): string => value.replace(/[&<>"]/g, found => escapes.get(found) ?? found);

const namespaces = [
  'xmlns:s="http://www.w3.org/2003/05/soap-envelope"',
  'xmlns:tds="http://www.onvif.org/ver10/device/wsdl"',
  'xmlns:tr2="http://www.onvif.org/ver20/media/wsdl"',
  'xmlns:trt="http://www.onvif.org/ver10/media/wsdl"',
  'xmlns:tptz="http://www.onvif.org/ver20/ptz/wsdl"',
  'xmlns:tev="http://www.onvif.org/ver10/events/wsdl"',
  'xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2"',
  'xmlns:wsa5="http://www.w3.org/2005/08/addressing"',
  'xmlns:tns1="http://www.onvif.org/ver10/topics"',
  'xmlns:tt="http://www.onvif.org/ver10/schema"',
  'xmlns:ter="http://www.onvif.org/ver10/error"',
  'xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing"',
  'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"',
  'xmlns:dn="http://www.onvif.org/ver10/network/wsdl"',
].join(' ');

export const envelope = (body: string, header = ''): string =>
  `<?xml version="1.0" encoding="UTF-8"?><s:Envelope ${namespaces}>${header === '' ? '' : `<s:Header>${header}</s:Header>`}<s:Body>${body}</s:Body></s:Envelope>`;

/** `subcode` as ONVIF Core names it: `ter:NotAuthorized`. */
export const soapFault = (subcode: string, reason: string): string =>
  envelope(
    `<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>${subcode}</s:Value></s:Subcode></s:Code>` +
      `<s:Reason><s:Text xml:lang="en">${escapeXml(reason)}</s:Text></s:Reason></s:Fault>`,
  );

/** SOAP 1.2 envelopes of ONVIF, ours and the camera's (ONVIF Core Specification, 5.1 and 5.9). */
import { createHash } from 'node:crypto';
import { GatewayError } from '../../../core/errors.ts';
import { type Instant, toTimestampSeconds } from '../../../core/time.ts';
import { type Element, escapeXml, find, findAll, parseXml, textAt } from './xml.ts';

export const deviceNamespace = 'http://www.onvif.org/ver10/device/wsdl';
export const mediaNamespace = 'http://www.onvif.org/ver10/media/wsdl';
export const media2Namespace = 'http://www.onvif.org/ver20/media/wsdl';
export const ptzNamespace = 'http://www.onvif.org/ver20/ptz/wsdl';
export const eventsNamespace = 'http://www.onvif.org/ver10/events/wsdl';
export const deviceIoNamespace = 'http://www.onvif.org/ver10/deviceIO/wsdl';

const envelopeNamespaces: ReadonlySet<string | undefined> = new Set([
  'http://www.w3.org/2003/05/soap-envelope',
  'http://schemas.xmlsoap.org/soap/envelope/',
]);

/** One operation of one service, with its parameters as XML. */
export interface SoapRequest {
  readonly namespace: string;
  readonly operation: string;
  /** XML content; every value in it is escaped. */
  readonly parameters?: string;
  /** Of WS-Addressing, where the service asks for it; namespace and operation when absent. */
  readonly action?: string;
  /** XML content of the header beside the login; every value in it is escaped. */
  readonly header?: string;
}

const security = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-';

export interface UsernameToken {
  readonly username: string;
  readonly password: string;
  /** 16 random bytes. */
  readonly nonce: Uint8Array;
  /** By the clock of the camera. */
  readonly created: Instant;
}

/** WS-Security UsernameToken Profile 1.0: Base64(SHA-1(nonce + created + password)). */
export const passwordDigest = (nonce: Uint8Array, created: string, password: string): string =>
  createHash('sha1').update(nonce).update(created).update(password).digest('base64');

const tokenHeader = ({ username, password, nonce, created: instant }: UsernameToken): string => {
  const created = toTimestampSeconds(instant);
  return [
    `<Security s:mustUnderstand="1" xmlns="${security}wssecurity-secext-1.0.xsd"><UsernameToken>`,
    `<Username>${escapeXml(username)}</Username>`,
    `<Password Type="${security}username-token-profile-1.0#PasswordDigest">`,
    `${passwordDigest(nonce, created, password)}</Password>`,
    `<Nonce EncodingType="${security}soap-message-security-1.0#Base64Binary">`,
    `${Buffer.from(nonce).toString('base64')}</Nonce>`,
    `<Created xmlns="${security}wssecurity-utility-1.0.xsd">${created}</Created>`,
    '</UsernameToken></Security>',
  ].join('');
};

/** The token is for cameras without HTTP Digest only: never send both. */
export const buildEnvelope = (
  { namespace, operation, parameters = '', header = '' }: SoapRequest,
  token?: UsernameToken,
): string => {
  const headers = `${header}${token === undefined ? '' : tokenHeader(token)}`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:tt="http://www.onvif.org/ver10/schema">',
    headers === '' ? '' : `<s:Header>${headers}</s:Header>`,
    `<s:Body><${operation} xmlns="${namespace}">${parameters}</${operation}></s:Body></s:Envelope>`,
  ].join('');
};

/** Value of the header Content-Type of a request. */
export const contentType = ({ namespace, operation, action = `${namespace}/${operation}` }: SoapRequest): string =>
  `application/soap+xml; charset=utf-8; action="${action}"`;

export interface SoapFault {
  /** `env:Sender`, `env:Receiver`, … with the prefix that the camera uses. */
  readonly code: string;
  /** `ter:NotAuthorized`, `ter:InvalidArgVal`, `ter:NoProfile`, …, from the general to the particular. */
  readonly subcodes: readonly string[];
  readonly reason: string;
}

/** What a camera without HTTP Digest says to a request without a token. */
export const isNotAuthorized = ({ subcodes, reason }: SoapFault): boolean =>
  subcodes.some(subcode => /NotAuthorized|FailedAuthentication/i.test(subcode)) || /not authori[sz]ed/i.test(reason);

export type SoapAnswer =
  | { readonly kind: 'answer'; readonly content: Element }
  | { readonly kind: 'fault'; readonly fault: SoapFault };

const subcodesOf = (code: Element): readonly string[] => {
  const inner = find(code, 'Subcode');
  const value = inner && textAt(inner, 'Value');
  return inner === undefined || value === undefined ? [] : [value, ...subcodesOf(inner)];
};

const parseFault = (fault: Element): SoapFault => {
  const code = find(fault, 'Code');
  return {
    code: (code && textAt(code, 'Value')) ?? textAt(fault, 'faultcode') ?? '',
    subcodes: code === undefined ? [] : subcodesOf(code),
    reason: textAt(fault, 'Reason', 'Text') ?? textAt(fault, 'faultstring') ?? '',
  };
};

/** Throws `protocol` when `xml` is not a SOAP envelope around one answer. */
export const parseEnvelope = (xml: string): SoapAnswer => {
  const envelope = parseXml(xml);
  const [body] = findAll(envelope, 'Body').filter(({ namespace }) => envelopeNamespaces.has(namespace));
  const [content] = body?.children ?? [];
  if (envelope.name !== 'Envelope' || !envelopeNamespaces.has(envelope.namespace) || content?.namespace === undefined) {
    throw new GatewayError('protocol', 'an answer is not a SOAP envelope with one content', {
      advice: 'See whether the address is that of the ONVIF service of a camera.',
    });
  }
  return content.name === 'Fault' && envelopeNamespaces.has(content.namespace)
    ? { kind: 'fault', fault: parseFault(content) }
    : { kind: 'answer', content };
};

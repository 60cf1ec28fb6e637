/**
 * A throw-away certificate authority in DER (RFC 5280, ITU-T X.690), since Node.js can sign but not build
 * certificates and a fresh machine has no other tool. For simulators and tests: never for a site.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { type Duration, hours, type Instant } from '../../core/time.ts';

export interface Identity {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

export interface Authority {
  /** PEM: what a client trusts. */
  readonly certificate: string;
  /** For a server that is reached under these loopback names. */
  issueServer(name: string): Identity;
  issueClient(name: string): Identity;
}

const tlv = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
};

const sequence = (...parts: readonly Uint8Array[]): Buffer => tlv(0x30, ...parts);
const boolean = (value: boolean): Buffer => tlv(0x01, Buffer.from([value ? 0xff : 0]));
const octets = (content: Uint8Array): Buffer => tlv(0x04, content);
const bits = (content: Uint8Array, unused = 0): Buffer => tlv(0x03, Buffer.from([unused]), content);
const utf8 = (text: string): Buffer => tlv(0x0c, Buffer.from(text));
const explicit = (tag: number, content: Uint8Array): Buffer => tlv(0xa0 | tag, content);

const oid = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const septets = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) septets.unshift((left & 0x7f) | 0x80);
    bytes.push(...septets);
  }
  return tlv(0x06, Buffer.from(bytes));
};

/** Years before 2050, as RFC 5280 §4.1.2.5 asks. */
const utcTime = (instant: Instant): Buffer => {
  const text = new Date(instant).toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return tlv(0x17, Buffer.from(`${text}Z`));
};

const commonName = (name: string): Buffer => sequence(tlv(0x31, sequence(oid('2.5.4.3'), utf8(name))));
const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));

const extension = (id: string, critical: boolean, value: Uint8Array): Buffer =>
  sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));

const basicConstraints = (isAuthority: boolean): Buffer =>
  extension('2.5.29.19', true, sequence(...(isAuthority ? [boolean(true)] : [])));
const keyUsage = (usage: number, unused: number): Buffer =>
  extension('2.5.29.15', true, bits(Buffer.from([usage]), unused));
const certificateSigning = keyUsage(0b0000_0110, 1);
const digitalSignature = keyUsage(0b1000_0000, 7);
const extendedUsage = (id: string): Buffer => extension('2.5.29.37', false, sequence(oid(id)));
const serverUsage = extendedUsage('1.3.6.1.5.5.7.3.1');
const clientUsage = extendedUsage('1.3.6.1.5.5.7.3.2');
const loopbackNames = extension(
  '2.5.29.17',
  false,
  sequence(tlv(0x82, Buffer.from('localhost')), tlv(0x87, Buffer.from([127, 0, 0, 1]))),
);

/** RFC 5280 §4.2.1.2: any hash that tells keys apart. */
const keyIdentifier = (publicKey: KeyObject): Buffer =>
  createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest();
const subjectKey = (publicKey: KeyObject): Buffer => extension('2.5.29.14', false, octets(keyIdentifier(publicKey)));
const authorityKey = (publicKey: KeyObject): Buffer =>
  extension('2.5.29.35', false, sequence(tlv(0x80, keyIdentifier(publicKey))));

const toPem = (der: Uint8Array): string => {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
};

interface Request {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly issuer: string;
  readonly issuerKeys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  readonly from: Instant;
  readonly until: Instant;
  readonly extensions: readonly Buffer[];
}

const signCertificate = (request: Request): string => {
  // A serial number is positive: its first byte stays below 0x80 and above 0.
  const serial = Buffer.concat([Buffer.from([0x40]), randomBytes(15)]);
  const toBeSigned = sequence(
    explicit(0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, serial),
    ecdsaWithSha256,
    commonName(request.issuer),
    sequence(utcTime(request.from), utcTime(request.until)),
    commonName(request.subject),
    request.publicKey.export({ type: 'spki', format: 'der' }),
    explicit(
      3,
      sequence(...request.extensions, subjectKey(request.publicKey), authorityKey(request.issuerKeys.publicKey)),
    ),
  );
  return toPem(sequence(toBeSigned, ecdsaWithSha256, bits(sign('sha256', toBeSigned, request.issuerKeys.privateKey))));
};

/** Valid from an hour before `now` for `validFor`. */
export const createAuthority = (now: Instant, validFor: Duration = hours(24 * 30)): Authority => {
  const issuer = 'Haidang simulator authority';
  const from = now - hours(1);
  const until = now + validFor;
  const root = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

  const issue = (subject: string, extensions: readonly Buffer[]): Identity => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    return {
      certificate: signCertificate({
        subject,
        publicKey: pair.publicKey,
        issuer,
        issuerKeys: root,
        from,
        until,
        extensions: [basicConstraints(false), digitalSignature, ...extensions],
      }),
      key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
  };

  return {
    certificate: signCertificate({
      subject: issuer,
      publicKey: root.publicKey,
      issuer,
      issuerKeys: root,
      from,
      until,
      extensions: [basicConstraints(true), certificateSigning],
    }),
    issueServer: name => issue(name, [serverUsage, loopbackNames]),
    issueClient: name => issue(name, [clientUsage]),
  };
};

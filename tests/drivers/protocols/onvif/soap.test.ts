import { expect, test } from 'vitest';
import { getDeviceInformation } from '../../../../drivers/protocols/onvif/operations.ts';
import { buildEnvelope, contentType, passwordDigest } from '../../../../drivers/protocols/onvif/soap.ts';

test('the digest of a token is that of the ONVIF application programmer’s guide', () => {
  const nonce = Buffer.from('LKqI6G/AikKCQrN0zqZFlg==', 'base64');
  expect(passwordDigest(nonce, '2010-09-16T07:50:45Z', 'userpassword')).toBe('tuOSpGlFlIXsozq4HFNeeGeFLEI=');
});

test('an envelope carries a token only when it is given one', () => {
  const token = {
    username: 'a<b',
    password: 'secret',
    nonce: new Uint8Array(16),
    created: Date.UTC(2026, 0, 2, 3, 4, 5),
  };
  const signed = buildEnvelope(getDeviceInformation, token);
  expect(signed).toContain('<Username>a&lt;b</Username>');
  expect(signed).toContain('>2026-01-02T03:04:05Z</Created>');
  expect(signed).not.toContain('secret');
  expect(buildEnvelope(getDeviceInformation)).not.toContain('Security');
});

test('the content type names the action', () => {
  expect(contentType(getDeviceInformation)).toBe(
    'application/soap+xml; charset=utf-8; action="http://www.onvif.org/ver10/device/wsdl/GetDeviceInformation"',
  );
});

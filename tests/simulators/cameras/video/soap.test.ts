import { expect, test } from 'vitest';
import { escapeXml, grantsToken, parseSoap } from '../../../../simulators/cameras/video/soap.ts';

// ONVIF Application Programmer's Guide, 6.1.1.3.
const token = {
  username: 'user',
  nonce: 'LKqI6G/AikKCQrN0zqZFlg==',
  created: '2010-09-16T07:50:45Z',
  digest: 'tuOSpGlFlIXsozq4HFNeeGeFLEI=',
};
const login = { username: 'user', password: 'userpassword' };
const then = Date.parse(token.created);

test('the published token is granted', () => {
  expect(grantsToken(token, login, then)).toBe(true);
});

test.each([
  ['of another password', token, { ...login, password: 'other' }, then],
  ['of another user', { ...token, username: 'admin' }, login, then],
  ['that is six minutes old', token, login, then + 360_000],
  ['without a time', { ...token, created: '' }, login, then],
  ['without a digest', { ...token, digest: '' }, login, then],
])('a token %s is refused', (_, given, expected, now) => {
  expect(grantsToken(given, expected, now)).toBe(false);
});

test('operation and token are found whatever the prefixes', () => {
  const xml = `<x:Envelope xmlns:x="http://www.w3.org/2003/05/soap-envelope"><x:Header><Security><UsernameToken><Username>user</Username><Password Type="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest">${token.digest}</Password><Nonce EncodingType="Base64Binary">${token.nonce}</Nonce><Created>${token.created}</Created></UsernameToken></Security></x:Header><x:Body><trt:GetProfiles xmlns:trt="http://www.onvif.org/ver10/media/wsdl"/></x:Body></x:Envelope>`;
  expect(parseSoap(xml)).toEqual({ operation: 'GetProfiles', token, types: [] });
});

test.each(['', '<a>', 'plain', '<a/>', '<Envelope/>', '<Envelope><Body/></Envelope>'])('%j is no request', xml => {
  expect(parseSoap(xml)).toBeUndefined();
});

test('markup in values is escaped', () => {
  expect(escapeXml('a<b>&"c"')).toBe('a&lt;b&gt;&amp;&quot;c&quot;');
});

import { describe, expect, it, test } from 'vitest';
import {
  bareMac,
  buildProbes,
  isOnvif,
  type ProbeMatch,
  parseProbeMatches,
  sameDevice,
  sameEndpoint,
  scopeMac,
  scopeValue,
  serviceAddresses,
  tellsMac,
} from '../../../../drivers/protocols/onvif/discovery.ts';

test('each kind of camera is asked for by an envelope of its own, which matches nothing', () => {
  const probes = buildProbes(() => 'urn:uuid:15b21259-77d9-441f-9913-3ccd8a82e430');
  expect(probes.map(probe => /<d:Types>(.*)<\/d:Types>/.exec(probe)?.[1])).toEqual([
    'tds:Device',
    'dn:NetworkVideoTransmitter',
  ]);
  for (const probe of probes) expect(parseProbeMatches(probe)).toEqual([]);
});

test('endpoint references are the same with and without their prefixes', () => {
  expect(sameEndpoint('urn:uuid:15B21259-77d9', 'uuid:15b21259-77D9')).toBe(true);
  expect(sameEndpoint('urn:uuid:15b21259-77d9', 'urn:uuid:15b21259-77d8')).toBe(false);
});

test('hardware addresses are read in every spelling', () => {
  expect(bareMac('44:19:B6:00:12:AB')).toBe('4419b60012ab');
  expect(bareMac('44-19-b6-00-12-ab')).toBe('4419b60012ab');
  expect(bareMac('4419.b600.12ab')).toBe('4419b60012ab');
  expect(bareMac('44:19:b6')).toBeUndefined();
});

test('a match tells its hardware address at the end of its reference or in a scope', () => {
  const match = { endpoint: 'urn:uuid:00000000-0000-1000-8000-4419B60012AB', types: [], scopes: [], addresses: [] };
  expect(tellsMac(match, '4419b60012ab')).toBe(true);
  expect(tellsMac(match, '4419b60012ac')).toBe(false);
  const scopes = ['onvif://www.onvif.org/name/x', 'onvif://www.onvif.org/MAC/44:19:b6:00:12:ac'];
  expect(tellsMac({ ...match, scopes }, '4419b60012ac')).toBe(true);
});

const matchOf = (changes: Partial<ProbeMatch>): ProbeMatch => ({
  endpoint: 'urn:uuid:15b21259-77d9-441f-9913-3ccd8a82e430',
  types: [],
  scopes: [],
  addresses: [],
  ...changes,
});

const placesOf = (sender: string, ...addresses: readonly string[]): readonly string[] =>
  serviceAddresses(matchOf({ addresses }), sender).map(
    ({ scheme, host, port, path }) => `${scheme} ${host} ${port} ${path}`,
  );

describe('the addresses of a device that answered', () => {
  it('begin with those that are the sender’s, whatever else it tells', () => {
    expect(
      placesOf(
        '192.168.1.64',
        'http://169.254.7.7/onvif/device_service',
        'http://192.168.1.64:8899/onvif/device_service',
        'http://[fe80::4619:b6ff:fe00:12ab]/onvif/device_service',
      ),
    ).toEqual(['http 192.168.1.64 8899 /onvif/device_service', 'http 192.168.1.64 80 /onvif/device_service']);
  });

  it('are tried at the sender where it tells those of another network, and then as they are', () => {
    expect(placesOf('10.20.0.1', 'http://192.168.1.64/onvif/device?x=1', 'http://[2001:db8::7]:8080/d')).toEqual([
      'http 10.20.0.1 80 /onvif/device?x=1',
      'http 10.20.0.1 8080 /d',
      'http 192.168.1.64 80 /onvif/device?x=1',
      'http 2001:db8::7 8080 /d',
    ]);
  });

  it('may be those of HTTPS, and are no others', () => {
    expect(
      placesOf('10.0.0.5', 'https://10.0.0.5/onvif/device_service', 'soap.udp://10.0.0.5', 'none', 'file:///x'),
    ).toEqual(['https 10.0.0.5 443 /onvif/device_service']);
  });

  it('are few, however many it tells', () => {
    const many = Array.from({ length: 200 }, (_, index) => `http://10.0.0.${index}/`);
    expect(placesOf('10.0.0.5', ...many)).toHaveLength(8);
  });
});

test('a device of ONVIF says so by its type or a scope; a printer does not', () => {
  expect(isOnvif(matchOf({ types: ['dn:NetworkVideoTransmitter'] }))).toBe(true);
  expect(isOnvif(matchOf({ types: ['NetworkVideoTransmitter'] }))).toBe(true);
  expect(isOnvif(matchOf({ types: ['tds:Device'], scopes: ['onvif://www.onvif.org/name/x'] }))).toBe(true);
  expect(isOnvif(matchOf({ types: ['wsdp:Device', 'wprt:PrintDeviceType'], scopes: ['ldap:///ou=x'] }))).toBe(false);
});

test('two answers are of one device by their reference and addresses, since some makers give one reference to all', () => {
  const addresses = ['http://10.0.0.5/onvif/device_service'];
  const match = matchOf({ addresses });
  expect(sameDevice(match, matchOf({ addresses, endpoint: 'uuid:15B21259-77D9-441F-9913-3CCD8A82E430' }))).toBe(true);
  expect(sameDevice(match, matchOf({ addresses: ['http://10.0.0.6/onvif/device_service'] }))).toBe(false);
  expect(sameDevice(match, matchOf({ addresses, endpoint: 'urn:uuid:0' }))).toBe(false);
});

test('names are read from scopes, whatever the maker makes of percent signs', () => {
  const scopes = [
    'onvif://www.onvif.org/Profile/T',
    'onvif://www.onvif.org/name/IP%20Camera%20C%E1%BB%95ng',
    'onvif://www.onvif.org/location/100%',
    'onvif://www.onvif.org/MAC/4419b60012ab',
    'onvif://www.onvif.org/hardware/',
  ];
  const match = matchOf({ scopes });
  expect(scopeValue(match, 'name')).toBe('IP Camera Cổng');
  expect(scopeValue(match, 'location')).toBe('100%');
  expect(scopeValue(match, 'hardware')).toBeUndefined();
  expect(scopeMac(match)).toBe('4419b60012ab');
});

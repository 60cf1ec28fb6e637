import { expect, test } from 'vitest';
import {
  bareMac,
  buildProbes,
  parseProbeMatches,
  sameEndpoint,
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

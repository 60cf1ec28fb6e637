import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../core/time.ts';
import { readerAmong, searchCameras } from '../../../gateway/discover/cameras.ts';

const match = {
  endpoint: 'urn:uuid:15b21259-77d9-441f-9913-3ccd8a82e430',
  types: ['tds:Device'],
  scopes: [],
  addresses: ['http://192.168.1.64/onvif/device_service'],
};

describe('a camera that a configuration reads', () => {
  const camera = { match, sender: '192.168.1.64', mac: '44:19:b6:00:12:ab' };
  const endpoint = 'uuid:15B21259-77D9-441F-9913-3CCD8A82E430';
  it.each([
    ['its endpoint', { hosts: ['10.0.0.1'], endpoint }, 'cam'],
    ['its hardware address', { hosts: [], mac: '44-19-B6-00-12-AB' }, 'cam'],
    ['its address', { hosts: ['192.168.1.64'], port: 80 }, 'cam'],
    ['the address of its stream', { hosts: ['192.168.1.64'] }, 'cam'],
    ['another port there', { hosts: ['192.168.1.64'], port: 81 }, undefined],
    [
      'the endpoint of another one that had its address',
      { hosts: ['192.168.1.64'], port: 80, endpoint: 'x' },
      undefined,
    ],
  ] as const)('is known by %s: %o', (_, configured, by) => {
    expect(readerAmong([{ id: 'cam', ...configured }])(camera)).toBe(by);
  });
});

it('the search ends at once when it is aborted', async () => {
  const stopped = AbortSignal.abort();
  const search = { listenFor: 60_000, signal: stopped, clock: systemClock, readerOf: () => undefined };
  const nothing = { findings: [], others: 0 };
  expect(await searchCameras({ ...search, onAnswer: () => {}, onFinding: () => {} })).toEqual(nothing);
});

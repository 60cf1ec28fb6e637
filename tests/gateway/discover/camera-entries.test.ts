import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { driver } from '../../../drivers/cameras/onvif-camera/driver.ts';
import type { ProbeMatch } from '../../../drivers/protocols/onvif/discovery.ts';
import { cameraEntries, describeCamera, nobodyAnswered } from '../../../gateway/discover/camera-entries.ts';
import type { CameraFinding, Introduction } from '../../../gateway/discover/cameras.ts';
import { formatEntries } from '../../../gateway/discover/entry.ts';

const match: ProbeMatch = {
  endpoint: 'urn:uuid:15b21259-77d9-441f-9913-3ccd8a82e430',
  types: ['tds:Device'],
  scopes: ['onvif://www.onvif.org/name/C%E1%BB%95ng%20ch%C3%ADnh', 'onvif://www.onvif.org/location/hue'],
  addresses: ['http://192.168.1.64/onvif/device_service'],
};
const address = { scheme: 'http', host: '192.168.1.64', port: 80, path: '/onvif/device_service' } as const;
const information = { manufacturer: 'Acme', model: 'C-1', firmwareVersion: '5.5', serialNumber: '1', hardwareId: '' };
const known: Introduction = { kind: 'known', information };

const found = (changes: object = {}): CameraFinding => ({
  kind: 'found',
  match,
  sender: '192.168.1.64',
  address,
  introduction: known,
  ...changes,
});

const printed = async (findings: readonly CameraFinding[], login?: { username: string; password: string }) => {
  const text = await formatEntries(cameraEntries(findings, driver, login), new Set(['cong-chinh']));
  return { text, devices: parse(text)?.devices };
};

describe('a camera that was found', () => {
  it('is written by its name, with what finds it again', async () => {
    const { text, devices } = await printed([found({ mac: '44:19:b6:00:12:ab' })]);
    expect(devices).toEqual([
      {
        id: 'cong-chinh-2',
        driver: 'onvif-camera',
        host: '192.168.1.64',
        endpoint: 'urn:uuid:15b21259-77d9-441f-9913-3ccd8a82e430',
        mac: '44:19:b6:00:12:ab',
      },
    ]);
    expect(text).toContain('# Acme C-1, firmware 5.5, answers without a login\n  # location hue\n');
  });

  it('that asks for a login is given one to fill in, or the one that a person named', async () => {
    const asking = found({ introduction: { kind: 'asks-for-login' }, address: { ...address, port: 8000 } });
    const { text, devices } = await printed([asking]);
    expect(devices[0]).toMatchObject({ port: 8000, username: 'operator', password: `\${env:CAMERA_PASSWORD}` });
    expect(text).toMatch(/username: operator # an ONVIF user/);
    const named = { username: 'gw', password: `\${file:/etc/haidang/camera}` };
    const { text: ready, devices: complete } = await printed([asking], named);
    expect(complete[0]).toMatchObject(named);
    expect(ready).not.toContain('#  an ONVIF user');
  });

  it('that speaks HTTPS is written with the certificate that was seen, for a person to compare', async () => {
    const fingerprint = Array.from({ length: 32 }, () => 'AB').join(':');
    const { text, devices } = await printed([
      found({ address: { ...address, scheme: 'https', port: 443 }, fingerprint }),
    ]);
    expect(devices[0]).toMatchObject({ scheme: 'https', fingerprint });
    expect(devices[0]).not.toHaveProperty('port');
    expect(text).toContain(`fingerprint: ${fingerprint} # seen now; compare it`);
  });

  it('is written without a reference that is none, and as a draft where its path is no path of ours', async () => {
    const strange = found({ match: { ...match, endpoint: 'urn:camera:7' } });
    expect((await printed([strange])).devices[0]).not.toHaveProperty('endpoint');
    for (const { endpoint } of (await printed([found(), found({ address: { ...address, host: '10.0.0.6' } })])).devices)
      expect(endpoint, 'two have the same').toBeUndefined();
    const { text, devices } = await printed([found({ address: { ...address, path: '/a?b=c' } })]);
    expect(devices).toBeUndefined();
    expect(text).toContain('#    path: /a?b=c');
  });

  it('is nothing to write where it is read already, or nothing listens', async () => {
    const configured: CameraFinding = { kind: 'configured', match, sender: '192.168.1.64', by: 'cam-3' };
    const away: CameraFinding = { kind: 'unreachable', match, sender: '192.168.1.64' };
    expect((await printed([configured, away])).text).toBe('');
    expect(describeCamera(configured)).toBe('skipped: "cam-3" reads it');
    expect(describeCamera(away)).toContain('nothing listens at http://192.168.1.64/onvif/device_service');
    expect(nobodyAnswered(5000)).toMatch(/^no camera answered within 5s\n.*own network.*\n.*WS-Discovery.*\n.*3702/);
  });
});

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { haidang, siteSections, startHaidang } from '../../support/gateway.ts';
import { missingPrograms, temporaryFolder, until } from '../../support/resources.ts';
import { startSimulator } from '../../support/simulate.ts';

const foundSchema = z.object({ devices: z.array(z.looseObject({ id: z.string(), host: z.string() })) });

/** Other tests of this machine may have cameras of their own on the same network. */
const portsIn = (yaml: string): readonly unknown[] => foundSchema.parse(parse(yaml)).devices.map(({ port }) => port);

const camera = (changes: object) => startSimulator('onvif-camera', { scene: 'street', width: 320, fps: 5, ...changes });

describe.skipIf(missingPrograms('ffmpeg') !== undefined)('haidang discover cameras', () => {
  it('prints what `haidang check` accepts, and passes over what a configuration reads', async () => {
    await using guarded = await camera({
      discovery: 'on',
      identity: `guarded-${process.pid}`,
      scheme: 'https',
      username: 'a',
      password: 'b',
    });
    await using open = await camera({ discovery: 'as-device', identity: `open-${process.pid}` });
    await using known = await camera({ discovery: 'on', identity: `known-${process.pid}` });
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'site.yaml');
    const site = siteSections({ folder: folder.path, apiPort: 8080, brokerPort: 1883 });
    const own = `devices:\n  - { id: hd-sim-1, driver: onvif-camera, host: localhost, port: ${known.address['port']} }\n`;
    await writeFile(file, `${site}\n${own}`);
    const secret = path.join(folder.path, 'secret');
    await writeFile(secret, 'very-secret\n');
    const login = ['--username', 'haidang', '--password-file', secret];
    const { code, stdout, stderr } = await haidang(['discover', 'cameras', file, ...login, '--listen', '3s']);
    expect(stderr).toContain('skipped: "hd-sim-1" reads it');
    expect(stderr).toContain('HD-SIM-1, asks for a login');
    expect(stderr).toContain('Haidang HD-SIM-1, firmware 1.0.0, answers without a login');
    expect(code).toBe(0);
    const ports = portsIn(stdout);
    expect(ports).toEqual(expect.arrayContaining([guarded.address['port'], open.address['port']]));
    expect(ports).not.toContain(known.address['port']);
    const found = foundSchema.parse(parse(stdout)).devices.find(({ port }) => port === guarded.address['port']);
    expect(found).toMatchObject({
      driver: 'onvif-camera',
      scheme: 'https',
      fingerprint: guarded.address['fingerprint'],
      endpoint: expect.stringMatching(/^urn:uuid:/),
      username: 'haidang',
      password: `\${file:${secret}}`,
    });
    expect(`${stdout}${stderr}`).not.toContain('very-secret');
    await writeFile(file, `${site}\n${own}${stdout.replace('devices:\n', '')}`);
    const check = await haidang(['check', file]);
    expect(check.stderr).not.toContain('error');
    expect(check.code).toBe(0);
  }, 120_000);

  it('prints at Ctrl-C what it found so far', async () => {
    await using alone = await camera({ discovery: 'on', identity: `alone-${process.pid}` });
    await using running = startHaidang(['discover', 'cameras', '--listen', '60s']);
    await until('it was found', () => running.stderr().includes(`:${alone.address['port']}: Haidang`));
    running.process.kill('SIGINT');
    const { code, stdout } = await running.finished;
    expect(code).toBe(130);
    expect(portsIn(stdout)).toContain(alone.address['port']);
  }, 120_000);
});

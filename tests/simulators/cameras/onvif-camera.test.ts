import { createHash } from 'node:crypto';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { Cam } from 'onvif/promises/index.js';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { simulator } from '../../../simulators/cameras/onvif-camera.ts';
import { missingPrograms, until } from '../../support/resources.ts';
import { filmSize, simulatorContext, smallFilm, watch } from './watch.ts';

const login = { username: 'haidang', password: 'mat-khau-1' };

const startCamera = async (config: Readonly<Record<string, unknown>> = {}) => {
  const running = await simulator.start({ ...smallFilm, ...login, ...config }, simulatorContext());
  return { ...running, port: z.number().parse(running.address['port']) };
};

const connect = async (port: number, password = login.password): Promise<Cam> => {
  const camera = new Cam({ hostname: '127.0.0.1', port, username: login.username, password });
  await camera.connect();
  return camera;
};

/** One request to the device service, without a login. */
const ask = (port: number, operation: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}/onvif/device_service`, {
    method: 'POST',
    body: `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><${operation} xmlns="http://www.onvif.org/ver10/device/wsdl"/></s:Body></s:Envelope>`,
  });

test.each(['digest', 'token', 'both'])('the onvif library reads its streams with login by %s', async authentication => {
  await using camera = await startCamera({ authentication });
  const client = await connect(camera.port);
  expect(await client.getDeviceInformation()).toMatchObject({ manufacturer: 'Haidang' });
  expect(await client.getProfiles()).toMatchObject([
    { name: 'main', videoEncoderConfiguration: { encoding: 'H264', resolution: filmSize } },
  ]);
  expect(await client.getStreamUri()).toMatchObject({
    uri: expect.stringMatching(/^rtsp:\/\/127\.0\.0\.1:\d+\/live$/),
  });
});

test('the stream it names can be watched', async ({ skip }) => {
  skip(missingPrograms('ffmpeg') !== undefined);
  await using camera = await startCamera();
  const client = await connect(camera.port);
  const { uri } = z.looseObject({ uri: z.string() }).parse(await client.getStreamUri());
  const address = new URL(uri);
  Object.assign(address, login);
  expect((await watch(address.href, 'tcp', 3)).pictures).toHaveLength(3);
});

test('a device whose clock is wrong still knows a token that was dated by its own clock', async () => {
  await using camera = await startCamera({ authentication: 'token', clockOffsetSeconds: -86_400 });
  const client = await connect(camera.port);
  expect(await client.getDeviceInformation()).toMatchObject({ manufacturer: 'Haidang' });
});

test('a wrong password is refused', async () => {
  await using camera = await startCamera();
  await expect(connect(camera.port, 'wrong').then(client => client.getDeviceInformation())).rejects.toThrow('401');
});

test('the time is told before any login, the rest is not', async () => {
  await using camera = await startCamera();
  expect((await ask(camera.port, 'GetSystemDateAndTime')).status).toBe(200);
  const refused = await ask(camera.port, 'GetDeviceInformation');
  expect(refused.status).toBe(401);
  expect(refused.headers.get('www-authenticate')).toMatch(
    /^Digest realm=".+", nonce="\w+", qop="auth", algorithm=MD5$/,
  );
});

test('it says what it is not able to do', async () => {
  await using camera = await startCamera({ username: undefined, password: undefined });
  const answer = await ask(camera.port, 'SystemReboot');
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain('ter:ActionNotSupported');
});

test('what is no XML is answered with a fault', async () => {
  await using camera = await startCamera();
  const answer = await fetch(`http://127.0.0.1:${camera.port}/onvif/device_service`, { method: 'POST', body: '<<>' });
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain('ter:WellFormed');
});

test('a snapshot is a JPEG of the size of the stream, for those who log in', async () => {
  await using camera = await startCamera();
  const url = `http://127.0.0.1:${camera.port}/onvif/snapshot`;
  const refused = await fetch(url);
  expect(refused.status).toBe(401);
  const nonce = /nonce="(\w+)"/.exec(refused.headers.get('www-authenticate') ?? '')?.[1] ?? '';
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
  const realm = 'Haidang simulator';
  const secret = md5(`${login.username}:${realm}:${login.password}`);
  const response = md5(`${secret}:${nonce}:00000001:abc:auth:${md5('GET:/onvif/snapshot')}`);
  const granted = await fetch(url, {
    headers: {
      Authorization: `Digest username="${login.username}", realm="${realm}", nonce="${nonce}", uri="/onvif/snapshot", qop=auth, nc=00000001, cnonce="abc", response="${response}"`,
    },
  });
  expect(granted.headers.get('content-type')).toBe('image/jpeg');
  expect(await sharp(await granted.arrayBuffer()).metadata()).toMatchObject({ format: 'jpeg', ...filmSize });
});

test('the same camera keeps its identity at another address', async () => {
  const reference = async (port: number): Promise<string> => (await ask(port, 'GetEndpointReference')).text();
  await using first = await startCamera();
  await using second = await startCamera();
  await using other = await startCamera({ identity: 'another' });
  expect(second.port).not.toBe(first.port);
  expect(await reference(second.port)).toBe(await reference(first.port));
  expect(await reference(other.port)).not.toBe(await reference(first.port));
});

test('it answers a discovery probe with the address of its device service', async () => {
  await using camera = await startCamera({ discovery: 'on' });
  const socket = dgram.createSocket({ type: 'udp4', reuseAddr: true });
  try {
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    socket.setMulticastInterface('127.0.0.1');
    const answers: string[] = [];
    socket.on('message', message => answers.push(message.toString()));
    const probe = `<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><e:Header><w:MessageID>uuid:84ede3de-7dec-11d0-c360-f01234567890</w:MessageID></e:Header><e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>`;
    const answer = await until('the camera answers', () => {
      socket.send(probe, 3702, '239.255.255.250');
      return answers.find(text => text.includes(`:${camera.port}/`));
    });
    expect(answer).toContain(`http://127.0.0.1:${camera.port}/onvif/device_service`);
    expect(answer).toContain('<wsa:RelatesTo>uuid:84ede3de-7dec-11d0-c360-f01234567890</wsa:RelatesTo>');
  } finally {
    socket.close();
  }
});

test('a camera that is away can not be reached until it is back', async () => {
  await using camera = await startCamera();
  camera.show('away');
  await expect(ask(camera.port, 'GetSystemDateAndTime')).rejects.toThrow();
  camera.show(undefined);
  const answer = await until('it is back', () => ask(camera.port, 'GetSystemDateAndTime').catch(() => undefined));
  expect(answer.status).toBe(200);
});

test('the onvif library turns it, finds its places, and it stops when the time is over', async () => {
  await using camera = await startCamera();
  const client = await connect(camera.port);
  const standing = async () =>
    z
      .looseObject({ position: z.object({ x: z.number(), y: z.number(), zoom: z.number() }), moveStatus: z.unknown() })
      .parse(await client.getStatus());
  expect(Object.keys(z.looseObject({}).parse(await client.getPresets()))).toEqual(['gate', 'quay']);
  await client.absoluteMove({ x: 0.1, y: -0.05, zoom: 0.2 });
  expect((await standing()).moveStatus).toMatchObject({ panTilt: 'MOVING' });
  await until('it is there', async () => (await standing()).position.x === 0.1);
  expect((await standing()).position).toEqual({ x: 0.1, y: -0.05, zoom: 0.2 });
  await client.continuousMove({ x: -0.2, y: 0, timeout: 200 });
  await until('it stands still', async () => {
    const { moveStatus, position } = await standing();
    return position.x < 0.1 && z.looseObject({ panTilt: z.string() }).parse(moveStatus).panTilt === 'IDLE';
  });
  await client.gotoPreset({ preset: '2' });
  await until('it is there', async () => (await standing()).position.x === 0.25);
});

test('a camera without a head has no such service', async () => {
  await using camera = await startCamera({ head: 'none', username: undefined, password: undefined });
  expect(await (await ask(camera.port, 'GetServices')).text()).not.toContain('ptz_service');
  expect(await (await ask(camera.port, 'GetStatus')).text()).toContain('ter:ActionNotSupported');
});

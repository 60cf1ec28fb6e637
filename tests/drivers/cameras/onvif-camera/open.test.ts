import { once } from 'node:events';
import http from 'node:http';
import { describe, expect, it } from 'vitest';
import type { RunningSimulator } from '../../../../core/simulator.ts';
import { systemClock } from '../../../../core/time.ts';
import { createOnvifClient, type OnvifClient } from '../../../../drivers/cameras/onvif-camera/client.ts';
import { findCamera } from '../../../../drivers/cameras/onvif-camera/find-camera.ts';
import { type OnvifCamera, openOnvifCamera } from '../../../../drivers/cameras/onvif-camera/open.ts';
import { switchRelay } from '../../../../drivers/cameras/onvif-camera/switch-relay.ts';
import {
  deviceIoNamespace,
  deviceNamespace,
  mediaNamespace,
  ptzNamespace,
} from '../../../../drivers/protocols/onvif/soap.ts';
import { simulator } from '../../../../simulators/cameras/onvif-camera.ts';
import { createWorld } from '../../../../simulators/world/create.ts';
import { freePort, missingPrograms } from '../../../support/resources.ts';
import { createContext, recordedLog, type TestContext } from '../../support/context.ts';

const login = { username: 'operator', password: 's3cret of the camera' };

const start = (config: object = {}): Promise<RunningSimulator> =>
  simulator.start(
    { scene: 'street', width: 320, fps: 5, ...login, ...config },
    {
      world: createWorld(20_261_125),
      clock: systemClock,
      log: recordedLog(),
      signal: AbortSignal.timeout(120_000),
      random: () => 0.5,
    },
  );

const cameraAt = ({ address }: Pick<RunningSimulator, 'address'>, more: Partial<OnvifCamera> = {}): OnvifCamera => ({
  scheme: 'http',
  host: String(address['host']),
  port: Number(address['port']),
  path: '/onvif/device_service',
  credentials: login,
  transport: 'tcp',
  decoder: 'software',
  ...more,
});

/** The first frame of the camera, or what it failed with. */
const first = async (camera: OnvifCamera, context: TestContext): Promise<unknown> => {
  const batches = openOnvifCamera(camera, 'cam-1', context);
  try {
    return (await batches.next()).value?.items[0];
  } catch (failure) {
    return failure;
  } finally {
    context.abort();
    await batches.return();
  }
};

const linesOf = ({ log }: TestContext): readonly { readonly message: string }[] =>
  'lines' in log ? (log as ReturnType<typeof recordedLog>).lines : [];

interface Recorder extends AsyncDisposable {
  readonly address: Readonly<Record<string, unknown>>;
  readonly operations: string[];
}

/** Answers every operation by a fixed envelope, and remembers what was asked with which login. */
const startRecorder = async (
  answer: (operation: string, path: string) => readonly [status: number, body: string],
): Promise<Recorder> => {
  const operations: string[] = [];
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const xml = Buffer.concat(chunks).toString();
    const [, operation = ''] = /<s:Body><(\w+)/.exec(xml) ?? [];
    operations.push(
      `${operation}${xml.includes('UsernameToken') ? ' token' : ''}${request.headers.authorization ? ' digest' : ''}`,
    );
    const [status, body] = answer(operation, request.url ?? '');
    response
      .writeHead(status)
      .end(`<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>${body}</s:Body></s:Envelope>`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  const port = bound !== null && typeof bound === 'object' ? bound.port : 0;
  return {
    address: { host: '127.0.0.1', port },
    operations,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

const notSupported =
  '<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>ter:ActionNotSupported</s:Value></s:Subcode></s:Code></s:Fault>';

const skip = missingPrograms('ffmpeg');

describe.skipIf(skip !== undefined)('an ONVIF camera', () => {
  it('shows its stream, and tells whose it is', async () => {
    await using camera = await start();
    const context = createContext();
    expect(await first(cameraAt(camera), context)).toMatchObject({ kind: 'frame', device: 'cam-1', width: 640 });
    expect(linesOf(context)).toMatchObject([
      {
        message: 'found the stream of the camera',
        fields: { manufacturer: 'Haidang', snapshot: expect.stringMatching(/^http:/) },
      },
    ]);
    expect(JSON.stringify(linesOf(context))).not.toContain(login.password);
  });

  it('is denied to a wrong password, and says to create an ONVIF user', async () => {
    await using camera = await start();
    const wrong = cameraAt(camera, { credentials: { ...login, password: 'wrong' } });
    expect(await first(wrong, createContext())).toMatchObject({
      kind: 'denied',
      advice: expect.stringContaining('Create an ONVIF user'),
    });
  });

  it('is warned of when its clock is far off', async () => {
    await using camera = await start({ clockOffsetSeconds: -7200, authentication: 'token' });
    const context = createContext();
    expect(await first(cameraAt(camera), context)).toMatchObject({ kind: 'frame' });
    expect(linesOf(context)[0]?.message).toBe("the camera's clock is 2h behind");
  });

  it.each(['endpoint', 'mac'] as const)(
    'is found again by its %s when DHCP moved it',
    async by => {
      await using camera = await start({ discovery: 'on', identity: `moved-${by}-${process.pid}` });
      const identity = await identityOf(camera);
      const context = createContext();
      const gone = cameraAt({ address: { host: '127.0.0.1', port: await freePort() } }, { [by]: identity[by] });
      expect(await first(gone, context)).toMatchObject({ kind: 'frame' });
      expect(linesOf(context).map(({ message }) => message)).toContainEqual(
        expect.stringMatching(`^the camera moved to .*:${camera.address['port']}$`),
      );
    },
    300_000,
  );

  it.each(['both', 'media', 'media2'] as const)(
    'shows its stream by the media services that it has (%s)',
    async media => {
      await using camera = await start({ media });
      const client = clientOf(camera);
      const [profile] = await client.readProfiles();
      expect(profile).toMatchObject({ encoding: 'H264', width: 320, fps: 5, ptzConfiguration: 'head-configuration' });
      expect((await client.readStreamUrl(profile?.token ?? '', 'tcp')).pathname).toBe('/live');
      expect((await client.readSnapshotUrl(profile?.token ?? ''))?.pathname).toBe('/onvif/snapshot');
    },
  );

  it.each([
    ['a fault', [400, notSupported]],
    ['profiles without video', [200, '<GetProfilesResponse xmlns="http://www.onvif.org/ver20/media/wsdl"/>']],
  ] as const)('goes on with the older media service where the newer one answers %s', async (_, newer) => {
    const asked: string[] = [];
    await using recorder = await startRecorder((operation, path) => {
      asked.push(`${operation} ${path}`);
      if (operation === 'GetServices')
        return [
          200,
          `<GetServicesResponse xmlns="${deviceNamespace}"><Service><Namespace>${mediaNamespace}</Namespace><XAddr>/media</XAddr></Service><Service><Namespace>http://www.onvif.org/ver20/media/wsdl</Namespace><XAddr>/media2</XAddr></Service></GetServicesResponse>`,
        ];
      return path === '/media2' ? newer : [200, described(operation, '/media', 5540)];
    });
    const client = clientOf(recorder);
    expect(await client.readProfiles()).toMatchObject([{ token: 'main' }]);
    await client.readStreamUrl('main', 'tcp');
    expect(asked.slice(1)).toEqual(['GetProfiles /media2', 'GetProfiles /media', 'GetStreamUri /media']);
  });

  it('is found also when it says that it is a device and no transmitter of video', async () => {
    await using camera = await start({ discovery: 'as-device', identity: `device-${process.pid}` });
    const { endpoint } = await identityOf(camera);
    expect(await findCamera(cameraAt(camera, { endpoint }), createContext())).toMatchObject({
      port: camera.address['port'],
    });
  });

  it('is found again by its endpoint when another camera with another certificate has its address now', async () => {
    await using camera = await start({ scheme: 'https', discovery: 'on', identity: `pinned-${process.pid}` });
    await using other = await start({ scheme: 'https' });
    const trust = { fingerprint: String(camera.address['fingerprint']) };
    const { endpoint } = await identityOf(camera, { scheme: 'https', trust });
    const context = createContext();
    const mistaken = cameraAt(other, { endpoint, scheme: 'https', trust });
    expect(await first(mistaken, context)).toMatchObject({ kind: 'frame' });
    expect(linesOf(context).map(({ message }) => message)).toContainEqual(
      expect.stringMatching(`^the camera moved to .*:${camera.address['port']}$`),
    );
  }, 60_000);

  it('gives its video over TLS too, to whom its certificate is known', async () => {
    await using camera = await start({ scheme: 'https', stream: 'rtsps' });
    const trust = { fingerprint: String(camera.address['fingerprint']) };
    const context = createContext();
    expect(await first(cameraAt(camera, { scheme: 'https', trust }), context)).toMatchObject({ kind: 'frame' });
    expect(linesOf(context)).toContainEqual(
      expect.objectContaining({ fields: expect.objectContaining({ stream: expect.stringMatching(/^rtsps:/) }) }),
    );
  });

  it('gives its video over TLS where ONVIF is not, to whom its certificate is known and to nobody else', async () => {
    await using camera = await start({ stream: 'rtsps' });
    const fingerprint = String(camera.address['fingerprint']);
    expect(await first(cameraAt(camera, { trust: { fingerprint } }), createContext())).toMatchObject({ kind: 'frame' });
    for (const trust of [{}, { fingerprint: 'AB'.repeat(32) }]) {
      expect(await first(cameraAt(camera, { trust }), createContext())).toMatchObject({
        kind: 'denied',
        message: expect.stringContaining(fingerprint),
      });
    }
  });

  it('of which a certificate is to be judged is not read where it shows none', async () => {
    await using camera = await start();
    const mistaken = cameraAt(camera, { trust: { fingerprint: 'AB'.repeat(32) } });
    expect(await first(mistaken, createContext())).toMatchObject({
      kind: 'denied',
      message: expect.stringContaining('shows no certificate'),
    });
  });

  it('that moved is found at its port of HTTPS where that is configured, whatever other address it tells', async () => {
    await using camera = await start({ discovery: 'on', identity: `secured-${process.pid}` });
    const { endpoint } = await identityOf(camera);
    const secured = cameraAt(camera, { endpoint, scheme: 'https', path: '/secured' });
    expect(await findCamera(secured, createContext())).toMatchObject({
      scheme: 'https',
      port: camera.address['port'],
      path: '/secured',
    });
  });

  it('is not taken for another one that has its address now', async () => {
    await using camera = await start();
    const other = cameraAt(camera, { endpoint: 'urn:uuid:00000000-0000-4000-8000-000000000000' });
    expect(await first(other, createContext())).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('another camera'),
    });
  });

  it('that has no such profile says which it has', async () => {
    await using camera = await start();
    expect(await first(cameraAt(camera, { profile: 'nonsense' }), createContext())).toMatchObject({
      kind: 'config',
      path: ['profile'],
      advice: expect.stringContaining('main'),
    });
  });
});

/** A camera with one stream, as it says: its media service at `media`, its stream with a login in the address. */
const described = (operation: string, media: string, port: number): string => {
  const namespace = 'xmlns="http://www.onvif.org/ver10/media/wsdl"';
  const answers: Readonly<Record<string, string>> = {
    GetServices: `<Service><Namespace>http://www.onvif.org/ver10/media/wsdl</Namespace><XAddr>${media}</XAddr></Service>`,
    GetProfiles: '<Profiles token="main"><Name>main</Name></Profiles>',
    GetStreamUri: `<MediaUri><Uri>rtsp://admin:hunter2@10.9.9.9:${port}/user=admin_password=hunter2</Uri></MediaUri>`,
    GetSnapshotUri: '<MediaUri><Uri>http://10.9.9.9/snap?pwd=hunter2</Uri></MediaUri>',
  };
  return `<${operation}Response ${namespace}>${answers[operation] ?? ''}</${operation}Response>`;
};

describe('the dialogue with a camera', () => {
  it('begins with its clock, without a login', async () => {
    await using recorder = await startRecorder(() => [400, '<a xmlns="urn:x"/>']);
    expect(await first(cameraAt(recorder), createContext())).toMatchObject({ kind: 'unsupported' });
    expect(recorder.operations[0]).toBe('GetSystemDateAndTime');
  });

  it('sends a token only after the camera refused to do without, and never both logins', async () => {
    const fault =
      '<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code></s:Fault>';
    await using recorder = await startRecorder(() => [400, fault]);
    const camera = cameraAt(recorder, { mac: '02:00:00:00:00:01' });
    expect(await first(camera, createContext())).toMatchObject({ kind: 'denied' });
    expect(recorder.operations, 'a refused login is not tried on').not.toContain('GetNetworkInterfaces token');
    expect(recorder.operations[0]).toBe('GetSystemDateAndTime');
    expect(recorder.operations).toContain('GetSystemDateAndTime token');
    expect(recorder.operations.filter(each => each.includes('token') && each.includes('digest'))).toEqual([]);
  });

  it.each([
    'http://192.168.1.10:80/onvif/media',
    'http://169.254.169.254/latest/meta-data',
    'http:///onvif/media',
    'https://127.0.0.1/onvif/media',
    'file:///etc/passwd',
    '/onvif/media',
  ])('goes on at the address that was dialed when the camera names %s', async address => {
    await using recorder = await startRecorder(operation => [200, described(operation, address, 5540)]);
    const client = clientOf(recorder);
    expect(await client.readProfiles()).toMatchObject([{ token: 'main' }]);
    const { host } = await client.readStreamUrl('main', 'tcp');
    expect(host, 'the port of a stream is known from nowhere else').toBe('127.0.0.1:5540');
    expect(recorder.operations).toEqual(['GetServices', 'GetProfiles', 'GetStreamUri']);
  });

  it('finds the services of a camera that knows only the older operation for it', async () => {
    await using recorder = await startRecorder(operation =>
      operation === 'GetCapabilities'
        ? [
            200,
            `<GetCapabilitiesResponse xmlns="${deviceNamespace}"><Capabilities><Media><XAddr>/media</XAddr></Media><PTZ><XAddr>/ptz</XAddr></PTZ><Extension><DeviceIO><XAddr>/io</XAddr></DeviceIO></Extension></Capabilities></GetCapabilitiesResponse>`,
          ]
        : [400, notSupported],
    );
    const client = clientOf(recorder);
    for (const namespace of [ptzNamespace, deviceIoNamespace, deviceNamespace])
      expect(await client.findService(namespace)).toBeDefined();
    expect(await client.findService('http://www.onvif.org/ver10/replay/wsdl')).toBeUndefined();
    expect(recorder.operations, 'once').toEqual(['GetServices', 'GetCapabilities']);
  });

  it('switches the relays of a camera that moved them to its service of inputs and outputs', async () => {
    const asked: string[] = [];
    await using recorder = await startRecorder((operation, path) => {
      asked.push(`${operation} ${path}`);
      if (operation === 'GetServices')
        return [
          200,
          `<GetServicesResponse xmlns="${deviceNamespace}"><Service><Namespace>${mediaNamespace}</Namespace><XAddr>/media</XAddr></Service><Service><Namespace>${deviceIoNamespace}</Namespace><XAddr>/io</XAddr></Service></GetServicesResponse>`,
        ];
      if (path !== '/io') return [400, notSupported];
      const relays = '<RelayOutputs token="gate"><Properties><Mode>Bistable</Mode></Properties></RelayOutputs>';
      return [200, `<${operation}Response xmlns="${deviceIoNamespace}">${relays}</${operation}Response>`];
    });
    const order = { device: 'cam-1', output: 'gate', state: 'on' } as const;
    expect(await switchRelay(clientOf(recorder), order, AbortSignal.timeout(5000))).toEqual({
      output: 'gate',
      state: 'on',
    });
    expect(asked).toEqual([
      'GetRelayOutputs /onvif/device_service',
      'GetServices /onvif/device_service',
      'GetRelayOutputs /io',
      'SetRelayOutputState /io',
    ]);
  });

  it('logs no login that a camera writes into the address of its stream', async () => {
    const closed = await freePort();
    await using recorder = await startRecorder(operation => [200, described(operation, '/onvif/media', closed)]);
    const context = createContext();
    expect(await first(cameraAt(recorder), context)).toMatchObject({ kind: 'unreachable' });
    expect(linesOf(context)).toMatchObject([{ fields: { stream: `rtsp://127.0.0.1:${closed}` } }]);
    expect(JSON.stringify(linesOf(context))).not.toContain('hunter2');
  });

  it('is broken off when an answer does not end', async () => {
    await using recorder = await startRecorder(() => [200, 'x'.repeat(4_000_000)]);
    expect(await first(cameraAt(recorder), createContext())).toMatchObject({
      kind: 'protocol',
      message: expect.stringContaining('more than 1048576 bytes'),
    });
  });

  it('ends at once when it is aborted', async () => {
    await using recorder = await startRecorder(() => [500, '']);
    const context = createContext();
    const batches = openOnvifCamera(cameraAt(recorder), 'cam-1', context);
    const ended = batches.next();
    context.abort();
    expect(await ended).toEqual({ done: true, value: undefined });
  });

  it('finds nobody when nobody answers', async () => {
    const context = createContext();
    const nobody = cameraAt({ address: {} }, { endpoint: 'urn:uuid:00000000-0000-4000-8000-000000000001' });
    expect(await findCamera(nobody, context)).toBeUndefined();
  });
});

const clientOf = (
  camera: Pick<RunningSimulator, 'address'>,
  { trust, ...more }: Pick<Partial<OnvifCamera>, 'scheme' | 'trust'> = {},
): OnvifClient =>
  createOnvifClient({
    address: cameraAt(camera, more),
    ...(trust !== undefined && { trust }),
    credentials: login,
    signal: AbortSignal.timeout(10_000),
    clock: systemClock,
  });

/** What the camera says of itself. */
const identityOf = async (
  camera: RunningSimulator,
  more: Pick<Partial<OnvifCamera>, 'scheme' | 'trust'> = {},
): Promise<{ readonly endpoint: string; readonly mac: string }> => {
  const client = clientOf(camera, more);
  const [mac = ''] = await client.readHardwareAddresses();
  return { endpoint: (await client.readEndpoint()) ?? '', mac };
};

/** From an order of the center to the device and back: pictures, a camera's head, a siren, and what is in the way. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import mqtt from 'mqtt';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../core/time.ts';
import { simulator as onvifCamera } from '../../simulators/cameras/onvif-camera.ts';
import { createAuthority } from '../../simulators/ioc/certificate.ts';
import { startMediaServer } from '../../simulators/ioc/media.ts';
import { simulator as mqttDevice } from '../../simulators/sensors/mqtt-json.ts';
import { createWorld } from '../../simulators/world/create.ts';
import { openCenter } from '../support/center.ts';
import { createSender, signCommand } from '../support/commands.ts';
import { configFile, siteSections, startGateway } from '../support/gateway.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../support/resources.ts';

const missing = missingPrograms('ffmpeg', 'mosquitto');
const login = { username: 'operator', password: 's3cret of the camera' };
const silent = { info: () => {}, warn: () => {}, error: () => {} };

const answerShape = z.looseObject({
  jti: z.string(),
  status: z.string(),
  result: z.looseObject({}).optional(),
  error: z.looseObject({ kind: z.string() }).optional(),
});
type Answer = z.infer<typeof answerShape>;

const simulatedState = z.object({
  head: z.object({ position: z.object({ pan: z.number() }), isMoving: z.boolean() }),
  relays: z.record(z.string(), z.string()),
});

test.skipIf(missing !== undefined)(
  'what the center orders of devices is done, answered, and told with its files',
  { timeout: 180_000 },
  async () => {
    await using stack = new AsyncDisposableStack();
    const { path: folder } = stack.use(await temporaryFolder());
    const authority = createAuthority(Date.now());
    const media = stack.use(await startMediaServer({ port: 0, authority, identity: authority.issueServer('center') }));
    const broker = stack.use(await startMosquitto({ folder }));
    const center = stack.use(
      await openCenter(broker.port, { onMedia: ({ key, sha256 }) => media.announce(key, sha256) }),
    );
    const client = authority.issueClient('gw-1');
    const pem = async (name: string, text: string): Promise<string> => {
      const file = path.join(folder, name);
      await writeFile(file, text, { mode: 0o600 });
      return file;
    };
    const tls = {
      ca: await pem('ca.pem', authority.certificate),
      certificate: await pem('gateway.pem', client.certificate),
      key: await pem('gateway.key', client.key),
    };

    const ending = new AbortController();
    const context = {
      world: createWorld(20_261_125),
      clock: systemClock,
      log: silent,
      signal: ending.signal,
      random: () => 0.5,
    };
    const camera = stack.use(await onvifCamera.start({ scene: 'street', width: 320, fps: 5, ...login }, context));
    const [apiPort, sensorPort] = [await freePort(), await freePort()];
    const sender = createSender();
    const file = await configFile(
      folder,
      `${siteSections({ folder, apiPort, brokerPort: broker.port })}
broker: { port: ${sensorPort} }
media: ${JSON.stringify({ url: media.url, ...tls })}
commands: { keys: ${JSON.stringify([{ id: sender.id, sender: 'ioc', commands: ['all'], publicKey: sender.publicKey }])} }
devices:
  - ${JSON.stringify({
    id: 'cam-1',
    driver: 'onvif-camera',
    ...camera.address,
    username: login.username,
    password: '$' + '{env:CAMERA_PASSWORD}',
    detect: { model: 'simulated-scenes', fps: 5, snapshot: { width: 320, every: '60m' } },
  })}
  - { id: siren-1, driver: mqtt-json, outputs: { siren: { topic: cmnd/simulated/POWER, state: stat/simulated/POWER } } }
`,
    );
    const gateway = stack.use(await startGateway(file, apiPort, { CAMERA_PASSWORD: login.password }));
    const siren = stack.use(
      await mqttDevice.start({ url: `mqtt://127.0.0.1:${sensorPort}`, output: {}, time: '' }, context),
    );
    stack.defer(() => ending.abort());

    const desk = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, { protocolVersion: 5 });
    stack.defer(() => desk.endAsync(true));
    const answers = new Map<string, Answer>();
    desk.on('message', (_, payload) => {
      const answer = answerShape.parse(JSON.parse(payload.toString()));
      answers.set(answer.jti, answer);
    });
    await desk.subscribeAsync('desk/answers', { qos: 1 });
    const order = async (command: string, input: object, within = 30_000): Promise<Answer> => {
      const jti = crypto.randomUUID();
      await desk.publishAsync(
        'ioc/v1/hue/gw-1/gateway/cmd/ioc',
        signCommand(sender, { iss: 'ioc', jti, command, input }),
        { qos: 1, properties: { responseTopic: 'desk/answers' } },
      );
      return await until(`${command} is answered`, () => answers.get(jti), within);
    };
    const stateOf = async () =>
      simulatedState.parse(await (await fetch(`http://127.0.0.1:${camera.address['port']}/simulator`)).json());
    const isRunning = async (id: string): Promise<boolean> =>
      (await gateway.status())?.devices.find(device => device.id === id)?.state === 'running';

    await until('the camera runs', () => isRunning('cam-1'), 60_000);
    await until('the uplink is connected', async () => (await gateway.status())?.uplinks[0]?.state === 'connected');

    const told = (type: string, key: unknown) =>
      until(`${type} is told`, () =>
        [...center.events.values()].find(event => {
          const [named] = z.array(z.looseObject({ key: z.string() })).safeParse(event.data['media']).data ?? [];
          return event.type === `vn.ioc.urban-camera.media.${type}.v1` && (named?.key ?? event.data['key']) === key;
        }),
      );
    for (const [command, input] of [
      ['snapshot', {}],
      ['clip', { seconds: 2 }],
    ] as const) {
      const answer = await order(command, { device: 'cam-1', ...input });
      expect(answer).toMatchObject({ status: 'done', result: { width: 320, height: 180 } });
      const captured = await told('captured', answer.result?.['key']);
      expect(captured).toMatchObject({ correlationid: `command/${sender.id}/${answer.jti}` });
      const stored = await told('stored', answer.result?.['key']);
      expect(stored).toMatchObject({
        correlationid: captured.correlationid,
        data: { sha256: answer.result?.['sha256'] },
      });
    }

    expect(await order('ptz', { device: 'cam-1', move: { kind: 'preset', preset: 'quay' } })).toMatchObject({
      status: 'done',
    });
    await until('it is there', async () => (await stateOf()).head.position.pan === 0.25);
    expect(await order('output.set', { device: 'cam-1', output: 'siren', state: 'on', seconds: 1 })).toMatchObject({
      status: 'done',
      result: { state: 'on', returnsAfterSeconds: 1 },
    });
    expect((await stateOf()).relays).toEqual({ siren: 'active' });
    await until('it returned', async () => (await stateOf()).relays['siren'] === 'inactive');

    const sirenOn = { device: 'siren-1', output: 'siren', state: 'on' };
    expect(await order('output.set', sirenOn)).toMatchObject({ status: 'done' });
    siren.show('away');
    await until(
      'nobody is there to hear it',
      async () => (await order('output.set', sirenOn)).error?.kind === 'unreachable',
    );

    expect(await order('pipeline.set-threshold', { device: 'cam-1', label: 'person', threshold: 0.3 })).toMatchObject({
      status: 'done',
      result: { thresholds: { person: 0.3 } },
    });

    const vision = Number(
      (await readFile(`/proc/${gateway.process.pid}/task/${gateway.process.pid}/children`, 'utf8'))
        .trim()
        .split(' ')[0],
    );
    const recording = order('clip', { device: 'cam-1', seconds: 60 }, 60_000);
    await until(
      'it is recorded',
      async () => (await order('clip', { device: 'cam-1', seconds: 60 })).error?.kind === 'exhausted',
    );
    process.kill(vision, 'SIGKILL');
    expect(await recording).toMatchObject({ status: 'failed', error: { kind: 'unreachable' } });
    await until('the camera is back', () => isRunning('cam-1'), 60_000);

    camera.show('away');
    await until('the camera is known to be away', async () => !(await isRunning('cam-1')), 30_000);
    const begun = performance.now();
    for (const [command, more] of [
      ['snapshot', {}],
      ['ptz', { move: { kind: 'home' } }],
    ] as const)
      expect(await order(command, { device: 'cam-1', ...more })).toMatchObject({ error: { kind: 'unreachable' } });
    expect(performance.now() - begun).toBeLessThan(3000);

    expect(await gateway.stop()).toBe(0);
    expect([...center.report().invalid]).toEqual([]);
    expect(media.report()).toMatchObject({ mismatched: 0, unannounced: 0 });
    expect(gateway.output()).not.toContain(login.password);
  },
);

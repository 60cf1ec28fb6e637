/** From a signed order of the duty officer to the events that tell of it, through a real broker. */
import { createSocket } from 'node:dgram';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import mqtt from 'mqtt';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { encode } from '../../drivers/protocols/ais/encode.ts';
import { openCenter } from '../support/center.ts';
import { createSender, signCommand } from '../support/commands.ts';
import { configFile, siteSections, startGateway } from '../support/gateway.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../support/resources.ts';

const missing = missingPrograms('mosquitto');

const alertsShape = z.object({ data: z.object({ open: z.array(z.object({ id: z.string() })) }) });
const answerShape = z.looseObject({
  jti: z.string(),
  status: z.string(),
  result: z.looseObject({ time: z.string() }).optional(),
  error: z.looseObject({ kind: z.string() }).optional(),
});
type Answer = z.infer<typeof answerShape>;

test.skipIf(missing !== undefined)(
  'what the duty officer says of vessels reaches the rules, is answered when it is kept, and is told',
  { timeout: 90_000 },
  async () => {
    await using stack = new AsyncDisposableStack();
    const { path: folder } = stack.use(await temporaryFolder());
    const broker = stack.use(await startMosquitto({ folder }));
    const center = stack.use(await openCenter(broker.port));
    const [apiPort, aisPort, vmsPort] = [await freePort(), await freePort(), await freePort()];
    const sender = createSender();
    const file = await configFile(
      folder,
      `${siteSections({ folder, apiPort, brokerPort: broker.port })}
commands: { keys: ${JSON.stringify([{ id: sender.id, sender: 'ioc', commands: ['all'], publicKey: sender.publicKey }])} }
devices:
  - { id: ais-1, driver: ais-receiver, connection: { transport: udp, host: 127.0.0.1, port: ${aisPort} } }
  - { id: vms-1, driver: naf-vms, provider: vnpt, connection: { transport: tcp-server, port: ${vmsPort} } }
  - { id: duty-desk, driver: duty-officer }
pipelines:
  - { name: vessels, from: [ais-1, vms-1, duty-desk], stages: [{ stage: track }, { stage: vessel-rules, vmsInterval: 2s, rules: { vms-silence: { lost: 5m } } }, { stage: fleet, every: 1s }, { stage: downsample }] }
`,
    );
    const gateway = stack.use(await startGateway(file, apiPort, {}));
    const desk = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, { protocolVersion: 5 });
    stack.defer(() => desk.endAsync(true));
    const answers = new Map<string, Answer>();
    let fleet: Buffer | undefined;
    let alerts: Buffer | undefined;
    desk.on('message', (topic, payload) => {
      if (topic.endsWith('/state/fleet')) {
        fleet = payload;
        return;
      }
      if (topic.endsWith('/state/alerts')) {
        alerts = payload;
        return;
      }
      const answer = answerShape.parse(JSON.parse(payload.toString()));
      answers.set(answer.jti, answer);
    });
    const states = ['fishing-vessel/state/fleet', 'gateway/state/alerts'].map(state => `ioc/v1/hue/gw-1/${state}`);
    await desk.subscribeAsync(['desk/answers', ...states], { qos: 1 });
    const summary = async (what: string, wanted: object): Promise<void> => {
      await until(what, () => {
        if (fleet === undefined || fleet.length === 0) return false;
        const { data } = z.looseObject({ data: z.looseObject({}) }).parse(JSON.parse(fleet.toString()));
        return Object.entries(wanted).every(([key, value]) => isDeepStrictEqual(data[key], value));
      });
    };
    const order = async (command: string, input: object): Promise<Answer> => {
      const jti = crypto.randomUUID();
      await desk.publishAsync(
        'ioc/v1/hue/gw-1/gateway/cmd/ioc',
        signCommand(sender, { iss: 'ioc', jti, command, input: { device: 'duty-desk', ...input } }),
        { qos: 1, properties: { responseTopic: 'desk/answers' } },
      );
      return await until(`${command} is answered`, () => answers.get(jti), 30_000);
    };
    const told = (type: string) =>
      until(`${type} is told`, () =>
        [...center.events.values()].find(event => event.type === `vn.ioc.fishing-vessel.${type}.v1`),
      );
    await until(
      'the desk runs',
      async () => (await gateway.status())?.devices.find(({ id }) => id === 'duty-desk')?.state === 'running',
      300_000,
    );
    await until('the uplink is connected', async () => (await gateway.status())?.uplinks[0]?.state === 'connected');

    const time = new Date(Date.now() - 60_000).toISOString();
    const reported = await order('vessel.report-position', {
      mark: 'TTH 96969 TS',
      longitude: 107.9,
      latitude: 16.9,
      time,
    });
    expect(reported).toMatchObject({ status: 'done', result: { time } });
    expect(await told('vessel.observed')).toMatchObject({
      subject: 'vessel/vnfish/TTH-96969-TS',
      time,
      data: { dataProvider: 'duty officer', location: { coordinates: [107.9, 16.9] } },
    });

    const atSea = { vessels: 1, crew: 0, crewUnknown: 1, oldestReportAt: time };
    await summary('it is at sea', { atSea });

    const socket = createSocket('udp4');
    stack.defer(() => void socket.close());
    const beacon = encode({
      messageType: 1,
      mmsi: 970574001,
      longitude: 107.7,
      latitude: 16.7,
      navigationalStatus: 14,
    });
    socket.send(beacon, aisPort, '127.0.0.1');
    const distress = await told('distress.raised');
    expect(distress).toMatchObject({ subject: 'vessel/mmsi/970574001', severitytext: 'CRITICAL' });
    await until('it is among what is open, also in what is retained', async () => {
      const isOpen = ({ id }: { readonly id: string }): boolean => id === distress.id;
      const state = alerts === undefined ? undefined : alertsShape.parse(JSON.parse(alerts.toString()));
      return state?.data.open.some(isOpen) === true && (await gateway.status())?.alerts.open.some(isOpen) === true;
    });

    expect(
      await order('vessel.acknowledge', { mmsi: 970574001, condition: 'distress', by: 'trực ban Thuận An' }),
    ).toMatchObject({ status: 'done' });
    expect(await told('condition.acknowledged')).toMatchObject({
      subject: 'vessel/mmsi/970574001',
      correlationid: distress.correlationid,
      data: { acknowledged: { by: 'trực ban Thuận An' } },
    });

    expect(
      await order('vessel.set-status', { mark: 'TTH-96969-TS', status: 'ashore', by: 'trực ban', reason: 'về bến' }),
    ).toMatchObject({ status: 'done' });
    await summary('nobody is at sea', { atSea: { vessels: 0, crew: 0, crewUnknown: 0 } });
    expect(await order('vessel.set-status', { status: 'ashore', by: 'a', reason: 'b' })).toMatchObject({
      status: 'refused',
    });
    // A boat whose device falls silent: its captain reports by radio, then it is said to be ashore.
    const [date, clock] = [...new Date().toISOString().replace(/[-:]/g, '').split(/[T.]/)];
    const provider = connect(vmsPort, '127.0.0.1');
    stack.defer(() => void provider.destroy());
    provider.write(
      `//SR//AD/VNM//FR/CLS//TM/POS//IR/BX1//XR/TTH 90001 TS//OP/CLS//DA/${date}//TI/${clock}//LT/16.9//LG/108.1//ER//\n`,
    );
    const boat = { mark: 'TTH-90001-TS' };
    const raised = await told('vms-silence.raised');
    expect(raised).toMatchObject({ subject: 'vessel/vnfish/TTH-90001-TS', data: { state: 'late', provider: 'vnpt' } });
    await order('vessel.report-position', { ...boat, longitude: 108.2, latitude: 16.9 });
    expect(await told('vms-silence.updated')).toMatchObject({
      correlationid: raised.correlationid,
      data: { state: 'by-radio', evidence: { radioReport: { coordinates: [108.2, 16.9] } } },
    });
    await order('vessel.set-status', { ...boat, status: 'ashore', by: 'trực ban', reason: 'về bến' });
    expect(await told('vms-silence.cleared')).toMatchObject({
      correlationid: raised.correlationid,
      data: { reason: 'superseded', endedBy: 'order', evidence: { order: { status: 'ashore', by: 'trực ban' } } },
    });

    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    expect(
      await order('vessel.report-position', { mark: 'TTH-96969-TS', longitude: 1, latitude: 1, time: tomorrow }),
    ).toMatchObject({ status: 'failed', error: { kind: 'config' } });

    expect(await gateway.stop()).toBe(0);
    await writeFile(file, (await readFile(file, 'utf8')).replace('{ stage: fleet, every: 1s }, ', ''));
    const without = stack.use(await startGateway(file, apiPort, {}));
    await until('the state of a stage that is gone is cleared', () => fleet?.length === 0);
    expect(await without.stop()).toBe(0);
    expect([...center.report().invalid]).toEqual([]);
  },
);

/** Commands of the center through a whole outbox, by clients that are not ours to a real broker. */
import mqtt from 'mqtt';
import { expect, test } from 'vitest';
import type { IncomingCommand } from '../../../core/sink.ts';
import { isAnswerable } from '../../../sinks/mqtt/commands.ts';
import { openTestOutbox } from '../../support/outbox.ts';
import { missingPrograms, startMosquitto, temporaryFolder, until } from '../../support/resources.ts';
import { openLink } from '../../support/rough-broker.ts';

const missing = missingPrograms('mosquitto');

const commandFilter = 'ioc/v1/hue/gw-1/gateway/cmd/+';
const topic = 'ioc/v1/hue/gw-1/gateway/cmd/desk-1';

const openCenter = (port: number, protocolVersion: 4 | 5) =>
  mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion, reconnectPeriod: 0 });

const openWithCommands = async (folder: string, uplink: Readonly<Record<string, unknown>>) => {
  const commands: IncomingCommand[] = [];
  const opened = await openTestOutbox(folder, [uplink], {
    commandFilter,
    onCommand: command => commands.push(command),
  });
  await until('the uplink is connected', () => opened.notices.some(({ kind }) => kind === 'connected'));
  return { ...opened, commands };
};

test.skipIf(missing)('answers a command on its response topic with its correlation data', async () => {
  await using folder = await temporaryFolder();
  await using broker = await startMosquitto({ folder: folder.path });
  await using opened = await openWithCommands(folder.path, { url: `mqtt://127.0.0.1:${broker.port}` });
  const center = await openCenter(broker.port, 5);
  const answers: { readonly payload: string; readonly correlation: string | undefined }[] = [];
  center.on('message', (_, payload, { properties }) => {
    answers.push({ payload: payload.toString(), correlation: properties?.correlationData?.toString() });
  });
  await center.subscribeAsync('desk/answers', { qos: 1 });
  const properties = { responseTopic: 'desk/answers', correlationData: Buffer.from('order-1') };
  // Until its subscription stands, the broker has nobody to give it to.
  const command = await until('the command came', async () => {
    await center.publishAsync(topic, 'a signed text', { qos: 1, properties });
    return opened.commands[0];
  });
  expect(command).toMatchObject({ sink: 'ioc', topic, responseTopic: 'desk/answers' });
  expect(Buffer.from(command.payload).toString()).toBe('a signed text');
  const { responseTopic = '', correlationData = new Uint8Array() } = command;
  await opened.outbox.answer({ sink: 'ioc', topic: responseTopic, payload: '{"result":1}', correlationData });
  await until('the answer came', () => answers.length > 0);
  expect(answers).toEqual([{ payload: '{"result":1}', correlation: 'order-1' }]);
  await center.endAsync(true);
});

test.skipIf(missing).for([5, '3.1.1'] as const)(
  'gets over MQTT %s what was sent while its link was down',
  async protocol => {
    await using folder = await temporaryFolder();
    await using broker = await startMosquitto({ folder: folder.path });
    await using link = await openLink(broker.port);
    await using opened = await openWithCommands(folder.path, { url: link.url, protocol });
    const center = await openCenter(broker.port, 4);
    await until('commands arrive', async () => {
      await center.publishAsync(topic, 'first', { qos: 1 });
      return opened.commands.length > 0;
    });
    link.freeze();
    link.cut();
    await until('the uplink is lost', () => opened.notices.some(({ kind }) => kind === 'lost'));
    await center.publishAsync(topic, 'while it was away', { qos: 1 });
    link.thaw();
    const texts = () => opened.commands.map(({ payload }) => Buffer.from(payload).toString());
    await until('it arrives all the same', () => texts().includes('while it was away'));
    await center.endAsync(true);
  },
);

test.skipIf(missing)('hands on no command of more than 64 KiB', async () => {
  await using folder = await temporaryFolder();
  await using broker = await startMosquitto({ folder: folder.path });
  await using opened = await openWithCommands(folder.path, {
    url: `mqtt://127.0.0.1:${broker.port}`,
    protocol: '3.1.1',
  });
  const center = await openCenter(broker.port, 4);
  await until('commands arrive', async () => {
    await center.publishAsync(topic, 'small', { qos: 1 });
    return opened.commands.length > 0;
  });
  await center.publishAsync(topic, Buffer.alloc(64 * 1024 + 1), { qos: 1 });
  await center.publishAsync(topic, Buffer.alloc(64 * 1024), { qos: 1 });
  await until('the smaller one came', () => opened.commands.some(({ payload }) => payload.length === 64 * 1024));
  expect(opened.commands.filter(({ payload }) => payload.length > 64 * 1024)).toEqual([]);
  await center.endAsync(true);
});

test.for(['', 'answers/+', 'answers/#', 'answers/\u0000', 'đáp/1', 'x'.repeat(600)])(
  'sends no answer to %j, over which a broker would end the connection',
  topic => expect(isAnswerable(topic)).toBe(false),
);

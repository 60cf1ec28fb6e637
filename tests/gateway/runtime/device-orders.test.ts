import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Conclusion } from '../../../core/conclusion.ts';
import { clip, outputSet, ptz, snapshot } from '../../../core/device-commands.ts';
import { GatewayError } from '../../../core/errors.ts';
import { systemClock } from '../../../core/time.ts';
import { mediaCaptured } from '../../../events/urban-camera-media.ts';
import { createSealer } from '../../../gateway/runtime/create-sealer.ts';
import { type DeviceOrdersOptions, openDeviceOrders } from '../../../gateway/runtime/device-orders.ts';
import { recordedLog } from '../../drivers/support/context.ts';
import { type OpenedOutbox, openTestOutbox, site } from '../../support/outbox.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/resources.ts';

let folder: TemporaryFolder;
let opened: OpenedOutbox;
beforeAll(async () => {
  folder = await temporaryFolder();
  opened = await openTestOutbox(folder.path);
});
afterAll(async () => {
  await opened[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const open = async (answer: (name: string) => unknown, options: Partial<DeviceOrdersOptions> = {}) => {
  const conclusions: Conclusion[] = [];
  const orders = await openDeviceOrders({
    site,
    devices: [],
    device: () => ({ command: async name => answer(name) }),
    conclude: async drawn => void conclusions.push(...drawn),
    outbox: opened.outbox,
    vision: undefined,
    clock: systemClock,
    log: recordedLog(),
    ...options,
  });
  return {
    conclusions,
    run: (name: string, input: object = {}) =>
      orders.run(
        { name, device: 'cam-3', input: { device: 'cam-3', ...input }, correlation: 'command/ioc/1' },
        AbortSignal.timeout(5000),
      ),
    [Symbol.asyncDispose]: () => orders[Symbol.asyncDispose](),
  };
};

describe('what is ordered of a device', () => {
  it.each([snapshot, clip])('names the file of a $name by an event of its closed schema', async command => {
    const { output } = command.example;
    await using bench = await open(() => output);
    expect(await bench.run(command.name)).toEqual(output);
    const [conclusion] = bench.conclusions;
    expect(bench.conclusions).toMatchObject([
      {
        event: 'urban-camera.media.captured',
        device: 'cam-3',
        correlation: 'command/ioc/1',
        subject: `media/${output.key}`,
        data: { media: [{ role: command.name, state: 'pending', key: output.key, sha256: output.sha256 }] },
      },
    ]);
    expect(mediaCaptured.data.safeParse(conclusion?.data)).toMatchObject({ success: true });
    if (conclusion === undefined) throw new Error('nothing was concluded');
    const { body } = createSealer(site).event(conclusion, Date.now(), 'ntp');
    expect(JSON.parse(body)).toMatchObject({
      dataclassification: 'restricted',
      correlationid: 'command/ioc/1',
      data: { headline: { en: expect.stringContaining('as the center ordered') } },
    });
  });

  it('is not answered while the file is not accepted: it would never come', async () => {
    const full = new GatewayError('exhausted', 'the disk is full');
    await using bench = await open(() => snapshot.example.output, { conclude: () => Promise.reject(full) });
    await expect(bench.run(snapshot.name)).rejects.toBe(full);
  });

  it('is done by its driver, and leaves no file behind otherwise', async () => {
    await using bench = await open(name =>
      name === ptz.name ? { state: 'moving' } : { output: 'siren', state: 'on' },
    );
    expect(await bench.run(ptz.name, { move: { kind: 'home' } })).toEqual({ state: 'moving' });
    expect(await bench.run(outputSet.name, { output: 'siren', state: 'on' })).toEqual({ output: 'siren', state: 'on' });
    expect(bench.conclusions).toEqual([]);
  });

  it('is unreachable of a device that is not started yet', async () => {
    await using bench = await open(() => ({}), { device: () => undefined });
    await expect(bench.run(ptz.name)).rejects.toMatchObject({ kind: 'unreachable' });
  });
});

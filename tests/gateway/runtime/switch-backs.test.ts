import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../core/errors.ts';
import type { Clock } from '../../../core/time.ts';
import { openSwitchBacks, type SwitchBacksOptions, switchBacksOwner } from '../../../gateway/runtime/switch-backs.ts';
import { recordedLog } from '../../drivers/support/context.ts';
import { openTestOutbox } from '../../support/outbox.ts';
import { temporaryFolder, until } from '../../support/resources.ts';

interface Switched {
  readonly output: string;
  readonly state: 'on' | 'off';
}

/** A device with outputs, and what they are. */
const createDevice = (answers: { readonly returnsAfterSeconds?: number } = {}) => {
  const switched: Switched[] = [];
  let failure: GatewayError | undefined;
  const command: SwitchBacksOptions['command'] = async (_, __, input) => {
    const { output, state } = input as Switched;
    if (failure !== undefined) throw failure;
    switched.push({ output, state });
    return { output, state, ...(state === 'on' && answers) };
  };
  return {
    command,
    states: () => switched.map(({ state }) => state),
    fail: (thrown: GatewayError | undefined) => {
      failure = thrown;
    },
  };
};

const away = new GatewayError('unreachable', 'siren-1 is not connected');

/** A clock that says what it is told, for what lies on the disk. */
const clockAt = (now: number): Clock => ({ now: () => now, steady: () => performance.now() });

const openBench = async () => {
  const folder = await temporaryFolder();
  const opened = await openTestOutbox(folder.path, []);
  const { outbox } = opened;
  return {
    outbox,
    start: (device: ReturnType<typeof createDevice>, clock = clockAt(1_000_000), log = recordedLog()) =>
      openSwitchBacks({ outbox, clock, log, command: device.command }),
    kept: async () => (await outbox.restore(switchBacksOwner)).size,
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
};

const on = { device: 'siren-1', output: 'siren', state: 'on' } as const;
const soon = () => AbortSignal.timeout(10_000);

describe('an output that is switched for a time', () => {
  it('returns after it, and nothing is left on the disk', async () => {
    await using bench = await openBench();
    const device = createDevice();
    await using backs = await bench.start(device);
    expect(await backs.set({ ...on, seconds: 1 }, soon())).toEqual({
      output: 'siren',
      state: 'on',
      returnsAfterSeconds: 1,
    });
    expect(device.states()).toEqual(['on']);
    expect(await bench.kept()).toBe(1);
    await until('it returned', () => device.states().length === 2);
    expect(device.states()).toEqual(['on', 'off']);
    await until('nothing is kept', async () => (await bench.kept()) === 0);
  });

  it('returns once its device is back, when it was away at the time', async () => {
    await using bench = await openBench();
    const device = createDevice();
    const log = recordedLog();
    await using backs = await bench.start(device, clockAt(0), log);
    await backs.set({ ...on, seconds: 1 }, soon());
    device.fail(away);
    await until('it was tried', () => log.lines.some(({ message }) => message.includes('cannot return')));
    device.fail(undefined);
    await until('it returned', () => device.states().at(-1) === 'off');
  });

  it('returns after a restart of the gateway, at once when the time is over', async () => {
    await using bench = await openBench();
    const device = createDevice();
    {
      await using backs = await bench.start(device, clockAt(1_000_000));
      await backs.set({ ...on, seconds: 600 }, soon());
    }
    expect(device.states()).toEqual(['on']);
    await using _later = await bench.start(device, clockAt(1_000_000 + 600_000));
    await until('it returned', () => device.states().at(-1) === 'off');
  });

  it('does not when another order came meanwhile', async () => {
    await using bench = await openBench();
    const device = createDevice();
    await using backs = await bench.start(device);
    await backs.set({ ...on, seconds: 1 }, soon());
    await backs.set(on, soon());
    expect(await bench.kept()).toBe(0);
    const begun = performance.now();
    await until('its time is over', () => performance.now() - begun > 1300);
    expect(device.states()).toEqual(['on', 'on']);
  });

  it('may have been switched when no answer came, and returns', async () => {
    await using bench = await openBench();
    const device = createDevice();
    await using backs = await bench.start(device);
    device.fail(away);
    await expect(backs.set({ ...on, seconds: 1 }, soon())).rejects.toBe(away);
    device.fail(undefined);
    await until('it returned', () => device.states().at(-1) === 'off');
  });

  it('is left alone when the device refused', async () => {
    await using bench = await openBench();
    const device = createDevice();
    await using backs = await bench.start(device);
    device.fail(new GatewayError('config', 'the device has no such output'));
    await expect(backs.set({ ...on, seconds: 1 }, soon())).rejects.toMatchObject({ kind: 'config' });
    expect(await bench.kept()).toBe(0);
  });

  it('is not switched a second time when it returns by itself', async () => {
    await using bench = await openBench();
    const device = createDevice({ returnsAfterSeconds: 0.5 });
    await using backs = await bench.start(device);
    expect(await backs.set({ ...on, seconds: 1 }, soon())).toMatchObject({ returnsAfterSeconds: 0.5 });
    expect(await bench.kept()).toBe(0);
  });
});

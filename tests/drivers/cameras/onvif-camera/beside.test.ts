import { expect, it } from 'vitest';
import { aborted } from '../../../../core/abort.ts';
import type { Batch } from '../../../../core/batch.ts';
import { GatewayError } from '../../../../core/errors.ts';
import type { CameraSignal, Frame } from '../../../../core/observation.ts';
import { systemClock } from '../../../../core/time.ts';
import { withSignals } from '../../../../drivers/cameras/onvif-camera/beside.ts';
import { createContext } from '../../support/context.ts';

const signal: CameraSignal = {
  ...{ kind: 'camera-signal', device: 'cam-1', time: 0, timeFrom: 'device' },
  ...{ signal: 'motion', state: 'happened', by: 'camera' },
};

async function* framesUntil(
  count: number,
  asked: (nth: number) => void = () => {},
): AsyncGenerator<Batch<Frame>, void> {
  for (let nth = 1; nth <= count; nth++) {
    asked(nth);
    await new Promise(resolve => setImmediate(resolve));
    yield { items: [{ kind: 'frame', device: 'cam-1', time: nth, width: 1, height: 1, pixels: new Uint8Array(3) }] };
  }
}

const kindsOf = async (batches: AsyncIterable<Batch<Frame | CameraSignal>>): Promise<string[]> => {
  const kinds: string[] = [];
  for await (const { items } of batches) kinds.push(...items.map(({ kind }) => kind));
  return kinds;
};

it('pictures go on when the events cannot be read, which is told once', async () => {
  const context = createContext();
  const denied = async function* (): AsyncGenerator<Batch<CameraSignal>, void> {
    yield { items: [] };
    throw new GatewayError('denied', 'events are refused');
  };
  expect(await kindsOf(withSignals(framesUntil(5), denied, context))).toEqual(Array(5).fill('frame'));
  expect(context.log.lines.map(({ message }) => message)).toEqual(['the events of the camera cannot be read']);
});

it('a picture is asked for only when it is wanted, and signals come before it', async () => {
  const context = createContext();
  let asked = 0;
  const two = async function* (ending: AbortSignal): AsyncGenerator<Batch<CameraSignal>, void> {
    yield { items: [signal, signal] };
    await aborted(ending);
  };
  const frames = framesUntil(3, nth => {
    asked = nth;
  });
  const batches = withSignals(frames, two, context);
  expect((await batches.next()).value?.items).toEqual([signal, signal]);
  expect((await batches.next()).value?.items[0]).toMatchObject({ kind: 'frame', time: 1 });
  for (let turn = 0; turn < 10; turn++) await new Promise(resolve => setImmediate(resolve));
  expect(asked).toBe(1);
  expect(await kindsOf(batches)).toEqual(['frame', 'frame']);
});

it('of signals that nobody takes the oldest are given up, and counted', async () => {
  const context = createContext();
  const flood = async function* (ending: AbortSignal): AsyncGenerator<Batch<CameraSignal>, void> {
    yield { items: Array.from({ length: 1200 }, (_, time) => ({ ...signal, time })) };
    await aborted(ending);
  };
  const batches = withSignals(framesUntil(1), flood, context);
  const { value } = await batches.next();
  expect(value?.items).toHaveLength(1000);
  expect(value?.items[0]).toMatchObject({ time: 200 });
  expect(context.counts.get('dropped.signals')).toBe(200);
  await kindsOf(batches);
});

it('events that were not answered for fifteen seconds are not heard', async () => {
  let now = 0;
  const context = { ...createContext(), clock: { ...systemClock, steady: () => now } };
  let answer = (): void => {};
  const answering = async function* (ending: AbortSignal): AsyncGenerator<Batch<CameraSignal>, void> {
    while (!ending.aborted) {
      await new Promise<void>(resolve => {
        answer = resolve;
        ending.addEventListener('abort', () => resolve());
      });
      if (!ending.aborted) yield { items: [] };
    }
  };
  const batches = withSignals(framesUntil(10), answering, context);
  const heard = async (): Promise<unknown> => {
    for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setImmediate(resolve));
    const [item] = (await batches.next()).value?.items ?? [];
    return item?.kind === 'frame' && item.events;
  };
  expect(await heard(), 'nothing was answered yet').toBe('unheard');
  answer();
  expect(await heard()).toBe('heard');
  now = 15_000;
  expect(await heard()).toBe('heard');
  now = 15_001;
  expect(await heard()).toBe('unheard');
  answer();
  expect(await heard()).toBe('heard');
  await batches.return();
});

it('each picture says whether the events can be heard', async () => {
  const context = createContext();
  let fail = (): void => {};
  const dying = async function* (): AsyncGenerator<Batch<CameraSignal>, void> {
    yield { items: [] };
    await new Promise<void>(resolve => {
      fail = resolve;
    });
    throw new GatewayError('unreachable', 'the events are gone');
  };
  const said: unknown[] = [];
  for await (const { items } of withSignals(framesUntil(8), dying, context)) {
    for (const item of items) if (item.kind === 'frame') said.push(item.events);
    if (said.length === 4) fail();
  }
  expect(said).toHaveLength(8);
  expect(said.slice(2, 4)).toEqual(['heard', 'heard']);
  expect(said.at(-1)).toBe('unheard');
});

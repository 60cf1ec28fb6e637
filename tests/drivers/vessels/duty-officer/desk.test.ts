import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../../core/batch.ts';
import { GatewayError } from '../../../../core/errors.ts';
import type { Observation } from '../../../../core/observation.ts';
import { vesselAcknowledge, vesselReportPosition, vesselSetStatus } from '../../../../core/vessel-commands.ts';
import { driver } from '../../../../drivers/vessels/duty-officer/driver.ts';
import { createContext } from '../../support/context.ts';

const never = new AbortController().signal;

const openDesk = async (config: object = {}) => {
  const context = createContext();
  const batches = driver.bind('duty-desk', config).open(context)[Symbol.asyncIterator]();
  const first = await batches.next();
  const next = async (): Promise<Batch<Observation>> => {
    const { value, done } = await batches.next();
    if (done === true) throw new Error('it ended');
    return value;
  };
  return {
    context,
    first,
    next,
    batches,
    order: (command: { readonly name: string }, input: object) =>
      context.commands.run(command.name, { device: 'duty-desk', ...input }, never),
    [Symbol.dispose]: () => context.abort(),
  };
};

describe('a duty officer', () => {
  it('is alive though nobody says anything, and ends when the gateway lets go', async () => {
    using desk = await openDesk();
    expect(desk.first).toEqual({ done: false, value: { items: [] } });
    const ended = desk.batches.next();
    desk.context.abort();
    expect(await ended).toEqual({ done: true, value: undefined });
    expect(desk.context.commands.isOffered(vesselSetStatus.name)).toBe(false);
  });

  it('writes down a position reported by radio, with the mark in its one form', async () => {
    using desk = await openDesk();
    const time = new Date(Date.now() - 3_600_000).toISOString();
    const place = { longitude: 107.9, latitude: 16.9, speedKnots: 6.5, courseDegrees: 212 };
    const answer = desk.order(vesselReportPosition, { mark: 'tth 96969 ts', ...place, time });
    const { items, settle } = await desk.next();
    expect(items).toEqual([
      {
        kind: 'vms-position',
        device: 'duty-desk',
        time: Date.parse(time),
        timeFrom: 'device',
        provider: 'duty-officer',
        mark: 'TTH-96969-TS',
        longitude: 107.9,
        latitude: 16.9,
        sogKnots: 6.5,
        cogDegrees: 212,
        report: 'manual',
      },
    ]);
    settle?.();
    expect(await answer).toMatchObject({ time });
  });

  it('is answered only when it is on the disk', async () => {
    using desk = await openDesk();
    let answered = false;
    const answer = desk
      .order(vesselSetStatus, { mmsi: 574000001, status: 'ashore', by: 'trực ban', reason: 'kéo lên đà' })
      .then(() => {
        answered = true;
      });
    const { items, settle } = await desk.next();
    expect(items).toMatchObject([{ kind: 'vessel-status', mmsi: 574000001, status: 'ashore', timeFrom: 'gateway' }]);
    await new Promise(resolve => setImmediate(resolve));
    expect(answered).toBe(false);
    settle?.();
    await answer;
  });

  it('is told that nothing was written down when the disk takes nothing', async () => {
    using desk = await openDesk();
    const answer = desk.order(vesselAcknowledge, { mark: 'TTH-96969-TS', by: 'trực ban', condition: 'vms-silence' });
    const { items, settle } = await desk.next();
    expect(items).toMatchObject([{ kind: 'vessel-acknowledgement', mark: 'TTH-96969-TS', condition: 'vms-silence' }]);
    settle?.(new GatewayError('exhausted', 'the disk is full'));
    await expect(answer).rejects.toMatchObject({ kind: 'exhausted' });
  });

  it.each([
    ['from the future', 3_600_000, 'is yet to come'],
    ['of last week', -7 * 86_400_000, 'longer ago than 2d'],
  ])('writes down no position %s', async (_, off, message) => {
    using desk = await openDesk();
    const time = new Date(Date.now() + off).toISOString();
    await expect(
      desk.order(vesselReportPosition, { mark: 'TTH-96969-TS', longitude: 107.9, latitude: 16.9, time }),
    ).rejects.toMatchObject({ kind: 'config', message: expect.stringContaining(message) });
  });

  it.each([
    ['no vessel', {}],
    ['two names of one', { mark: 'TTH-96969-TS', mmsi: 574000001 }],
    ['no mark', { mark: 'Nguyễn Văn A' }],
  ])('cannot speak of %s', (_, name) => {
    const input = { device: 'duty-desk', status: 'ashore', by: 'a', reason: 'b', ...name };
    expect(vesselSetStatus.input.safeParse(input).success).toBe(false);
  });

  it('does not pile up words without end while the disk is slow', async () => {
    using desk = await openDesk();
    const orders = Array.from({ length: 80 }, () =>
      desk.order(vesselAcknowledge, { mark: 'TTH-96969-TS', by: 'a' }).catch((thrown: unknown) => thrown),
    );
    const refused = await Promise.race([...orders.slice(64)]);
    expect(refused).toMatchObject({ kind: 'exhausted' });
  });
});

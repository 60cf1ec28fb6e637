import { describe, expect, it } from 'vitest';
import type { Conclusion } from '../../../core/conclusion.ts';
import { exampleSite } from '../../../events/example-site.ts';
import { createNoticeReader } from '../../../gateway/runtime/notices.ts';

const openReader = () => {
  const concluded: Conclusion[] = [];
  const logged: string[] = [];
  let now = 1_000_000;
  const write = (message: string): void => {
    logged.push(message);
  };
  const read = createNoticeReader({
    site: exampleSite,
    clock: { now: () => now, steady: () => now },
    log: { info: write, warn: write, error: write },
    conclude: async conclusions => {
      concluded.push(...conclusions);
    },
  });
  return {
    read,
    concluded,
    logged,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
  };
};

const topic = (source: string): string => `ioc/v1/hue/gw-017/environment/obs/${source}`;

describe('what the outbox says', () => {
  it('tells the center once of a stream that nobody receives, whatever its topics', () => {
    const { read, concluded, logged } = openReader();
    read({ kind: 'no-consumer', uplink: 'ioc', topic: topic('a'), since: 500_000 });
    read({ kind: 'no-consumer', uplink: 'ioc', topic: topic('b'), since: 500_100 });
    expect(concluded).toMatchObject([
      { event: 'gateway.uplink.no-consumer', data: { uplink: 'ioc', stream: 'environment/obs' } },
    ]);
    expect(logged).toHaveLength(2);
  });

  it('tells it again when it is still so an hour later', () => {
    const { read, concluded, pass } = openReader();
    read({ kind: 'no-consumer', uplink: 'ioc', topic: topic('a'), since: 500_000 });
    pass(3_600_000);
    read({ kind: 'no-consumer', uplink: 'ioc', topic: topic('a'), since: 4_000_000 });
    expect(concluded).toHaveLength(2);
    expect(new Set(concluded.map(({ key }) => key)).size).toBe(2);
  });

  it('names the predecessor of a store that was replaced, and its numbers', () => {
    const { read, concluded } = openReader();
    const predecessor = { epoch: '0001', streams: { 'environment/obs': 412 } };
    read({ kind: 'store-replaced', reason: 'damaged', epoch: '0002', predecessor, setAside: 'outbox-0001.damaged' });
    expect(concluded).toMatchObject([
      {
        event: 'gateway.store.replaced',
        key: '0002',
        data: {
          reason: 'damaged',
          predecessor: { epoch: '0001', streams: [{ stream: 'environment/obs', lastAccepted: 412 }] },
          setAside: 'outbox-0001.damaged',
        },
      },
    ]);
  });

  it('tells the center which event its broker refuses', () => {
    const { read, concluded } = openReader();
    const event = { uplink: 'ioc', stream: 'environment/obs', epoch: '0001', number: 7, topic: topic('a') };
    read({ kind: 'set-aside', ...event, detail: 'payload format invalid', refusals: 5, at: 500_000 });
    expect(concluded).toMatchObject([
      { event: 'gateway.event.set-aside', time: 500_000, key: 'ioc/environment/obs/0001-7', data: event },
    ]);
  });

  it.each([
    { kind: 'connected', uplink: 'ioc', at: 0 },
    { kind: 'lost', uplink: 'ioc', at: 0, error: { kind: 'unreachable', message: 'refused' } },
    { kind: 'not-permitted', uplink: 'ioc', topic: topic('a'), detail: 'not authorized' },
    { kind: 'shed', uplinks: ['ioc'], lane: 'obs', reason: 'budget', count: 12 },
  ] as const)('only logs $kind', notice => {
    const { read, concluded, logged } = openReader();
    read(notice);
    expect(concluded).toEqual([]);
    expect(logged).toHaveLength(1);
  });
});

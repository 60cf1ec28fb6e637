/** Which broker is dialed, in which version: through a whole outbox, to brokers that come and go. */
import { expect, test } from 'vitest';
import { GatewayError } from '../../../core/errors.ts';
import { hours, minutes, seconds } from '../../../core/time.ts';
import { createRoute, type Ended, type RouteOptions } from '../../../sinks/mqtt/route.ts';
import { eventTopic, type OpenedOutbox, openTestOutbox, sealed } from '../../support/outbox.ts';
import { freePort, temporaryFolder, until } from '../../support/resources.ts';
import { openRoughBroker } from '../../support/rough-broker.ts';

const deliveredBy = (opened: OpenedOutbox): number => opened.outbox.status().uplinks[0]?.delivered ?? 0;
const uplinkOf = (opened: OpenedOutbox) => opened.outbox.status().uplinks[0];

const many = (from: number, to: number, overrides: Parameters<typeof sealed>[1] = {}) =>
  Array.from({ length: to - from + 1 }, (_, index) => sealed(from + index, overrides));

test.for([
  ['says that it does not know the version', { kind: 'answer', code: 0x84 }],
  ['answers as one of 3.1.1', { kind: 'answer', code: 1 }],
  ['hangs up', { kind: 'close' }],
] as const)('speaks MQTT 3.1.1 to a broker that %s, and says which it speaks', async ([, how]) => {
  await using folder = await temporaryFolder();
  await using broker = await openRoughBroker({
    welcome: ({ protocolVersion }) => (protocolVersion === 5 ? how : { kind: 'answer', code: 0 }),
  });
  await using opened = await openTestOutbox(folder.path, [{ url: broker.url }]);
  await opened.outbox.append({ events: [sealed(1)] });
  await until('it was delivered', () => deliveredBy(opened) === 1);
  expect(uplinkOf(opened)).toMatchObject({ protocol: '3.1.1', state: 'connected' });
  const before = broker.connects.length;
  broker.end();
  await until('it is connected again', () => broker.connects.length > before);
  expect(broker.connects.at(-1)?.protocolVersion).toBe(4);
});

test('uses the second address while the first fails, and comes back to it without losing anything', async () => {
  await using folder = await temporaryFolder();
  const port = await freePort();
  await using standby = await openRoughBroker();
  await using opened = await openTestOutbox(folder.path, [
    { urls: [`mqtt://127.0.0.1:${port}`, standby.url], failover: { after: '1s', back: '2s' } },
  ]);
  await opened.outbox.append({ events: many(1, 10) });
  await until('the standby has them', () => standby.taken(eventTopic('obs')).length === 10);
  await until('the status says so', () => uplinkOf(opened)?.address === standby.url);
  expect(uplinkOf(opened)?.warnings).toEqual([`in place of mqtt://127.0.0.1:${port}`]);
  await using primary = await openRoughBroker({}, port);
  const ticking = setInterval(() => void opened.outbox.append({ events: [sealed(++next)] }), 20);
  let next = 10;
  await until('the primary one is used again', () => primary.taken(eventTopic('obs')).length > 10);
  clearInterval(ticking);
  await until('all were delivered', () => deliveredBy(opened) === next);
  expect(uplinkOf(opened)?.address).toBe(primary.url);
  const ids = [...standby.taken(eventTopic('obs')), ...primary.taken(eventTopic('obs'))].map(
    ({ payload }) => JSON.parse(String(payload)).id,
  );
  expect(new Set(ids).size).toBe(next);
  // Handed over when nothing was on its way.
  expect(ids).toHaveLength(next);
});

test('goes where a broker sends it', async () => {
  await using folder = await temporaryFolder();
  await using other = await openRoughBroker();
  await using broker = await openRoughBroker({
    welcome: () => ({ kind: 'answer', code: 0x9c, properties: { serverReference: `127.0.0.1:${other.port}` } }),
  });
  await using opened = await openTestOutbox(folder.path, [{ url: broker.url }]);
  await opened.outbox.append({ events: [sealed(1)] });
  await until('the other one has it', () => other.taken(eventTopic('obs')).length === 1);
  await until('the status says so', () => uplinkOf(opened)?.address === other.url);
});

test('goes to the next address at once when a broker shuts down', async () => {
  await using folder = await temporaryFolder();
  await using standby = await openRoughBroker();
  await using primary = await openRoughBroker();
  await using opened = await openTestOutbox(folder.path, [{ urls: [primary.url, standby.url] }]);
  await until('it is connected', () => primary.connects.length === 1);
  await until('it says so', () => opened.notices.some(({ kind }) => kind === 'connected'));
  primary.end(0x8b);
  await until('the standby is used', () => standby.connects.length === 1, 2000);
});

const [a, b] = ['mqtt://a', 'mqtt://b'];

/** A route, the clock of which is moved by hand, without randomness. */
const plan = (options: Partial<RouteOptions> = {}) => {
  const clock = { passed: 0 };
  const route = createRoute({
    urls: [a, b],
    protocol: 5,
    after: seconds(30),
    back: minutes(5),
    monotonic: () => clock.passed,
    random: () => 0,
    ...options,
  });
  const end = (how: Partial<Ended> = {}) => {
    const step = route.ended({
      error: new GatewayError('unreachable', 'it is away'),
      reached: 'nothing',
      stood: 0,
      delivered: false,
      ...how,
    });
    if (step.kind === 'connect') clock.passed += step.pause;
    return step;
  };
  const where = () => route.attempt().url;
  return { route, clock, end, where };
};

test('stays with the first address for a while, and goes in turns while none can be had', () => {
  const { end, where, clock } = plan();
  const seen: string[] = [];
  for (let n = 0; n < 12; n++) {
    seen.push(`${where()} ${Math.round(clock.passed / 1000)}`);
    end();
  }
  expect(seen.slice(0, 7)).toEqual([`${a} 0`, `${a} 1`, `${a} 3`, `${a} 7`, `${a} 15`, `${a} 31`, `${b} 31`]);
  expect(new Set(seen.slice(7).map(text => text.split(' ')[0]))).toEqual(new Set([a, b]));
});

test('waits longer each time after a return that failed', () => {
  const { route, end, where, clock } = plan();
  while (where() === a) end();
  const tenures: number[] = [];
  for (let n = 0; n < 6; n++) {
    expect(where()).toBe(b);
    route.opened();
    const began = clock.passed;
    while (!route.isReturnDue()) clock.passed += 1000;
    tenures.push((clock.passed - began) / 60_000);
    route.asked(true);
    expect(where()).toBe(a);
    // It listens, and ends what it took.
    route.opened();
    end({ reached: 'opened', stood: 2000 });
  }
  expect(tenures).toEqual([5, 10, 20, 40, 60, 60]);
});

test('goes on asking while the first address does not answer, and stays where it is', () => {
  const { route, end, where, clock } = plan();
  while (where() === a) end();
  route.opened();
  clock.passed += minutes(5);
  expect(route.isReturnDue()).toBe(true);
  route.asked(false);
  expect([where(), route.isReturnDue()]).toEqual([b, false]);
});

test('leaves a broker that ends each connection after two seconds', () => {
  const { route, end, where, clock } = plan();
  for (let n = 0; n < 100 && where() === a; n++) {
    route.opened();
    clock.passed += 2000;
    end({ reached: 'opened', stood: 2000, delivered: true });
  }
  expect(where()).toBe(b);
  expect(clock.passed).toBeLessThan(seconds(40));
});

test('does not dial a broker in a hurry that has reached a quota, or refuses the login', () => {
  const { end } = plan({ urls: [a] });
  const denied = new GatewayError('denied', 'it refuses the password');
  expect(end({ code: 0x97, reached: 'answered' })).toMatchObject({ pause: seconds(10) });
  expect(end({ code: 0x97, reached: 'answered' })).toMatchObject({ pause: seconds(20) });
  expect(end({ error: denied, code: 0x86, reached: 'answered' })).toMatchObject({ pause: minutes(5) });
});

test('asks every address at once where one refuses the login, and only then waits for long', () => {
  const { end, where } = plan();
  const how = {
    error: new GatewayError('denied', 'it refuses the password'),
    code: 0x86,
    reached: 'answered',
  } as const;
  expect(end(how)).toMatchObject({ pause: 0 });
  expect(where()).toBe(b);
  expect(end(how)).toMatchObject({ pause: minutes(5) });
  expect(where()).toBe(a);
});

test('asks for MQTT 5 again an hour after a broker spoke only 3.1.1', () => {
  const { route, end, clock } = plan({ urls: [a], protocol: 'auto' });
  const unsupported = new GatewayError('unsupported', 'it does not speak it');
  expect(end({ error: unsupported, code: 0x84, reached: 'answered' })).toEqual({ kind: 'connect', pause: 0 });
  expect(route.attempt().version).toBe(4);
  route.opened();
  clock.passed += minutes(59);
  end({ reached: 'opened', stood: minutes(59) });
  expect(route.attempt().version).toBe(4);
  route.opened();
  clock.passed += hours(1);
  end({ reached: 'opened', stood: hours(1) });
  expect(route.attempt().version).toBe(5);
});

test('knocks every five minutes at a broker that speaks neither version: it may be another one some day', () => {
  const { end } = plan({ urls: [a], protocol: 'auto' });
  const error = new GatewayError('unsupported', 'it does not speak it');
  expect(end({ error, code: 0x84, reached: 'answered' })).toEqual({ kind: 'connect', pause: 0 });
  expect(end({ error, code: 1, reached: 'answered' })).toEqual({ kind: 'connect', pause: minutes(5) });
});

test('follows no reference out of TLS, and none that is no address', () => {
  const urls = ['mqtts://a'];
  const { end, where } = plan({ urls });
  end({ code: 0x9d, reference: 'mqtt://evil:1883', reached: 'answered' });
  expect(where()).toBe('mqtts://a');
  end({ code: 0x9d, reference: 'other:8884 another', reached: 'answered' });
  expect(where()).toBe('mqtts://other:8884');
  end();
  expect(where()).toBe('mqtts://a');
});

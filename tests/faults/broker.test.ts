/** Brokers and links that misbehave while events are accepted: each of them arrives, once or again under the same id. */
import { describe, expect, it } from 'vitest';
import { seconds } from '../../core/time.ts';
import { eventTopic, type Listener, listen, openTestOutbox, sealed } from '../support/outbox.ts';
import {
  freePort,
  type Mosquitto,
  missingPrograms,
  startMosquitto,
  temporaryFolder,
  until,
} from '../support/resources.ts';
import { type BrokerScript, openLink, openRoughBroker, type Reaction } from '../support/rough-broker.ts';
import { inForm, tell } from './support/form.ts';

const missing = missingPrograms('mosquitto');

/** The event of this number is the one that a broker does not like. */
const disliked = 300;
const troubleMs = inForm({ short: seconds(4), long: seconds(25) });

interface Center extends AsyncDisposable {
  readonly url: string;
  /** Begins the trouble; its end is the caller's. */
  begin(): Promise<void>;
  end(): Promise<void>;
  /** Numbers of the events that the center has, as often as it got them. */
  arrived(): readonly number[];
}

const numberOf = (body: string): number => {
  const event: unknown = JSON.parse(body);
  return typeof event === 'object' && event !== null && 'id' in event ? Number(event.id) : Number.NaN;
};

/** A broker that a script spoils while `begin` … `end` lasts. */
const rough = async (react: (n: number) => Reaction | undefined, always = false): Promise<Center> => {
  let isOn = always;
  const topic = eventTopic('obs');
  const script: BrokerScript = {
    react: packet => {
      if (!isOn || packet.topic !== topic) return { kind: 'acknowledge' };
      return react(numberOf(packet.payload.toString())) ?? { kind: 'acknowledge' };
    },
  };
  const broker = await openRoughBroker(script);
  return {
    url: broker.url,
    begin: async () => {
      isOn = true;
    },
    end: async () => {
      isOn = always;
    },
    arrived: () => broker.taken(topic).map(({ payload }) => numberOf(payload.toString())),
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  };
};

const heard = (listener: Listener): readonly number[] => listener.events().map(({ id }) => Number(id));

/** mosquitto itself, which is stopped and started again with what it had. */
const stopped = async (): Promise<Center> => {
  const folder = await temporaryFolder();
  const port = await freePort();
  const configuration = `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location ${folder.path}/`;
  const open = (): Promise<Mosquitto> => startMosquitto({ folder: folder.path, port, configuration });
  let broker = await open();
  const listener = await listen(port, 'ioc/v1/#', {
    clean: false,
    clientId: 'center',
    properties: { sessionExpiryInterval: 3600 },
  });
  return {
    url: `mqtt://127.0.0.1:${port}`,
    begin: async () => {
      await broker[Symbol.asyncDispose]();
    },
    end: async () => {
      broker = await open();
    },
    arrived: () => heard(listener),
    [Symbol.asyncDispose]: async () => {
      await listener[Symbol.asyncDispose]();
      await broker[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
};

/** mosquitto behind a link of its own. */
const behind = async (
  options: Parameters<typeof openLink>[1],
  trouble: { readonly begin?: 'freeze'; readonly end?: 'thaw' } = {},
): Promise<Center> => {
  const folder = await temporaryFolder();
  const broker = await startMosquitto({ folder: folder.path });
  const link = await openLink(broker.port, options);
  const listener = await listen(broker.port);
  return {
    url: link.url,
    begin: async () => {
      if (trouble.begin !== undefined) link.freeze();
    },
    end: async () => {
      if (trouble.end !== undefined) link.thaw();
    },
    arrived: () => heard(listener),
    [Symbol.asyncDispose]: async () => {
      await listener[Symbol.asyncDispose]();
      await link[Symbol.asyncDispose]();
      await broker[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
};

interface Trouble {
  readonly name: string;
  readonly open: () => Promise<Center>;
  /** Events that the gateway must have set aside. */
  readonly setAside?: readonly number[];
  /** How long it may take until everything is there: a silent connection is noticed after 20 s. */
  readonly withinMs?: number;
}

const troubles: readonly Trouble[] = [
  { name: 'is stopped', open: stopped },
  {
    name: 'stands behind a slow link',
    open: () => behind({ bytesPerSecond: inForm({ short: 60_000, long: 200_000 }), latencyMs: 150 }),
    withinMs: 90_000,
  },
  {
    name: 'stands behind a link that is dead without a word',
    open: () => behind({}, { begin: 'freeze', end: 'thaw' }),
    withinMs: 90_000,
  },
  { name: 'is cut off every two seconds', open: () => behind({ cutAfterMs: 2000 }), withinMs: 60_000 },
  {
    name: 'takes everything and acknowledges nothing',
    open: () => rough(() => ({ kind: 'ignore' })),
    withinMs: 90_000,
  },
  { name: 'has reached a quota', open: () => rough(() => ({ kind: 'acknowledge', code: 0x97 })), withinMs: 90_000 },
  {
    name: 'refuses one payload',
    open: () => rough(n => (n === disliked ? { kind: 'acknowledge', code: 0x99 } : undefined), true),
    setAside: [disliked],
    withinMs: 120_000,
  },
  {
    name: 'ends the connection over one payload',
    open: () => rough(n => (n === disliked ? { kind: 'end', code: 0x95 } : undefined), true),
    setAside: [disliked],
    withinMs: 120_000,
  },
];

describe.skipIf(missing !== undefined)('a broker that', { concurrent: true, timeout: 240_000 }, () => {
  it.each(troubles)('$name costs no event', async ({ name, open, setAside = [], withinMs = 40_000 }) => {
    await using center = await open();
    await using folder = await temporaryFolder();
    await using opened = await openTestOutbox(folder.path, [{ url: center.url }]);
    let last = 0;
    const accept = async (): Promise<void> => {
      const events = Array.from({ length: 20 }, () => sealed(++last));
      await opened.outbox.append({ events });
      await new Promise(resolve => setTimeout(resolve, 20));
    };
    while (last < 400) await accept();
    await center.begin();
    const over = performance.now() + troubleMs;
    while (performance.now() < over) await accept();
    await center.end();
    const atEnd = last;
    while (last < atEnd + 400) await accept();
    const lacking = (): readonly number[] => {
      const arrived = new Set(center.arrived());
      return Array.from({ length: last }, (_, index) => index + 1).filter(
        n => !arrived.has(n) && !setAside.includes(n),
      );
    };
    const asideNow = (): readonly number[] =>
      opened.notices.flatMap(notice => (notice.kind === 'set-aside' ? [notice.number] : []));
    const deadline = performance.now() + withinMs;
    // That it is this event and not the broker shows only while others are taken.
    while (asideNow().length < setAside.length && performance.now() < deadline) await accept();
    await until(`all ${last} are there`, () => lacking().length === 0, withinMs).catch(() => {});
    const arrived = center.arrived();
    tell(
      `broker that ${name}: ${last} accepted, ${lacking().length} lost, ${arrived.length - new Set(arrived).size} arrived again, ` +
        `${setAside.length} set aside`,
    );
    expect(lacking()).toEqual([]);
    expect(asideNow()).toEqual(setAside);
    expect(opened.failures).toEqual([]);
  });
});

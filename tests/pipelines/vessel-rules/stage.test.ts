import { describe, expect, it } from 'vitest';
import type { Item } from '../../../core/conclusion.ts';
import type { Step } from '../../../core/stage.ts';
import type { VesselFix, VesselIdentity, ZoneHere } from '../../../core/vessel.ts';
import { exampleSite } from '../../../events/example-site.ts';
import { stage } from '../../../pipelines/vessel-rules/stage.ts';
import { createRandom } from '../../../simulators/world/random.ts';
import { type DrivenStage, drive } from '../../support/events.ts';
import { byVms, channel, fisher, fixAt, hour, minute, port, ship, start, toldIn, update } from './sailing.ts';

const second = 1000;

/** Limits so small that a few hours bring everything about. */
const config = {
  vmsInterval: '10m',
  rules: {
    'vms-silence': { lost: '25m', overdue: '2h', again: '0s' },
    'ais-silence': { after: '8m', leastReports: 5, again: '10m', keep: '1h' },
    'position-jump': { again: '10m' },
    'identity-conflict': { quiet: '15m', again: '10m' },
    identity: { again: '5m' },
    'source-mismatch': { reports: 1, again: '10m', keep: '40m' },
    distress: { every: '1m', silence: '10m' },
    loitering: { for: '20m', again: '10m', gap: '5m' },
    rendezvous: { for: '5m', again: '10m', fresh: '3m' },
    'collision-risk': {
      where: 'everywhere',
      clearanceMetres: 900,
      mostMetres: 900,
      within: '10m',
      for: '30s',
      again: '5m',
    },
  },
};

type Moment = { readonly kind: 'item'; readonly item: Item } | { readonly kind: 'tick'; readonly at: number };

/** Vessels that wander, lie, jump, fall silent, change their names and call for help, and an officer who says a word. */
const story = (seed: number): readonly Moment[] => {
  const random = createRandom(seed, 'vessel rules');
  const pick = <T>(...choices: readonly [T, ...T[]]): T => choices[Math.floor(random() * choices.length)] ?? choices[0];
  const moments: Moment[] = [];
  const tell = (item: Item): void => void moments.push({ kind: 'item', item });
  const vessels = Array.from({ length: 24 }, (_, number) => ({
    identity:
      number < 12
        ? fisher(number, { mmsi: 574_000_000 + number, mmsiKind: 'ship' })
        : ship(574_000_000 + number, { name: `TAU ${number}`, shipType: pick(70, 80, 52) }),
    longitude: 107.8 + random() * 0.1,
    latitude: 16.8 + random() * 0.1,
    course: random() * 360,
    knots: number < 14 ? pick(0.3, 1.5, 9, 14) : 1.5,
    silentUntil: 0,
    zones: pick<readonly ZoneHere[]>([], [], [], [channel], [port]),
    previous: {} as { ais?: VesselFix; vms?: VesselFix },
  }));
  const report = (vessel: (typeof vessels)[number], at: number, source: 'ais' | 'vms', off = 0): void => {
    const { longitude, latitude, knots, course, zones } = vessel;
    const identity: VesselIdentity = vessel.identity;
    const before = vessel.previous[source];
    const fix = fixAt(at, {
      source,
      longitude: longitude + off,
      latitude,
      sogKnots: knots,
      cogDegrees: course,
      ...(source === 'ais' && random() < 0.01 && { navigationStatus: 14 }),
    });
    tell(update(identity, fix, { zones, ...(before !== undefined && { previous: before }) }));
    vessel.previous[source] = fix;
  };
  for (let at = 0; at < 4 * hour; at += 20 * second) {
    for (const [number, vessel] of vessels.entries()) {
      const step = (vessel.knots / 3600 / 60) * 20;
      vessel.longitude += step * Math.sin((vessel.course * Math.PI) / 180);
      vessel.latitude += step * Math.cos((vessel.course * Math.PI) / 180);
      if (random() < 0.01) vessel.course = random() * 360;
      // Some stay, so that it is learned where vessels are heard.
      if (random() < 0.003) vessel.knots = number < 14 ? pick(0.3, 1.5, 9, 14) : 1.5;
      if (number < 14 && random() < 0.0005) vessel.silentUntil = at + pick(5, 15, 40, 90) * minute;
      if (number >= 20 && at === 3 * hour + number * minute) vessel.silentUntil = at + 15 * minute;
      if (random() < 0.002) vessel.zones = pick<readonly ZoneHere[]>([], [], [channel], [port]);
      if (at < vessel.silentUntil) continue;
      const off = random() < 0.004 || (number === 13 && random() < 0.5) ? 0.5 : 0;
      if (random() < 0.6) report(vessel, at, 'ais', off);
      if (number < 12 && (at + number * 40 * second) % (10 * minute) === 0)
        report(vessel, at, 'vms', random() < 0.2 ? 0.1 : 0);
      if (random() < 0.002) {
        vessel.identity = { ...vessel.identity, name: pick('HAI AU', 'SAO BIEN', 'BIEN DONG') };
        tell(
          update(vessel.identity, vessel.previous.ais, { cause: 'identity', time: start + at, zones: vessel.zones }),
        );
      }
      if (random() < 0.001 && number < 12)
        tell(
          update(vessel.identity, vessel.previous.vms, {
            cause: 'status',
            time: start + at,
            zones: vessel.zones,
            order: { status: pick('ashore', 'active'), by: 'trực ban', reason: 'gọi' },
          }),
        );
    }
    // Two that lie side by side for a while, far from the others, and somebody adrift.
    if (at % hour < 30 * minute)
      for (const number of [0, 1])
        tell(
          update(
            ship(574_000_900 + number),
            fixAt(at, { longitude: 108.5 + number * 0.0004 + (at / hour) * 0.01, sogKnots: 0.6, latitude: 17.5 }),
          ),
        );
    if (at > hour && at < 2 * hour && random() < 0.5)
      tell(
        update(ship(972_574_001, { mmsiKind: 'mob' }), fixAt(at, { longitude: 108 + at * 2e-8, navigationStatus: 14 })),
      );
    if (random() < 0.01)
      tell({
        kind: 'safety-text',
        device: 'ais-1',
        time: start + at,
        timeFrom: 'gateway',
        mmsi: 970_574_000 + Math.floor(random() * 3),
        text: pick('SART TEST', 'SART ACTIVE', 'HELLO'),
      });
    if (random() < 0.02)
      tell({
        kind: 'vessel-acknowledgement',
        device: 'desk',
        time: start + at,
        timeFrom: 'gateway',
        mmsi: 574_000_000 + Math.floor(random() * 24),
        by: 'trực ban',
      });
    for (let tick = at; tick < at + 20 * second; tick += 5 * second) moments.push({ kind: 'tick', at: start + tick });
  }
  return moments;
};

/** In random batches; with restarts after a checkpoint, or crashes without one, at random moments where asked for. */
const run = (moments: readonly Moment[], seed: number, restarts: 'none' | 'clean' | 'crash'): DrivenStage => {
  const random = createRandom(seed, 'cuts', restarts);
  const driven = drive(stage, config);
  let batch: Item[] = [];
  const flush = (): void => {
    if (batch.length > 0) driven.step(...batch);
    batch = [];
  };
  for (const moment of moments) {
    if (moment.kind === 'tick') {
      flush();
      driven.tick(moment.at);
    } else {
      batch.push(moment.item);
      if (random() < 0.4) flush();
    }
    if (restarts !== 'none' && random() < 0.002) {
      flush();
      if (restarts === 'clean') driven.checkpoint();
      driven.restart();
    }
    // As the pipeline does, every ten seconds.
    if (restarts === 'crash' && moment.kind === 'tick' && moment.at % (10 * second) === 0) driven.checkpoint();
  }
  flush();
  return driven;
};

/** By seed: a story that was told without a restart is the same every time. */
const toldOnce = new Map<number, Pick<DrivenStage, 'conclusions'>>();
const tellOnce = (seed: number): Pick<DrivenStage, 'conclusions'> => {
  const told = toldOnce.get(seed) ?? run(story(seed), 1, 'none');
  toldOnce.set(seed, told);
  return told;
};

describe('the rules together', () => {
  it.each([1, 2, 3])(
    'tell the same in whatever batches the news comes, and over restarts (seed %i)',
    { timeout: 60_000 },
    seed => {
      const moments = story(seed);
      const once = tellOnce(seed);
      expect(run(moments, 2, 'none').conclusions).toEqual(once.conclusions);
      expect(run(moments, 3, 'clean').conclusions).toEqual(once.conclusions);
    },
  );

  it('bring every event about in these stories', { timeout: 60_000 }, () => {
    const told = new Set([1, 2, 3].flatMap(seed => tellOnce(seed).conclusions.map(({ event }) => event)));
    const verbs = (noun: string, ...words: readonly string[]) => words.map(verb => `fishing-vessel.${noun}.${verb}`);
    expect([...told].toSorted()).toEqual(
      [
        ...verbs('vms-silence', 'raised', 'updated', 'cleared'),
        ...verbs('ais-silence', 'raised', 'cleared'),
        ...verbs('identity-conflict', 'raised', 'cleared'),
        ...verbs('source-mismatch', 'raised', 'cleared'),
        ...verbs('distress', 'raised', 'updated', 'cleared'),
        ...verbs('loitering', 'raised', 'cleared'),
        ...verbs('rendezvous', 'raised', 'cleared'),
        ...verbs('collision-risk', 'raised', 'updated', 'cleared'),
        'fishing-vessel.position-jump.detected',
        'fishing-vessel.identity.changed',
        'fishing-vessel.distress-test.observed',
        'fishing-vessel.condition.acknowledged',
      ].toSorted(),
    );
  });

  it.each([
    ['without a restart', 'none'],
    ['over crashes', 'crash'],
  ] as const)('raise, update and clear each condition under one correlation, in this order, %s', (_, restarts) => {
    const { conclusions } = run(story(4), 1, restarts);
    const byCorrelation = Map.groupBy(
      conclusions.filter(({ event }) => /\.(?:raised|updated|cleared)$/.test(event)),
      ({ correlation = '' }) => correlation,
    );
    for (const [correlation, events] of byCorrelation) {
      expect(correlation).not.toBe('');
      expect(events.map(({ event }) => event.split('.')[2]).join(' ')).toMatch(/^raised(?: updated)*(?: cleared)?$/);
      expect(new Set(events.map(({ subject }) => subject)).size).toBe(1);
    }
    expect(byCorrelation.size).toBeGreaterThan(20);
    expect(new Set(conclusions.map(({ source, event, key }) => `${source} ${event} ${key}`)).size).toBe(
      conclusions.length,
    );
  });
});

describe('the stage', () => {
  it('passes every update and text on, each before what it brought about', () => {
    const driven = drive(stage);
    const report = update(ship(970574001, { mmsiKind: 'sart' }), fixAt(0, { navigationStatus: 14 }));
    driven.step(report);
    expect(driven.items).toEqual([report]);
    expect(toldIn(driven)).toEqual(['0 distress.raised']);
  });

  it('saves what came by satellite with its batch, and AIS only at checkpoints', () => {
    const driven = drive(stage);
    driven.tick(start);
    driven.step(update(ship(574000001), fixAt(0)));
    expect([...driven.saved.keys()].filter(key => key.startsWith('vessel/'))).toEqual([]);
    driven.step(update(fisher(1), fixAt(0, { source: 'vms' })));
    expect([...driven.saved.keys()].filter(key => key.startsWith('vessel/'))).toEqual(['vessel/vnfish/TTH-90001-TS']);
    driven.checkpoint();
    expect([...driven.saved.keys()]).toContain('vessel/mmsi/574000001');
  });

  it('ends what a rule had open when the rule is left out', () => {
    const driven = drive(stage);
    driven.tick(start);
    driven.step(update(fisher(1), fixAt(0, { source: 'vms' })));
    for (let at = 0; at < 4 * hour; at += minute) driven.tick(start + at);
    driven.checkpoint();
    driven.restart({ without: ['vms-silence'] });
    driven.tick(start + 4 * hour);
    expect(toldIn(driven)).toEqual(['3 vms-silence.raised', '4 vms-silence.cleared']);
    expect(driven.conclusions[1]?.data).toMatchObject({ reason: 'config-removed' });
  });

  it('goes on with a vessel that the registry gives another key, and accuses nobody of having left', () => {
    const driven = drive(stage, { rules: { 'ais-silence': { after: '10m', leastReports: 2 } } });
    driven.tick(start);
    const unregistered = { key: 'vms/vnpt/dev-1', provider: 'vnpt', vmsId: 'dev-1' };
    driven.step(update(unregistered, fixAt(0, { source: 'vms' })));
    for (let at = 0; at < 4 * hour; at += minute) driven.tick(start + at);
    driven.step(
      update(fisher(1), undefined, {
        cause: 'identity',
        time: start + 4 * hour,
        formerKeys: ['vms/vnpt/dev-1'],
      }),
    );
    driven.checkpoint();
    driven.restart();
    for (let at = 4 * hour; at < 7 * hour; at += minute) driven.tick(start + at);
    driven.step(update(fisher(1), fixAt(7 * hour, { source: 'vms' })));
    for (let at = 7 * hour; at < 9 * hour; at += minute) driven.tick(start + at);
    expect(toldIn(driven)).toEqual(['3 vms-silence.raised', '6 vms-silence.updated', '7 vms-silence.cleared']);
    expect(new Set(driven.conclusions.map(({ correlation }) => correlation)).size).toBe(1);
    expect([...driven.saved.keys()].filter(key => key.includes('vms/vnpt'))).toEqual([]);
  });

  it('ends the same condition of what turns out to be one vessel, and goes on with one', () => {
    const driven = drive(stage);
    driven.tick(start);
    const devices = [1, 2].map(number => ({
      key: `vms/vnpt/dev-${number}`,
      provider: 'vnpt',
      vmsId: `dev-${number}`,
    }));
    for (const device of devices) driven.step(update(device, fixAt(0, { source: 'vms' })));
    for (let at = 0; at < 4 * hour; at += minute) driven.tick(start + at);
    driven.step(
      update(fisher(1), undefined, {
        cause: 'identity',
        time: start + 4 * hour,
        formerKeys: devices.map(({ key }) => key),
      }),
    );
    expect(toldIn(driven)).toEqual(['3 vms-silence.raised', '3 vms-silence.raised', '4 vms-silence.cleared']);
    expect(driven.conclusions[2]?.data).toMatchObject({ reason: 'superseded', endedBy: 'agreement' });
    for (let at = 4 * hour; at <= 5 * hour; at += minute) driven.tick(start + at);
    driven.step(byVms(fisher(1), 5 * hour));
    driven.tick(start + 5 * hour + minute);
    expect(toldIn(driven).slice(3)).toEqual(['5 vms-silence.cleared']);
  });

  it('forgets a vessel after a month without news, unless something is open of it', () => {
    const driven = drive(stage);
    const day = 24 * hour;
    driven.tick(start);
    driven.step(update(fisher(1), fixAt(0, { source: 'vms' })), update(ship(574000001), fixAt(0)));
    for (let at = 0; at < 4 * hour; at += minute) driven.tick(start + at);
    driven.checkpoint();
    expect(driven.saved.has('vessel/mmsi/574000001')).toBe(true);
    for (let at = 4 * hour; at < 31 * day; at += 4 * minute) driven.tick(start + at);
    driven.checkpoint();
    expect([...driven.saved.keys()].filter(key => key.includes('mmsi/574000001'))).toEqual([]);
    expect(driven.saved.has('vessel/vnfish/TTH-90001-TS')).toBe(true);
  });

  it('follows the clock when it is set', () => {
    const driven = drive(stage);
    const ahead = 400 * 24 * hour;
    driven.tick(start + ahead);
    const own = ship(574000001);
    for (let at = 0; at < hour; at += minute) driven.step(update(own, fixAt(at + ahead), { timeFrom: 'gateway' }));
    driven.shift({ from: start, to: start + ahead + hour, by: -ahead });
    for (let at = hour; at < 3 * hour; at += minute) {
      driven.step(update(own, fixAt(at), { timeFrom: 'gateway' }));
      driven.tick(start + at);
    }
    expect(toldIn(driven)).toEqual([]);
  });

  it('names the rule and the field that is wrong', () => {
    expect(() => drive(stage, { without: ['gossip'] })).toThrow(/without/);
    expect(() => drive(stage, { rules: { 'vms-silence': { lost: '20d' } } })).toThrow(/overdue only after it is lost/);
    expect(() => drive(stage, { rules: { 'vms-silenze': {} } })).toThrow(/vms-silenze/);
  });

  it('holds what it knows within bounds, whatever is forged on the air', { timeout: 60_000 }, () => {
    const running = stage.bind({}, exampleSite).start(new Map());
    const saved = new Map<string, Uint8Array | undefined>();
    const keep = (changes: Step['save'] = new Map()): void => {
      for (const [key, value] of changes) value === undefined ? saved.delete(key) : saved.set(key, value);
    };
    keep(running.tick(start).save);
    for (let index = 0; index < 110_000; index++)
      keep(
        running.step([
          update(ship(200_000_000 + index), fixAt(index, { longitude: (index % 3600) / 10 - 180 }), {
            previous: fixAt(index - 1000, { longitude: 0 }),
          }),
        ]).save,
      );
    for (let size = -1; size !== 0; ) {
      const changes = running.checkpoint();
      keep(changes);
      size = changes.size;
    }
    const tables = Map.groupBy(saved.keys(), key => key.slice(0, key.indexOf('/')));
    const sizes = Object.fromEntries([...tables].map(([name, keys]) => [name, keys.length]));
    expect(sizes['vessel']).toBe(100_000);
    expect(Math.max(...Object.values(sizes))).toBe(100_000);
  });
});

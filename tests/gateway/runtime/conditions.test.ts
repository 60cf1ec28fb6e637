import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../core/errors.ts';
import type { DeviceProfile } from '../../../core/site.ts';
import { exampleSite } from '../../../events/example-site.ts';
import { openOutbox } from '../../../gateway/outbox/open.ts';
import { openConditions, subjectOf } from '../../../gateway/runtime/conditions.ts';
import { createSealer } from '../../../gateway/runtime/create-sealer.ts';
import { temporaryFolder } from '../../support/resources.ts';

const profile: DeviceProfile = {
  id: 'pm-1',
  driver: 'pms5003',
  service: 'environment',
  alsoServes: [],
  agencies: [],
  name: 'PM',
  siteId: 'pole-1',
  areaCode: '00000',
  status: 'test',
  tags: [],
};
const site = { ...exampleSite, devices: new Map([[profile.id, profile]]) };
const start = Date.UTC(2026, 10, 25);

/** Conditions over a real outbox in `folder`, at a clock that the test moves. */
const open = async (folder: string, configured: typeof site = site) => {
  let now = start;
  const outbox = await openOutbox({
    folder,
    site,
    uplinks: [],
    budget: { bytes: 200_000_000 },
    reveal: () => '',
    onNotice: () => {},
    onFailure: () => {},
  });
  const failures: unknown[] = [];
  const sealer = createSealer(configured);
  const told: { readonly id: string; readonly data: Readonly<Record<string, unknown>> }[] = [];
  const conditions = await openConditions({
    site: configured,
    outbox,
    sealer: {
      ...sealer,
      event: (conclusion, ...rest) => {
        const sealed = sealer.event(conclusion, ...rest);
        if (!told.some(({ id }) => id === sealed.id)) told.push({ id: sealed.id, data: conclusion.data });
        return sealed;
      },
    },
    clock: { now: () => now, steady: () => now },
    timeQuality: () => 'ntp',
    isLost: since => since < Date.UTC(2025, 0, 1),
    onChange: failure => {
      if (failure !== undefined) failures.push(failure);
    },
  });
  return {
    conditions: {
      ...conditions,
      failed: (device: DeviceProfile, error: GatewayError, since: number) =>
        conditions.failed(device, error, now - since),
    },
    failures,
    told: () => told,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    [Symbol.asyncDispose]: async () => {
      await conditions.settled();
      await outbox[Symbol.asyncDispose]();
    },
  };
};

const unreachable = new GatewayError('unreachable', 'no answer', { advice: 'Check the cable.' });

describe('the condition of a device', () => {
  it('is raised at once where only a person can help', async () => {
    await using folder = await temporaryFolder();
    await using test = await open(folder.path);
    test.conditions.failed(profile, new GatewayError('denied', 'wrong password'), start);
    expect(test.conditions.open()).toMatchObject([{ device: 'pm-1', since: start }]);
    expect(test.failures).toEqual([]);
  });

  it('is raised when the device has been away for a while, and only once', async () => {
    await using folder = await temporaryFolder();
    await using test = await open(folder.path);
    test.conditions.failed(profile, unreachable, start);
    expect(test.conditions.open()).toEqual([]);
    test.pass(10_000);
    test.conditions.failed(profile, unreachable, start);
    test.conditions.failed(profile, unreachable, start);
    expect(test.conditions.open()).toHaveLength(1);
  });

  it('is cleared by the first word of the device', async () => {
    await using folder = await temporaryFolder();
    await using test = await open(folder.path);
    test.conditions.failed(profile, new GatewayError('denied', 'wrong password'), start);
    test.conditions.delivered('pm-1');
    test.conditions.delivered('pm-1');
    expect(test.conditions.open()).toEqual([]);
  });

  it('outlives the gateway, with its correlation', async () => {
    await using folder = await temporaryFolder();
    const first = await open(folder.path);
    first.conditions.failed(profile, new GatewayError('denied', 'wrong password'), start);
    const [raised] = first.conditions.open();
    await first[Symbol.asyncDispose]();
    await using second = await open(folder.path);
    expect(second.conditions.open()).toEqual([raised]);
  });

  it('is cleared when the device is not configured any more, for good', async () => {
    await using folder = await temporaryFolder();
    const first = await open(folder.path);
    first.conditions.failed(profile, new GatewayError('denied', 'wrong password'), start);
    await first[Symbol.asyncDispose]();
    const second = await open(folder.path, { ...site, devices: new Map() });
    expect(second.conditions.open()).toEqual([]);
    expect(second.failures).toEqual([]);
    await second[Symbol.asyncDispose]();
    await using third = await open(folder.path);
    expect(third.conditions.open()).toEqual([]);
  });
});

describe('a condition over a step of the clock', () => {
  it('moves with the clock that dated it, so that it has lasted as long as it has', async () => {
    await using folder = await temporaryFolder();
    await using test = await open(folder.path);
    test.conditions.failed(profile, new GatewayError('denied', 'wrong password'), start);
    const shift = { from: start - 1000, to: start + 1000, by: 86_400_000 };
    test.conditions.shift(shift);
    test.conditions.shift(shift);
    expect(test.conditions.open()).toMatchObject([{ since: start + 86_400_000 }]);
    await test.conditions.settled();
    await test[Symbol.asyncDispose]();
    await using after = await open(folder.path);
    expect(after.conditions.open()).toMatchObject([{ since: start + 86_400_000 }]);
  });
});

describe('a condition of a start of the machine whose clock was never set', () => {
  it('is over without anybody knowing how long it lasted', async () => {
    await using folder = await temporaryFolder();
    await using test = await open(folder.path);
    test.conditions.failed(profile, new GatewayError('denied', 'wrong password'), Date.UTC(2024, 0, 1));
    test.conditions.delivered('pm-1');
    await test.conditions.settled();
    expect(test.failures).toEqual([]);
    expect(test.told()).toMatchObject([{ data: { phase: 'raised' } }, { data: { phase: 'cleared' } }]);
    expect(test.told()[1]?.data).not.toHaveProperty('downSeconds');
  });
});

describe('devices that share a fuse', () => {
  const sharing = (id: string): DeviceProfile => ({ ...profile, id, power: 'fuse-3' });
  const members = [sharing('pm-1'), sharing('pm-2'), sharing('pm-3')] as const;
  const shared = { ...site, devices: new Map(members.map(member => [member.id, member])) };
  type Test = Awaited<ReturnType<typeof open>>;
  const subjects = ({ conditions }: Test) => conditions.open().map(subjectOf);

  /** The fuse blows: all are away, and each was tried again after a while. */
  const blow = (test: Test, since = start): void => {
    for (const member of members) test.conditions.failed(member, unreachable, since);
    test.pass(10_000);
    for (const member of members) test.conditions.failed(member, unreachable, since);
  };

  it('fail as one event when all of them are away', async () => {
    await using folder = await temporaryFolder();
    await using test = await open(folder.path, shared);
    blow(test);
    expect(test.conditions.open()).toMatchObject([
      { kind: 'group', supply: 'power', group: 'fuse-3', devices: ['pm-1', 'pm-2', 'pm-3'], since: start },
    ]);
    await test.conditions.settled();
    expect(test.failures).toEqual([]);
  });

  it('recover as one event, and those that stay away are told of after a while', async () => {
    await using folder = await temporaryFolder();
    await using test = await open(folder.path, shared);
    blow(test);
    test.conditions.delivered('pm-2');
    expect(subjects(test)).toEqual([]);
    test.pass(30_000);
    test.conditions.delivered('pm-1');
    test.conditions.failed(members[2], unreachable, start);
    expect(subjects(test)).toEqual([]);
    test.pass(30_000);
    test.conditions.failed(members[2], unreachable, start);
    expect(subjects(test)).toEqual(['device/pm-3']);
    await test.conditions.settled();
    expect(test.failures).toEqual([]);
  });

  it('are told of one by one where others go on', async () => {
    await using folder = await temporaryFolder();
    await using test = await open(folder.path, shared);
    test.pass(30_000);
    test.conditions.failed(members[0], unreachable, start);
    expect(subjects(test)).toEqual([]);
    test.pass(30_000);
    test.conditions.failed(members[0], unreachable, start);
    expect(subjects(test)).toEqual(['device/pm-1']);
  });

  it('are told of at once where only a person can help', async () => {
    await using folder = await temporaryFolder();
    await using test = await open(folder.path, shared);
    test.conditions.failed(members[0], new GatewayError('denied', 'wrong password'), start);
    expect(subjects(test)).toEqual(['device/pm-1']);
  });

  it('are one condition also over a restart', async () => {
    await using folder = await temporaryFolder();
    const first = await open(folder.path, shared);
    blow(first);
    const before = first.conditions.open();
    await first[Symbol.asyncDispose]();
    await using second = await open(folder.path, shared);
    second.pass(60_000);
    for (const member of members) second.conditions.failed(member, unreachable, start);
    expect(second.conditions.open()).toEqual(before);
    second.conditions.delivered('pm-1');
    expect(subjects(second)).toEqual([]);
    await second.conditions.settled();
    expect(second.failures).toEqual([]);
  });

  it('are cleared when nothing shares it any more', async () => {
    await using folder = await temporaryFolder();
    const first = await open(folder.path, shared);
    blow(first);
    await first[Symbol.asyncDispose]();
    await using second = await open(folder.path, site);
    expect(second.conditions.open()).toEqual([]);
    await second.conditions.settled();
    expect(second.failures).toEqual([]);
  });
});

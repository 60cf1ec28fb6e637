/** Recordings of the fleet are read by whoever reads those of a real receiver, and tell the same. */
import { expect, test } from 'vitest';
import type { Observation } from '../../../core/observation.ts';
import { seconds } from '../../../core/time.ts';
import { drivers } from '../../../drivers/registry.generated.ts';
import { createFleet } from '../../../simulators/fleet/fleet.ts';
import { fleetPlan } from '../../../simulators/fleet/plan.ts';
import { recordAis, recordVms } from '../../../simulators/fleet/record.ts';

const plan = fleetPlan.parse({
  boats: 40,
  duration: '4h',
  out: ['10m', '30m'],
  stayIn: 0,
  incidents: [
    { kind: 'beacon', mmsi: 970_574_001, from: '1h', to: '2h', place: [107.7, 16.7], mode: 'active' },
    { kind: 'net-buoys', count: 3, from: '1h', to: '2h', place: [107.7, 16.7] },
  ],
});
const fleet = createFleet(5, plan);

const decodeAll = (driver: string, config: object, lines: Iterable<{ bytes: Uint8Array; time: number }>) => {
  const decode = drivers
    .find(({ name }) => name === driver)
    ?.bind('device', config)
    .createDecoder();
  if (decode === undefined) throw new Error(`${driver} has no decoder`);
  const observations: Observation[] = [];
  const others: string[] = [];
  let late = 0;
  for (const { bytes, time } of lines)
    for (const decoded of decode({ bytes, receivedAt: time })) {
      if (decoded.kind !== 'observation') others.push(`${decoded.kind} ${decoded.reason}`);
      else {
        observations.push(decoded.observation);
        if (decoded.observation.timeFrom !== 'device' || Math.abs(decoded.observation.time - time) > seconds(900))
          late++;
      }
    }
  return { observations, others, late };
};

test('AIS is decoded without a complaint, carries its time, and says where the boats are', () => {
  const { observations, others, late } = decodeAll(
    'ais-receiver',
    { connection: { transport: 'udp', port: 1 } },
    recordAis(fleet, 5),
  );
  expect(others).toEqual([]);
  expect(late).toBe(0);
  const kinds = new Set(observations.map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual([
    'base-station',
    'navigation-aid',
    'safety-text',
    'vessel-position',
    'vessel-static',
  ]);
  const heard = new Set(observations.flatMap(each => (each.kind === 'vessel-position' ? [each.mmsi] : [])));
  for (const { ais, vessel } of fleet.boats) expect(heard.has(vessel.mmsi)).toBe(ais !== 'none');
  expect(heard.has(970_574_001)).toBe(true);
  const names = new Set(observations.flatMap(each => (each.kind === 'vessel-static' ? [each.name] : [])));
  expect([...names].filter(name => name?.startsWith('NET-'))).toHaveLength(3);
});

test('a class B boat under way is heard every half minute, give or take a tenth', () => {
  const boat = fleet.boats.find(({ ais }) => ais === 'B');
  const { observations } = decodeAll(
    'ais-receiver',
    { connection: { transport: 'udp', port: 1 } },
    recordAis(fleet, 5),
  );
  const moving = observations.filter(
    each => each.kind === 'vessel-position' && each.mmsi === boat?.vessel.mmsi && (each.sogKnots ?? 0) > 2,
  );
  const gaps = moving.slice(1).map(({ time }, index) => (time - (moving[index]?.time ?? 0)) / 1000);
  expect(gaps.length).toBeGreaterThan(50);
  const usual = gaps.filter(gap => gap >= 26 && gap <= 34);
  expect(usual.length / gaps.length).toBeGreaterThan(0.95);
});

test('NAF of every provider is decoded without a complaint', () => {
  let count = 0;
  for (const provider of fleet.providers) {
    const { observations, others } = decodeAll(
      'naf-vms',
      { provider, connection: { transport: 'tcp-server', port: 1 } },
      recordVms(fleet, provider),
    );
    expect(others).toEqual([]);
    for (const each of observations) {
      expect(each).toMatchObject({ kind: 'vms-position', provider, timeFrom: 'device' });
      count++;
    }
  }
  expect(count).toBe(fleet.vmsReports.filter(({ arrives }) => arrives < fleet.end).length);
  expect(count).toBeGreaterThan(20);
});

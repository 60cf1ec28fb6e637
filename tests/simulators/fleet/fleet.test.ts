import { expect, test } from 'vitest';
import { distanceMetres, metresPerNauticalMile, metresPerSecondPerKnot } from '../../../core/geodesy.ts';
import { createFleet } from '../../../simulators/fleet/fleet.ts';
import { fleetPlan } from '../../../simulators/fleet/plan.ts';
import { formatRegistry } from '../../../simulators/fleet/registry.ts';

const hour = 3_600_000;
const fleetOf = (plan: object, seed = 7) => createFleet(seed, fleetPlan.parse(plan));
const moored = 5;

test('the same seed sends out the same fleet, another one another', () => {
  const look = (seed: number) => {
    const { stations, start, vmsReports } = fleetOf({ boats: 20 }, seed);
    return JSON.stringify([stations.map(station => station.stateAt(start + 9 * hour)), vmsReports.slice(0, 20)]);
  };
  expect(look(7)).toBe(look(7));
  expect(look(7)).not.toBe(look(8));
});

test('every boat leaves its berth, fishes, and is home again, without a step that no boat makes', () => {
  const fleet = fleetOf({ boats: 40, stayIn: 0, hearing: 100 });
  const fastest = 12;
  let visited = 0;
  for (const station of fleet.stations) {
    const states = Array.from({ length: 24 * 60 + 1 }, (_, minute) => station.stateAt(fleet.start + minute * 60_000));
    const [berth] = states;
    const end = states.at(-1);
    if (berth === undefined || end === undefined) throw new Error('it is heard everywhere');
    expect(berth.navigationStatus).toBe(moored);
    expect(end.navigationStatus).toBe(moored);
    expect(distanceMetres(berth, end)).toBeLessThan(20);
    const farthest = Math.max(...states.map(state => (state === undefined ? 0 : distanceMetres(berth, state))));
    expect(farthest).toBeGreaterThan(2 * metresPerNauticalMile);
    for (const [index, state] of states.entries()) {
      const before = states[index - 1];
      if (before === undefined || state === undefined) continue;
      const knots = distanceMetres(before, state) / 60 / metresPerSecondPerKnot;
      expect(knots).toBeLessThan(fastest);
    }
    visited++;
  }
  expect(visited).toBe(fleet.boats.filter(({ ais }) => ais !== 'none').length);
});

test('boats from 15 m on have VMS, report every two hours, and their reports come later', () => {
  const { boats, vmsReports, providers } = fleetOf({ boats: 100 });
  for (const { lengthMetres, vms } of boats) expect(vms === 'none').toBe(lengthMetres < 15);
  expect(providers).toEqual(['viettel', 'vishipel', 'vnpt']);
  const times = new Map<number, number[]>();
  for (const { boat, time, arrives } of vmsReports) {
    expect(time % 60_000).toBe(0);
    expect(arrives - time).toBeGreaterThan(30_000);
    expect(arrives - time).toBeLessThan(15 * 60_000);
    times.set(boat.number, [...(times.get(boat.number) ?? []), time]);
  }
  for (const own of times.values()) {
    const sorted = own.toSorted((one, other) => one - other);
    expect(sorted).toHaveLength(12);
    for (const [index, time] of sorted.entries())
      if (index > 0) expect(Math.abs(time - (sorted[index - 1] ?? 0) - 2 * hour)).toBeLessThanOrEqual(60_000);
  }
});

test('what an outage keeps comes when it is over, and what it loses never', () => {
  const outage = (kept: string) =>
    fleetOf({ boats: 60, incidents: [{ kind: 'outage', provider: 'vnpt', from: '6h', to: '10h', kept }] });
  const late = outage('late');
  const during = (fleet: typeof late) =>
    fleet.vmsReportsBetween(fleet.start + 6 * hour, fleet.start + 10 * hour - 1, 'vnpt');
  expect(during(late)).toEqual([]);
  expect(during(outage('lost'))).toEqual([]);
  expect(late.vmsReportsBetween(late.start + 6 * hour, late.start + 10 * hour, 'viettel').length).toBeGreaterThan(10);
  expect(late.vmsReports.length).toBe(fleetOf({ boats: 60 }).vmsReports.length);
  expect(outage('lost').vmsReports.length).toBeLessThan(late.vmsReports.length);
});

test('a registry has every boat but those that a scenario leaves out', () => {
  const lines = formatRegistry(
    fleetOf({
      boats: 4,
      change: [
        { number: 1, registered: 'no' },
        { number: 2, registered: 'without-length', lengthMetres: 17 },
        { number: 3, lengthMetres: 21.5, gear: 'trawl', crew: 9, ais: 'A', vms: 'vnpt' },
      ],
    }),
  ).split('\n');
  expect(lines).toHaveLength(5);
  expect(lines[0]).toContain('mark,name,mmsi');
  expect(lines[1]).toMatch(/^TTH-90002-TS,TTH 90002 TS,\d*,XVA1002,,/);
  expect(lines[2]).toMatch(
    /^TTH-90003-TS,TTH 90003 TS,574\d{6},XVA1003,21\.5,trawl,9,Thuận An,19900,vnpt,VN180003,active$/,
  );
});

test.each([
  [{ boats: 3, incidents: [{ kind: 'silent', boat: 4, device: 'ais', from: '1h' }] }, 'there is no boat 4'],
  [{ boats: 3, change: [{ number: 9, crew: 2 }] }, 'there is no boat 9'],
  [{ boats: 3, stayIn: 0, home: ['2h', '3h'] }, 'has no time to fish'],
])('a plan that cannot be is refused', (plan, problem) => {
  expect(() => fleetOf(plan)).toThrow(problem);
});

import { describe, expect, it } from 'vitest';
import { distanceMetres } from '../../../core/geodesy.ts';
import { createRows } from '../../../core/rows.ts';
import type { VesselFix } from '../../../core/vessel.ts';
import { trackConfig } from '../../../pipelines/track/config.ts';
import { judge, motionOf } from '../../../pipelines/track/filter.ts';
import { columnsOf, readFix } from '../../../pipelines/track/trail.ts';
import { createRandom } from '../../../simulators/world/random.ts';

const limits = trackConfig.parse({});
const start = Date.UTC(2026, 10, 23);
const metresPerDegree = 111_195;

const open = () => {
  const row = createRows(columnsOf('ais')).take();
  return {
    row,
    take: (fix: Omit<VesselFix, 'source'>, timeFrom: 'device' | 'gateway' = 'device') =>
      judge(row, { source: 'ais', ...fix }, timeFrom, limits),
    motion: () => motionOf(row),
    fix: () => readFix(row, 'ais'),
  };
};

const at = (seconds: number, longitude: number, latitude = 16.5) => ({
  time: start + seconds * 1000,
  longitude,
  latitude,
});

describe('the motion of a vessel', () => {
  /** 10 kn to the east for 5 minutes, then to the north, reported every 10 s with errors of 15 m. */
  const scattered = (seed: string) => {
    const random = createRandom(seed);
    const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const step = (10 * (1852 / 3600) * 10) / metresPerDegree;
    const across = step / Math.cos((16.5 * Math.PI) / 180);
    let longitude = 107.6;
    let latitude = 16.5;
    return Array.from({ length: 60 }, (_, index) => {
      if (index < 30) longitude += across;
      else latitude += step;
      const error = 15 / metresPerDegree;
      return {
        truth: { longitude, latitude },
        fix: {
          ...at(index * 10, longitude + error * gauss(), latitude + error * gauss()),
          sogKnots: 10 + gauss(),
          cogDegrees: ((index < 30 ? 90 : 360) + 4 * gauss()) % 360,
        },
      };
    });
  };

  it('scatters less than the reports', () => {
    const vessel = open();
    let reported = 0;
    let filtered = 0;
    for (const { truth, fix } of scattered('harbor')) {
      expect(vessel.take(fix)).toBe('believed');
      const motion = vessel.motion();
      if (motion === undefined) throw new Error('no motion');
      reported += distanceMetres(truth, fix) ** 2;
      filtered += distanceMetres(truth, motion) ** 2;
    }
    expect(Math.sqrt(filtered / reported)).toBeLessThan(0.75);
  });

  it('follows a vessel that turned within a few reports', () => {
    const vessel = open();
    for (const { fix } of scattered('turn').slice(0, 34)) vessel.take(fix);
    expect(vessel.motion()?.cogDegrees).toSatisfy((course: number) => course < 25 || course > 335);
    expect(vessel.motion()?.sogKnots).toBeCloseTo(10, -0.5);
  });

  it('is found from positions alone when the vessel tells no speed', () => {
    const vessel = open();
    vessel.take(at(0, 107.6));
    expect(vessel.motion()).toBeUndefined();
    // 0.0005° in 10 s are 5.3 m/s.
    for (let index = 1; index < 12; index++) vessel.take(at(index * 10, 107.6 + index * 0.0005));
    expect(vessel.motion()?.sogKnots).toBeGreaterThan(9);
    expect(vessel.motion()?.sogKnots).toBeLessThan(11.5);
    expect(vessel.motion()?.cogDegrees).toBeCloseTo(90, 0);
  });

  it('has no course while the vessel lies', () => {
    const vessel = open();
    for (let index = 0; index < 6; index++)
      vessel.take({ ...at(index * 180, 107.6), sogKnots: 0.1, cogDegrees: 77 * index });
    expect(vessel.motion()).not.toHaveProperty('cogDegrees');
  });

  it('goes on across the antimeridian', () => {
    const vessel = open();
    for (let index = 0; index < 10; index++) {
      const longitude = 179.999 + index * 0.0005;
      const wrapped = longitude > 180 ? longitude - 360 : longitude;
      expect(vessel.take({ ...at(index * 10, wrapped), sogKnots: 10.3, cogDegrees: 90 })).toBe('believed');
    }
    expect(vessel.motion()?.longitude).toBeCloseTo(-179.9965, 3);
  });

  it('stays a number at the pole and where reports come at one moment', () => {
    const vessel = open();
    for (const latitude of [90, 90, 89.9999]) vessel.take({ ...at(0, 0, latitude), sogKnots: 5, cogDegrees: 10 });
    expect(Object.values(vessel.motion() ?? {}).every(Number.isFinite)).toBe(true);
  });
});

describe('a report that implies a speed no vessel has', () => {
  it('is not believed and moves nothing', () => {
    const vessel = open();
    vessel.take(at(0, 107.6));
    expect(vessel.take(at(10, 108.6))).toBe('implausible');
    expect(vessel.fix()?.longitude).toBe(107.6);
    expect(vessel.take(at(20, 107.601))).toBe('believed');
  });

  it('is believed when three in a row agree', () => {
    const vessel = open();
    vessel.take(at(0, 107.6));
    const verdicts = [10, 20, 30, 40].map(seconds => vessel.take(at(seconds, 108.6 + seconds * 1e-5)));
    expect(verdicts).toEqual(['implausible', 'implausible', 'believed', 'believed']);
  });

  it('is never believed as long as reports from the old place go on: two devices have one identity', () => {
    const vessel = open();
    const verdicts = Array.from({ length: 40 }, (_, index) =>
      vessel.take(at(index * 10, index % 2 === 0 ? 107.6 : 108.6)),
    );
    expect(verdicts.filter(verdict => verdict === 'implausible')).toHaveLength(20);
    expect(vessel.fix()?.longitude).toBe(107.6);
  });

  it('may be of an aircraft', () => {
    const vessel = open();
    vessel.take({ ...at(0, 107.6), stationClass: 'sar-aircraft' });
    expect(vessel.take({ ...at(60, 107.65), stationClass: 'sar-aircraft' })).toBe('believed');
    const ship = open();
    ship.take(at(0, 107.6));
    expect(ship.take(at(60, 107.65))).toBe('implausible');
  });

  it('is judged more gently when the gateway dated it', () => {
    // 600 m in 2 s: 15 s of a link that stuttered explain it at 70 knots.
    const [device, gateway] = [open(), open()];
    device.take(at(0, 107.6));
    gateway.take(at(0, 107.6), 'gateway');
    expect(device.take(at(2, 107.6056))).toBe('implausible');
    expect(gateway.take(at(2, 107.6056), 'gateway')).toBe('believed');
  });
});

it('calls a report late that is older than the last one, and does not take it', () => {
  const vessel = open();
  vessel.take(at(60, 107.6));
  expect(vessel.take(at(0, 107.59))).toBe('late');
  expect(vessel.fix()?.time).toBe(start + 60_000);
});

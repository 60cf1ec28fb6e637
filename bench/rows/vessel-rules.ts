import type { VesselFix, VesselIdentity, VesselUpdate } from '../../core/vessel.ts';
import { stage } from '../../pipelines/vessel-rules/stage.ts';
import { benchSite } from '../events.ts';
import { growthBegan, growthInterval } from '../growth.ts';
import type { BenchRow } from '../row.ts';

const few = 1000;
const many = 20_000;
const positions = 100_000;
const batchItems = 1000;
/** Between two vessels on their way side by side: some 5 km, so that each has others within reach. */
const spacingDegrees = 0.05;
const zones = [{ id: 'waters', name: 'waters', kind: 'channel' }] as const;

/** All of them under way in waters where collisions are asked for, every other one against the others. */
const createTraffic = (vessels: number): { round(): number } => {
  const running = stage.bind({}, benchSite).start(new Map());
  const side = Math.ceil(Math.sqrt(vessels));
  const identities = Array.from({ length: vessels }, (_, index): VesselIdentity => {
    const mmsi = 574_000_000 + index;
    return { key: `mmsi/${mmsi}`, mmsi, mmsiKind: 'ship' };
  });
  const last: (VesselFix | undefined)[] = [];
  const receivers = ['ais-1'];
  let next = 0;

  const updateAt = (report: number): VesselUpdate => {
    const index = report % vessels;
    const turn = Math.floor(report / vessels);
    const isEastbound = index % 2 === 0;
    const way = ((turn * 10 * 0.000_05) % spacingDegrees) * (isEastbound ? 1 : -1);
    const fix: VesselFix = {
      source: 'ais',
      time: growthBegan + turn * growthInterval + Math.floor((index / vessels) * growthInterval),
      longitude: 107 + (index % side) * spacingDegrees + way,
      latitude: 5 + Math.floor(index / side) * spacingDegrees,
      sogKnots: 10,
      cogDegrees: isEastbound ? 90 : 270,
    };
    const previous = last[index];
    last[index] = fix;
    return {
      kind: 'vessel-update',
      cause: 'position',
      device: 'ais-1',
      time: fix.time,
      timeFrom: 'device',
      vessel: identities[index] ?? { key: 'unknown' },
      fix,
      ...(previous !== undefined && { previous }),
      receivers,
      firstSeen: growthBegan,
      lastSeen: fix.time,
      zones,
    };
  };

  return {
    round: () => {
      let microseconds = 0;
      for (let count = 0; count < positions; count += batchItems) {
        const batch = Array.from({ length: batchItems }, () => updateAt(next++));
        const now = batch.at(-1)?.time ?? growthBegan;
        const before = process.cpuUsage();
        running.step(batch);
        running.tick(now);
        const { user, system } = process.cpuUsage(before);
        microseconds += user + system;
      }
      return microseconds / positions;
    },
  };
};

export const row: BenchRow = {
  name: 'vessel-rules',
  summary: `CPU time of a position of one of ${many} vessels under way among others, through all rules`,
  unit: 'µs',
  peer: `the same with ${few} vessels`,
  // log(20 000) / log(1000) is 1.43; the rest is memory that the caches do not hold.
  goal: { ratio: { atMost: 2 } },
  prepare: async () => {
    const large = createTraffic(many);
    const small = createTraffic(few);
    return { ours: async () => large.round(), peer: async () => small.round() };
  },
};

/**
 * A process of its own that follows many vessels through the stages that vessels have by default, and tells the parent by
 * how much that made it grow: `fork` it with the number of vessels.
 */
import type { Item } from '../core/conclusion.ts';
import type { Observation } from '../core/observation.ts';
import type { RunningStage } from '../core/stage.ts';
import { stage as downsample } from '../pipelines/downsample/stage.ts';
import { stage as track } from '../pipelines/track/stage.ts';
import { benchSite } from './events.ts';
import { growthBegan, growthInterval } from './growth.ts';

const vessels = Number(process.argv[2]);
const rounds = 30;
const batchItems = 100;
const receivers = ['ais-1', 'ais-2', 'ais-3'];

const positionAt = (vessel: number, round: number): Observation => ({
  kind: 'vessel-position',
  device: receivers[vessel % receivers.length] ?? '',
  time: growthBegan + round * growthInterval,
  timeFrom: 'gateway',
  mmsi: 200_000_000 + vessel * 17,
  stationClass: 'A',
  messageType: 1,
  longitude: 107 + vessel / 100_000 + round * 0.0004,
  latitude: 16.5,
  accurate: true,
  sogKnots: 8.3,
  cogDegrees: 90.5,
  headingDegrees: 91,
  rateOfTurnDegreesPerMinute: 0,
  navigationStatus: 7,
});

const particularsAt = (vessel: number, round: number): Observation => ({
  kind: 'vessel-static',
  device: receivers[vessel % receivers.length] ?? '',
  time: growthBegan + round * growthInterval,
  timeFrom: 'gateway',
  mmsi: 200_000_000 + vessel * 17,
  imo: 9_000_000 + vessel,
  callSign: `XV${vessel}`,
  name: `VESSEL NUMBER ${vessel}`,
  shipType: 30,
  toBowMetres: 12,
  toSternMetres: 5,
  toPortMetres: 2,
  toStarboardMetres: 3,
  draughtMetres: 2.1,
  destination: `PORT ${vessel % 1000}`,
});

const megabytes = (): number => process.memoryUsage.rss() / 1e6;

let highest = 0;
const look = (): void => {
  highest = Math.max(highest, megabytes());
};

/** All vessels say where they are, and at first who; then comes a checkpoint, as every 10 s in the gateway. */
const live = (stages: readonly RunningStage[], count: number, round: number): void => {
  for (const stage of stages) stage.tick(growthBegan + round * growthInterval, round * growthInterval);
  for (let first = 0; first < count; first += batchItems) {
    let items: readonly Item[] = Array.from({ length: Math.min(batchItems, count - first) }, (_, index) =>
      round === 0 ? particularsAt(first + index, round) : positionAt(first + index, round),
    );
    for (const stage of stages) items = stage.step(items).output;
  }
  look();
  for (const stage of stages) stage.checkpoint();
  look();
};

const start = (): readonly RunningStage[] =>
  [track, downsample].map(stage => stage.bind({}, benchSite).start(new Map()));

// Code is compiled, and the young generation of the heap as large as it becomes with few vessels.
const few = start();
for (let round = 0; round < 200; round++) live(few, 1000, round);
highest = 0;
const before = megabytes();
const many = start();
for (let round = 0; round < rounds; round++) live(many, vessels, round);
process.send?.(highest - before);
process.disconnect?.();

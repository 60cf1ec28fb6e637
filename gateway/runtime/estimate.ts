/**
 * How much a device will send in a day, for `haidang check`: its pipelines run on an hour of assumed traffic, and what
 * they conclude is sealed and weighed.
 */
import type { Conclusion } from '../../core/conclusion.ts';
import { destinationOf, metresPerSecondPerKnot } from '../../core/geodesy.ts';
import type { DetectedObject, Observation } from '../../core/observation.ts';
import { type QuantityName, quantities } from '../../core/quantity.ts';
import type { Site } from '../../core/site.ts';
import { hours, type Instant, seconds } from '../../core/time.ts';
import { stages as registeredStages } from '../../pipelines/registry.generated.ts';
import { type BoundPipeline, bindPipelines, defaultPipelines, type PipelineConfig } from './bind-pipelines.ts';
import { createSealer } from './create-sealer.ts';
import type { Sealer } from './seal.ts';
import { openStageLine } from './stage-line.ts';

export interface TrafficSource {
  readonly device: string;
  readonly emits: readonly Observation['kind'][];
  /** What a sensor measures, where its configuration tells. */
  readonly quantities?: readonly QuantityName[];
}

export interface TrafficEstimate {
  readonly device: string;
  readonly eventsPerDay: number;
  /** On the wire, with the topics and acknowledgements of MQTT over TCP, without pictures. */
  readonly bytesPerDay: number;
  /** What was assumed, in words. */
  readonly assumed: string;
}

const assumedVessels = 20;
const assumedObjects = 30;
const assumedSignals = 12;
const assumedQuantities = [
  'pm1',
  'pm25',
  'pm10',
  'temperature',
  'relativeHumidity',
] as const satisfies readonly QuantityName[];
const sampleEvery = 10;

/** MQTT and TCP/IP headers of a publish and of its acknowledgement. */
const overheadBytes = 100;

/** Midnight: no period of a day is cut by it. */
const start: Instant = Date.UTC(2026, 0, 1);
const second = seconds(1);
const secondsPerHour = 3600;

type Traffic = (at: number, time: Instant, device: string) => readonly Observation[];

const measurements =
  (names: readonly QuantityName[]): Traffic =>
  (at, time, device) =>
    at % sampleEvery === 0
      ? names.map(quantity => {
          const { minimum, maximum } = quantities[quantity];
          const value = minimum + (maximum - minimum) * (0.5 + 0.01 * Math.sin(at));
          return { kind: 'measurement', device, time, timeFrom: 'gateway', quantity, value } as const;
        })
      : [];

/** Vessels go round in circles: those that go straight on need hardly be told. */
const sogKnots = 8.3;
const circleMetres = 2000;

const aroundAt = (at: number) => {
  const bearing = ((sogKnots * metresPerSecondPerKnot * at) / circleMetres / Math.PI) * 180;
  const { longitude, latitude } = destinationOf({ longitude: 107.6, latitude: 16.57 }, bearing, circleMetres);
  return {
    longitude: Number(longitude.toFixed(6)),
    latitude: Number(latitude.toFixed(6)),
    sogKnots,
    cogDegrees: Number(((bearing + 90) % 360).toFixed(1)),
  };
};

const mmsis = Array.from({ length: assumedVessels }, (_, index) => 574_000_000 + index);

const positions: Traffic = (at, time, device) =>
  at % sampleEvery === 0
    ? mmsis.map(mmsi => ({
        kind: 'vessel-position',
        device,
        time,
        timeFrom: 'gateway',
        mmsi,
        stationClass: 'A',
        messageType: 1,
        ...aroundAt(at),
        accurate: true,
        headingDegrees: 212,
        navigationStatus: 7,
      }))
    : [];

/** Every two hours, as the law wants it. */
const vmsPositions: Traffic = (at, time, device) =>
  at % (2 * secondsPerHour) === 0
    ? mmsis.map((mmsi, index) => ({
        kind: 'vms-position',
        device,
        time,
        timeFrom: 'device',
        provider: 'provider',
        vmsId: String(mmsi),
        mark: `TTH-${90_000 + index}-TS`,
        ...aroundAt(at),
        report: 'position',
      }))
    : [];

const particulars: Traffic = (at, time, device) =>
  at % 360 === 0
    ? mmsis.map(mmsi => ({
        kind: 'vessel-static',
        device,
        time,
        timeFrom: 'gateway',
        mmsi,
        name: 'TTH 96969 TS',
        callSign: 'XVAB1',
        shipType: 30,
        toBowMetres: 12,
        toSternMetres: 5,
        toPortMetres: 2,
        toStarboardMetres: 3,
      }))
    : [];

/** One object after the other walks from the left through the picture, for ten seconds each. */
const detections: Traffic = (at, time, device) => {
  const period = secondsPerHour / assumedObjects;
  const age = at % period;
  const track = `${start}-${Math.floor(at / period)}`;
  if (age > 10) return [];
  const object: DetectedObject = {
    label: 'person',
    confidence: 0.8123,
    box: { x: age * 0.09, y: 0.3123, width: 0.0812, height: 0.3 },
    track,
  };
  return [
    {
      kind: 'detections',
      device,
      time,
      timeFrom: 'gateway',
      objects: age < 10 ? [object] : [],
      ended: age < 10 ? [] : [track],
      detector: { model: 'harbor-nano', version: '0.1.0', sha256: '0'.repeat(64), threshold: 0.5 },
    },
  ];
};

/** Motion for half a minute. */
const signals: Traffic = (at, time, device) => {
  const period = secondsPerHour / assumedSignals;
  const age = at % period;
  if (age !== 0 && age !== 30) return [];
  const state = age === 0 ? 'begun' : 'ended';
  return [{ kind: 'camera-signal', device, time, timeFrom: 'device', signal: 'motion', state, by: 'camera' }];
};

const none: Traffic = () => [];

const trafficByKind: Readonly<Record<Observation['kind'], (source: TrafficSource) => Traffic>> = {
  measurement: source => measurements(source.quantities ?? assumedQuantities),
  'vessel-position': () => positions,
  'vessel-static': () => particulars,
  detections: () => detections,
  'camera-signal': () => signals,
  'vms-position': () => vmsPositions,
  // At most one a minute, and its file is no event.
  'camera-clip': () => none,
  // A few events an hour: nothing beside the vessels.
  'navigation-aid': () => none,
  'base-station': () => none,
  'safety-text': () => none,
  'application-message': () => none,
  'vms-call': () => none,
  'vessel-status': () => none,
  'vessel-acknowledgement': () => none,
};

const quantitiesOf = (count: number): string => (count === 1 ? '1 quantity' : `${count} quantities`);

const assumptionOf = ({ emits, quantities: names }: TrafficSource): string =>
  [
    ...(emits.includes('measurement') ? [quantitiesOf((names ?? assumedQuantities).length)] : []),
    ...(emits.includes('vessel-position') ? [`${assumedVessels} vessels under way`] : []),
    ...(emits.includes('vms-position') ? [`${assumedVessels} vessels, every two hours`] : []),
    ...(emits.includes('detections') ? [`${assumedObjects} objects an hour, without pictures`] : []),
    ...(emits.includes('camera-signal') ? [`${assumedSignals} signals of the camera an hour`] : []),
  ].join(', ');

/** What an hour of traffic concludes, after another hour that warmed the stages up. */
const concludeHour = (
  pipelines: readonly BoundPipeline[],
  device: string,
  traffic: readonly Traffic[],
): readonly Conclusion[] => {
  const lines = pipelines.map(({ stages }) => openStageLine(stages));
  const concluded: Conclusion[] = [];
  for (let at = 0; at < 2 * secondsPerHour; at++) {
    const time = start + at * second;
    const items = traffic.flatMap(make => make(at, time, device));
    for (const line of lines) {
      const output = [...line.take(items), ...line.tick(time)];
      if (at >= secondsPerHour) for (const item of output) if (item.kind === 'conclusion') concluded.push(item);
    }
  }
  return concluded;
};

const weigh = (concluded: readonly Conclusion[], sealer: Sealer): number =>
  concluded.reduce((sum, conclusion) => {
    // A state replaces the one before: it takes no room.
    if (sealer.isState(conclusion.event)) return sum;
    const { topic, body } = sealer.event(conclusion, start + hours(2), 'ntp');
    return sum + Buffer.byteLength(body) + topic.length + overheadBytes;
  }, 0);

/** Throws `config` as `bindPipelines` does. */
export const estimateTraffic = (
  site: Site,
  configured: readonly PipelineConfig[],
  sources: readonly TrafficSource[],
): readonly TrafficEstimate[] => {
  const pipelines = bindPipelines(
    configured.length > 0 ? configured : defaultPipelines(site.devices.values()),
    site,
    registeredStages,
  );
  const sealer = createSealer(site);
  /** A thousand sensors of one kind are weighed once. */
  const known = new Map<string, Pick<TrafficEstimate, 'eventsPerDay' | 'bytesPerDay'>>();
  return sources.map(source => {
    const { device } = source;
    const own = pipelines.filter(({ devices }) => devices.has(device));
    const key = JSON.stringify([own.map(({ name }) => name), source.emits, source.quantities]);
    let found = known.get(key);
    if (found === undefined) {
      const concluded = concludeHour(
        own,
        device,
        source.emits.map(kind => trafficByKind[kind](source)),
      );
      found = { eventsPerDay: concluded.length * 24, bytesPerDay: weigh(concluded, sealer) * 24 };
      known.set(key, found);
    }
    return { device, ...found, assumed: assumptionOf(source) };
  });
};

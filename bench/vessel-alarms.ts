/**
 * How often the rules of vessels cry wolf, and how often they tell what is true: an ordinary day at a harbor, with all
 * that looks suspicious and is not, through real decoders and stages; and the same day with what does happen in it.
 */

import { readFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import { parseConfig } from '../config/parse.ts';
import type { Conclusion } from '../core/conclusion.ts';
import { type Duration, hours, type Instant } from '../core/time.ts';
import { type ReplayOptions, replay } from '../gateway/replay/replay.ts';
import { bindPipelines } from '../gateway/runtime/bind-pipelines.ts';
import { toStageFile } from '../gateway/runtime/stage-files.ts';
import { stages } from '../pipelines/registry.generated.ts';
import { ruleNames } from '../pipelines/vessel-rules/rules.ts';
import type { Boat } from '../simulators/fleet/boats.ts';
import { createFleet } from '../simulators/fleet/fleet.ts';
import { formatGateway, vmsDeviceId } from '../simulators/fleet/gateway.ts';
import { ordinaryReceivers, recordOrdinaryDay } from '../simulators/fleet/ordinary-day.ts';
import { fleetPlan } from '../simulators/fleet/plan.ts';
import { recordVms } from '../simulators/fleet/record.ts';
import { formatRegistry } from '../simulators/fleet/registry.ts';
import { fleetZonesFile } from '../simulators/scenarios/scenario.ts';
import { between, createRandom, type Random } from '../simulators/world/random.ts';
import { collisions, harmless, tellChannelMeeting } from './channel-meetings.ts';
import { tellMeetings } from './vessel-meetings.ts';

const day = hours(24);

export interface OrdinaryDay {
  readonly start: Instant;
  readonly vesselDays: number;
  /** What was raised, detected or changed by rules. */
  readonly alarms: readonly Conclusion[];
}

const isAlarm = ({ source, event }: Conclusion): boolean =>
  source === 'vessel-rules' && !/\.(?:updated|cleared)$/.test(event);

export const watchOrdinaryDay = async (
  seed: number,
  boats: number,
  duration: Duration,
  incidents: readonly object[] = [],
): Promise<OrdinaryDay> => {
  const fleet = createFleet(seed, { ...fleetPlan.parse({ boats, hearing: 100, incidents }), duration });
  const yaml = parse(formatGateway(fleet, { registry: 'registry.csv', zones: 'zones.geojson' }));
  const [receiver, ...others] = yaml.devices;
  yaml.devices = [
    ...ordinaryReceivers.map(({ id }, index) => ({
      ...receiver,
      id,
      connection: { transport: 'udp', port: 10_110 + index },
    })),
    ...others,
  ];
  yaml.pipelines[0].from = yaml.devices.map(({ id }: { id: string }) => id);
  const { config, problems } = parseConfig(stringify(yaml), 'gateway.yaml');
  if (config === undefined) throw new Error(JSON.stringify(problems));
  const [pipeline] = bindPipelines(config.pipelines, config.site, stages);
  if (pipeline === undefined) throw new Error('there is no pipeline');
  const decoderOf = (id: string) => {
    const device = config.devices.find(({ profile }) => profile.id === id);
    const decode = device?.driver.host === 'main' ? device.driver.bind(id, device.slice).createDecoder() : undefined;
    if (decode === undefined) throw new Error(`${id} has no decoder`);
    return decode;
  };
  const files = new Map([
    ['registry.csv', formatRegistry(fleet)],
    ['zones.geojson', await readFile(fleetZonesFile, 'utf8')],
  ]);
  const recorded = recordOrdinaryDay(seed, fleet);
  const alarms: Conclusion[] = [];
  const last = new Map<string, number>();
  let followed = 0;
  const options: ReplayOptions = {
    site: config.site,
    pipeline,
    sources: [
      ...[...recorded].map(([device, records]) => ({ device, decode: decoderOf(device), records })),
      ...fleet.providers.map(provider => ({
        device: vmsDeviceId(provider),
        decode: decoderOf(vmsDeviceId(provider)),
        records: recordVms(fleet, provider),
      })),
    ],
    readFile: async (path, file, time) => toStageFile(file, files.get(path) ?? '', { now: () => time }),
    tap: ({ name }, { output }) => {
      if (name !== 'track') return;
      for (const item of output) {
        if (item.kind !== 'vessel-update' || item.fix === undefined || item.late) continue;
        const { key } = item.vessel;
        followed += Math.max(0, item.fix.time - (last.get(key) ?? item.fix.time));
        last.set(key, item.fix.time);
      }
    },
    onEvent: (_, conclusion) => {
      if (isAlarm(conclusion)) alarms.push(conclusion);
    },
  };
  await replay(options);
  return { start: fleet.start, vesselDays: followed / day, alarms };
};

/** What really happens on a day, and which alarm of which vessel has to come of it. */
interface Story {
  readonly rule: string;
  readonly incident: object;
  readonly subjects: readonly string[];
  readonly from: Duration;
}

const meetingsOfKind = 50;
/** Of others through a bend before two meet there. */
const passages = 12;
/** So many of each that happens to one boat. */
const perRule = 4;
/** After it begins; a terminal of VMS reports every two hours. */
const toldWithin = hours(9);

/** As a scenario writes it. */
const written = (duration: Duration): string => `${Math.round(duration / 1000)}s`;

/** Each befalls another boat, at sea, at another time, for another while and elsewhere. */
const tellStories = (seed: number, boats: number): readonly Story[] => {
  const random = createRandom(seed, 'stories');
  const fleet = createFleet(seed, fleetPlan.parse({ boats, hearing: 100 }));
  const left = [...fleet.boats].sort(() => random() - 0.5);
  const take = (fits: (boat: Boat) => boolean): Boat => {
    const [boat] = left.splice(left.findIndex(fits), 1);
    if (boat === undefined) throw new RangeError('there are too few boats');
    return boat;
  };
  const place = (): readonly number[] => [between(random, 107.65, 107.8), between(random, 16.62, 16.74)];
  const hasAis = ({ ais, lengthMetres }: Boat): boolean => ais !== 'none' && lengthMetres < 15;
  const hasVms = ({ vms }: Boat): boolean => vms !== 'none' && vms !== 'vnpt';
  const kinds: readonly [string, (boat: Boat) => boolean, string, (random: Random) => object, number, number][] = [
    ['vms-silence', hasVms, 'silent', () => ({ device: 'vms' }), 5, 8],
    ['ais-silence', hasAis, 'silent', () => ({ device: 'ais' }), 1, 4],
    ['identity-conflict', hasAis, 'twin', () => ({ place: place() }), 2, 5],
    ['position-jump', hasAis, 'teleport', () => ({ device: 'ais', place: place() }), 0.3, 1],
    [
      'source-mismatch',
      boat => hasVms(boat) && boat.ais !== 'none',
      'teleport',
      () => ({ device: 'vms', place: place() }),
      5,
      8,
    ],
  ];
  const stories = kinds.flatMap(([rule, fits, kind, more, least, most]) =>
    Array.from({ length: perRule }, (): Story => {
      const boat = take(fits);
      const from = Math.round(hours(between(random, 5, 11)));
      const to = from + Math.round(hours(between(random, least, most)));
      const incident = { kind, boat: boat.number, from: written(from), to: written(to), ...more(random) };
      return { rule, incident, from, subjects: [`vessel/vnfish/${boat.mark}`, `vessel/mmsi/${boat.vessel.mmsi}`] };
    }),
  );
  const renamed = take(hasAis);
  const at = Math.round(hours(between(random, 5, 11)));
  const outage = Math.round(hours(between(random, 5, 9)));
  const beacons = [970_574_101, 972_574_102, 974_574_103].map((mmsi): Story => {
    const from = Math.round(hours(between(random, 2, 20)));
    return {
      rule: 'distress',
      incident: {
        kind: 'beacon',
        mmsi,
        from: written(from),
        to: written(from + hours(1)),
        place: place(),
        mode: 'active',
      },
      from,
      subjects: [`vessel/mmsi/${mmsi}`],
    };
  });
  return [
    ...stories,
    ...beacons,
    {
      rule: 'identity',
      incident: { kind: 'rename', boat: renamed.number, at: written(at), name: 'HAI AU 7' },
      from: at,
      subjects: [`vessel/vnfish/${renamed.mark}`],
    },
    {
      rule: 'provider-outage',
      incident: {
        kind: 'outage',
        provider: 'vnpt',
        from: written(outage),
        to: written(outage + hours(5)),
        kept: 'late',
      },
      from: outage,
      subjects: ['vms-provider/vnpt'],
    },
  ];
};

const ruleOf = ({ event }: Conclusion): string => event.split('.')[1] ?? event;

interface Score {
  happened: number;
  told: number;
  /** On days on which nothing happens. */
  wolf: number;
}

if (import.meta.main) {
  const [days = 3, boats = 150, firstSeed = 1] = process.argv.slice(2).map(Number);
  const scores = new Map<string, Score>(ruleNames.map(rule => [rule, { happened: 0, told: 0, wolf: 0 }]));
  const count = (rule: string, what: keyof Score): void => {
    const score = scores.get(rule);
    if (score !== undefined) score[what]++;
  };
  let vesselDays = 0;
  for (let seed = firstSeed; seed < firstSeed + days; seed++) {
    const ordinary = await watchOrdinaryDay(seed, boats, day);
    vesselDays += ordinary.vesselDays;
    for (const alarm of ordinary.alarms) count(ruleOf(alarm), 'wolf');
    const stories = tellStories(seed, boats);
    const { alarms, start } = await watchOrdinaryDay(
      seed,
      boats,
      day,
      stories.map(({ incident }) => incident),
    );
    for (const { rule, subjects, from } of stories) {
      count(rule, 'happened');
      const isTold = alarms.some(
        alarm =>
          ruleOf(alarm) === rule &&
          subjects.includes(alarm.subject) &&
          alarm.time >= start + from &&
          alarm.time <= start + from + toldWithin,
      );
      if (isTold) count(rule, 'told');
    }
  }
  for (const [rule, told] of tellMeetings(meetingsOfKind)) {
    const score = scores.get(rule);
    if (score !== undefined) scores.set(rule, { ...score, happened: meetingsOfKind, told });
  }
  console.log(`${days} days, ${vesselDays.toFixed(0)} vessel-days`);
  console.log('| Rule | Alarms per 100 vessel-days on which nothing happens | Told of what happened |');
  console.log('| --- | --- | --- |');
  for (const [rule, { happened, told, wolf }] of scores)
    console.log(
      `| \`${rule}\` | ${((100 * wolf) / vesselDays).toFixed(1)} | ${happened === 0 ? '' : `${told} of ${happened}`} |`,
    );
  console.log('| In the bend of a channel | Told | Lead, median |');
  console.log('| --- | --- | --- |');
  for (const kind of [...harmless, ...collisions]) {
    const leads = Array.from({ length: meetingsOfKind }, (_, seed) => tellChannelMeeting(kind, seed + 1, passages));
    const told = leads.filter(lead => lead !== undefined).toSorted((one, other) => one - other);
    const median = told[Math.floor(told.length / 2)];
    console.log(
      `| ${kind.name} | ${told.length} of ${meetingsOfKind} | ${median === undefined ? '' : `${median.toFixed(0)} s`} |`,
    );
  }
}

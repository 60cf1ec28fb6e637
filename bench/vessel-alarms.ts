/**
 * How often the rules cry wolf: an ordinary day at a harbor, with all that looks suspicious and is not, through real
 * decoders and stages.
 */

import { readFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import { parseConfig } from '../config/parse.ts';
import type { Conclusion } from '../core/conclusion.ts';
import { type Duration, hours } from '../core/time.ts';
import { type ReplayOptions, replay } from '../gateway/replay/replay.ts';
import { bindPipelines } from '../gateway/runtime/bind-pipelines.ts';
import { toStageFile } from '../gateway/runtime/stage-files.ts';
import { stages } from '../pipelines/registry.generated.ts';
import { createFleet } from '../simulators/fleet/fleet.ts';
import { formatGateway, vmsDeviceId } from '../simulators/fleet/gateway.ts';
import { ordinaryReceivers, recordOrdinaryDay } from '../simulators/fleet/ordinary-day.ts';
import { fleetPlan } from '../simulators/fleet/plan.ts';
import { recordVms } from '../simulators/fleet/record.ts';
import { formatRegistry } from '../simulators/fleet/registry.ts';
import { fleetZonesFile } from '../simulators/scenarios/scenario.ts';

const day = hours(24);

export interface OrdinaryDay {
  readonly vesselDays: number;
  readonly sentences: number;
  /** What was raised, detected or changed by rules. */
  readonly alarms: readonly Conclusion[];
}

const isAlarm = ({ source, event }: Conclusion): boolean =>
  source === 'vessel-rules' && !/\.(?:updated|cleared)$/.test(event);

export const watchOrdinaryDay = async (seed: number, boats: number, duration: Duration): Promise<OrdinaryDay> => {
  const fleet = createFleet(seed, { ...fleetPlan.parse({ boats, hearing: 100 }), duration });
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
  let [followed, sentences] = [0, 0];
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
  for (const lines of recorded.values()) sentences += lines.length;
  await replay(options);
  return { vesselDays: followed / day, sentences, alarms };
};

if (import.meta.main) {
  const [seed = 1, boats = 150, length = 24] = process.argv.slice(2).map(Number);
  const began = performance.now();
  const { vesselDays, sentences, alarms } = await watchOrdinaryDay(seed, boats, hours(length));
  const counts = new Map<string, number>();
  for (const { event, subject, time, data } of alarms) {
    counts.set(event, (counts.get(event) ?? 0) + 1);
    console.log(new Date(time).toISOString(), event, subject, JSON.stringify(data));
  }
  console.log(counts, vesselDays, sentences, (performance.now() - began) / 1000);
}

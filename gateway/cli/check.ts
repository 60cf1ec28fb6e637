import { loadConfigWithTexts } from '../../config/parse.ts';
import type { Config, DeviceConfig } from '../../config/schema.ts';
import { defineCommand } from '../../core/command-line.ts';
import { kindsFrom } from '../../core/driver.ts';
import { isQuantity, type QuantityName } from '../../core/quantity.ts';
import { estimateTraffic, type TrafficSource } from '../runtime/estimate.ts';
import { checkPictures } from './picture-check.ts';
import { formatProblem } from './report.ts';
import { checkScenes } from './scene-check.ts';
import { checkSite } from './site-check.ts';
import { checkSmaller } from './smaller-check.ts';
import { checkStageFiles } from './stage-file-check.ts';
import { formatTable } from './table.ts';
import { checkZones } from './zone-check.ts';

/** What a slice names under the key `quantity`, wherever it stands: what this sensor measures. */
const quantitiesIn = (slice: unknown): readonly QuantityName[] => {
  if (typeof slice !== 'object' || slice === null) return [];
  return Object.entries(slice).flatMap(([key, value]) =>
    key === 'quantity' && typeof value === 'string' && isQuantity(value) ? [value] : quantitiesIn(value),
  );
};

const toSource = ({ profile, driver, slice, detect }: DeviceConfig): TrafficSource => {
  const named = quantitiesIn(slice);
  return {
    device: profile.id,
    // Cameras that detect by themselves need no model of ours.
    emits: kindsFrom(driver).filter(
      kind => kind !== 'detections' || detect !== undefined || driver.emits.includes('detections'),
    ),
    ...(named.length > 0 && { quantities: named }),
  };
};

const formatTraffic = ({ devices, pipelines, site }: Config): string => {
  const estimates = estimateTraffic(site, pipelines, devices.map(toSource));
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  const total = estimates.reduce((sum, { bytesPerDay }) => sum + bytesPerDay, 0);
  return formatTable([
    ['DEVICE', 'EVENTS A DAY', 'MB A DAY', 'ASSUMED'],
    ...estimates.map(({ device, eventsPerDay, bytesPerDay, assumed }) => [
      device,
      String(Math.round(eventsPerDay)),
      megabytes(bytesPerDay),
      assumed,
    ]),
    ['together', '', megabytes(total), 'on the uplink, without pictures'],
  ]);
};

export const checkCommand = defineCommand({
  name: 'check',
  summary:
    'Check a configuration: every problem with its place and what to do, and what the devices will send in a day.',
  usage: 'FILE',
  examples: [{ line: 'config/sensor-station.yaml', summary: 'Before the gateway is started with it' }],
  run: async ({ positionals: [file = ''], out, err }) => {
    const { config, problems, warnings, texts } = await loadConfigWithTexts(file);
    for (const problem of problems) err(formatProblem(file, 'error', problem));
    const files = config === undefined ? [] : await checkStageFiles(config, texts);
    const pictures = config === undefined ? [] : await checkPictures(config, texts);
    const scenes = config === undefined ? [] : await checkScenes(config, texts);
    const zones = config === undefined ? [] : await checkZones(config, texts);
    const smaller = config === undefined ? [] : await checkSmaller(config, texts);
    const doubts = [...warnings, ...(await checkSite(texts)), ...files, ...pictures, ...scenes, ...zones, ...smaller];
    doubts.sort((one, other) => one.line - other.line || one.column - other.column);
    for (const doubt of doubts) err(formatProblem(file, 'warning', doubt));
    if (config === undefined) {
      err(`${problems.length === 1 ? 'one problem' : `${problems.length} problems`}: the gateway would not start\n`);
      return 1;
    }
    const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
    out(`${file} is good: ${count(config.devices.length, 'device')}, ${count(config.uplinks.length, 'uplink')}\n`);
    if (config.devices.length > 0) out(`\n${formatTraffic(config)}`);
    return 0;
  },
});

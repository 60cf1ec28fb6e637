/**
 * Every scenario of the fleet through the real decoders and stages with their own limits, by the time of its recording:
 * what comes of it is exactly what the scenario names.
 */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parseConfig } from '../../../config/parse.ts';
import { type ReplayOptions, replay } from '../../../gateway/replay/replay.ts';
import { bindPipelines } from '../../../gateway/runtime/bind-pipelines.ts';
import { toStageFile } from '../../../gateway/runtime/stage-files.ts';
import { stages } from '../../../pipelines/registry.generated.ts';
import { type JudgedEvent, judge } from '../../../simulators/fleet/expectation.ts';
import { createFleet } from '../../../simulators/fleet/fleet.ts';
import { formatGateway, receiverId, vmsDeviceId } from '../../../simulators/fleet/gateway.ts';
import { recordAis, recordVms } from '../../../simulators/fleet/record.ts';
import { formatRegistry } from '../../../simulators/fleet/registry.ts';
import { fleetZonesFile, parseScenario, readScenario, scenarioNames } from '../../../simulators/scenarios/scenario.ts';

/** What is merely observed, or follows a vessel's own words, is not the scenario's to name. */
const routine =
  /^fishing-vessel\.(?:(?:vessel|navigation-aid|base-station)\.(?:observed|described|identified)|fleet\.)/;

const play = async (name: string) => {
  const { file, text } = await readScenario(name);
  const { seed, fleet: plan, expect: expectations } = parseScenario(text, file, {});
  if (plan === undefined) throw new Error(`${name} has no fleet`);
  const fleet = createFleet(seed, plan);
  const { config, problems } = parseConfig(
    formatGateway(fleet, { registry: 'registry.csv', zones: 'zones.geojson' }),
    'gateway.yaml',
  );
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
  const events: JudgedEvent[] = [];
  const unread = new Map<string, number>();
  const options: ReplayOptions = {
    site: config.site,
    pipeline,
    sources: [
      { device: receiverId, decode: decoderOf(receiverId), records: recordAis(fleet, seed) },
      ...fleet.providers.map(provider => ({
        device: vmsDeviceId(provider),
        decode: decoderOf(vmsDeviceId(provider)),
        records: recordVms(fleet, provider),
      })),
    ],
    readFile: async (path, file, time) => toStageFile(file, files.get(path) ?? '', { now: () => time }),
    onCount: (_, reason) => unread.set(reason, (unread.get(reason) ?? 0) + 1),
    onEvent: (_, { event, subject, time, data }) => {
      if (!routine.test(event)) events.push({ event, subject, time: new Date(time).toISOString(), data });
    },
  };
  const span = await replay(options);
  return { fleet, expectations, events, unread, span };
};

const scenarios = (await scenarioNames()).filter(name => name.startsWith('fleet'));

test('there are scenarios of the fleet', () => {
  expect(scenarios.length).toBeGreaterThanOrEqual(8);
});

test.each(scenarios)(
  '%s: what the scenario names, no more and no less',
  async name => {
    const { fleet, expectations, events, unread, span } = await play(name);
    expect([...unread]).toEqual([]);
    expect((span?.to ?? 0) - (span?.from ?? 0)).toBeGreaterThanOrEqual(fleet.end - fleet.start - 600_000);
    expect(judge(fleet.boats, expectations, events)).toEqual([]);
  },
  300_000,
);

/** Whether the lines of a file of Circular 10/2021 have something to tell. */
import { parseDuration } from '../core/time.ts';
import { filePeriod } from '../sinks/circular-10/reading.ts';
import { type Judge, unknownName } from './judge.ts';
import type { DeviceConfig, PipelineConfig } from './schema.ts';
import type { UplinkConfig } from './uplink.ts';

const makesMeans = ({ stages }: PipelineConfig): boolean =>
  stages.some(
    ({ stage, periods }) =>
      stage === 'aggregate' &&
      Array.isArray(periods) &&
      periods.some(period => typeof period === 'string' && parseDuration(period) === filePeriod),
  );

/** `ids` are those of all devices of the file, `devices` those that are good. */
export const judgeCircular10 = (
  uplinks: readonly UplinkConfig[],
  ids: readonly string[],
  devices: readonly DeviceConfig[],
  pipelines: readonly PipelineConfig[],
  judge: Judge,
): void => {
  for (const [index, uplink] of uplinks.entries()) {
    if (uplink.sink !== 'circular-10') continue;
    for (const [line, { device }] of uplink.values.entries()) {
      const path = ['uplinks', index, 'values', line, 'device'];
      if (!ids.includes(device)) {
        judge.refuse(unknownName(path, 'device', device, ids));
        continue;
      }
      const profile = devices.find(known => known.profile.id === device)?.profile;
      if (profile === undefined) continue;
      const reading = pipelines.filter(({ from }) => from.some(name => name === device || profile.tags.includes(name)));
      if (reading.some(makesMeans)) continue;
      judge.warn({
        path,
        at: 'value',
        message: `no pipeline makes 5-minute means of "${device}": its lines will say that it is in error`,
        advice: 'Add "5m" to the "periods" of the stage "aggregate" of a pipeline that reads it.',
      });
    }
  }
};

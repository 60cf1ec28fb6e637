import { z } from 'zod';
import { loadConfig } from '../../config/load.ts';
import { defineCommand } from '../../core/command-line.ts';
import { toTimestamp } from '../../core/time.ts';
import { type InspectedOutbox, inspectOutbox } from '../outbox/inspect.ts';
import { toStoreSink } from '../outbox/sink-kinds.ts';
import { apiOf, askApi, nobody, noHaidang } from './api-client.ts';
import { requireConfig } from './report.ts';
import { outboxAnswer, renderOutbox, renderUplinks, uplinkAnswer } from './status.ts';
import { formatTable } from './table.ts';

const answer = z.object({ now: z.number(), outbox: outboxAnswer, uplinks: z.array(uplinkAnswer) });

const renderRefused = ({ uplink, stream, number, body }: InspectedOutbox['setAside'][number]): string =>
  `${uplink}, event ${number} of ${stream}:\n${body}\n`;

const renderInspected = (
  folder: string,
  { epoch, outbox, waiting, deadLetters, setAside }: InspectedOutbox,
  kinds: ReadonlyMap<string, string>,
): string => {
  const uplinks = formatTable([
    ['UPLINK', 'SINK', 'WAITING'],
    ...waiting.map(({ uplink, events }) => [uplink, kinds.get(uplink) ?? '-', String(events)]),
  ]);
  const letters = deadLetters.map(
    ({ at, pipeline, stage, device, reason }) =>
      `${toTimestamp(at)}  ${device}: ${stage} of ${pipeline} could not bear an item: ${reason}\n`,
  );
  return [
    `no gateway runs; this is ${folder}, epoch ${epoch}\n\n`,
    renderOutbox(Date.now(), outbox),
    ...(waiting.length === 0 ? [] : ['\n', uplinks]),
    ...(letters.length === 0 ? [] : ['\nset aside:\n', ...letters]),
    ...(setAside.length === 0
      ? []
      : ['\nrefused by the center, as they stand in the outbox:\n', ...setAside.map(renderRefused)]),
  ].join('');
};

export const outboxCommand = defineCommand({
  name: 'outbox',
  summary: 'Show what waits in the outbox, and what was given up; also while the gateway is down.',
  usage: 'FILE',
  options: { json: { type: 'boolean', summary: 'As JSON.' } },
  examples: [{ line: 'config/sensor-station.yaml', summary: 'The outbox of the gateway of this configuration' }],
  run: async ({ values, positionals: [file = ''], out }) => {
    const address = await apiOf(file);
    const answered = await askApi(address, '/api/v1/outbox');
    if (answered === nobody) {
      const { storage, uplinks } = requireConfig(file, await loadConfig(file));
      const { folder } = storage;
      const inspected = inspectOutbox(folder, uplinks.map(toStoreSink));
      out(
        values.json === true
          ? `${JSON.stringify(inspected)}\n`
          : renderInspected(folder, inspected, new Map(uplinks.map(({ name, sink }) => [name, sink]))),
      );
      return 0;
    }
    if (values.json === true) {
      out(`${JSON.stringify(answered)}\n`);
      return 0;
    }
    const parsed = answer.safeParse(answered);
    if (!parsed.success) throw noHaidang(address);
    const { now, outbox, uplinks } = parsed.data;
    out(`${renderOutbox(now, outbox)}\n${renderUplinks(now, uplinks)}`);
    return 0;
  },
});

import { z } from 'zod';
import { defineCommand } from '../../core/command-line.ts';
import { GatewayError } from '../../core/errors.ts';
import { apiOf, askApi, nobody, noGateway } from './api-client.ts';
import { outboxAnswer, renderOutbox, renderUplinks, uplinkAnswer } from './status.ts';

const answer = z.looseObject({ now: z.number(), outbox: outboxAnswer, uplinks: z.array(uplinkAnswer) });

export const outboxCommand = defineCommand({
  name: 'outbox',
  summary: 'Show what waits in the outbox, and what was given up.',
  usage: 'FILE',
  options: { json: { type: 'boolean', summary: 'As JSON.' } },
  examples: [{ line: 'config/sensor-station.yaml', summary: 'Asks the running gateway of this configuration' }],
  run: async ({ values, positionals: [file = ''], out }) => {
    const address = await apiOf(file);
    const answered = await askApi(address, '/api/v1/outbox');
    if (answered === nobody) throw noGateway(address);
    if (values.json === true) {
      out(`${JSON.stringify(answered)}\n`);
      return 0;
    }
    const parsed = answer.safeParse(answered);
    if (!parsed.success) throw new GatewayError('protocol', `${address.url} is no Haidang gateway`);
    const { now, outbox, uplinks } = parsed.data;
    out(`${renderOutbox(now, outbox)}\n${renderUplinks(now, uplinks)}`);
    return 0;
  },
});

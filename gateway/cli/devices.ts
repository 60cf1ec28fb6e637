import { defineCommand } from '../../core/command-line.ts';
import { formatDuration } from '../../core/time.ts';
import { drivers } from '../../drivers/registry.generated.ts';
import { formatTable } from './table.ts';

export const devicesCommand = defineCommand({
  name: 'devices',
  summary: 'List the drivers: what can be connected to the gateway.',
  usage: '',
  options: { json: { type: 'boolean', summary: 'One JSON line for each driver.' } },
  examples: [
    { line: '', summary: 'What there is' },
    { line: '--json', summary: 'For a program' },
  ],
  run: async ({ values, out }) => {
    if (values.json === true) {
      for (const { name, family, summary, emits, silence } of drivers) {
        out(`${JSON.stringify({ name, family, summary, emits, silence: formatDuration(silence) })}\n`);
      }
      return 0;
    }
    const rows = drivers.map(({ name, family, emits, summary }) => [name, family, emits.join(', '), summary]);
    out(formatTable([['DRIVER', 'FAMILY', 'GIVES', 'WHAT IT IS'], ...rows]));
    return 0;
  },
});

import { defineCommand } from '../../core/command-line.ts';
import { formatDuration } from '../../core/time.ts';
import { drivers } from '../../drivers/registry.generated.ts';
import { formatTable } from './table.ts';

/** What leaves the device: of a camera's frames, only what was seen in them. */
const kindsOf = ({ host, emits }: (typeof drivers)[number]): readonly string[] =>
  host === 'vision' ? ['detections'] : emits;

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
      for (const driver of drivers) {
        const { name, family, summary, silence } = driver;
        const line = { name, family, summary, emits: kindsOf(driver), silence: formatDuration(silence) };
        out(`${JSON.stringify(line)}\n`);
      }
      return 0;
    }
    const rows = drivers.map(driver => [
      driver.name,
      driver.family,
      `${driver.summary} Gives: ${kindsOf(driver).join(', ')}.`,
    ]);
    out(formatTable([['DRIVER', 'FAMILY', 'WHAT IT IS'], ...rows]));
    return 0;
  },
});

import { loadConfig } from '../../config/load.ts';
import { defineCommand } from '../../core/command-line.ts';
import { kindsFrom } from '../../core/driver.ts';
import { formatDuration } from '../../core/time.ts';
import { drivers } from '../../drivers/registry.generated.ts';
import { formatProblem } from './report.ts';
import { formatTable } from './table.ts';

export const devicesCommand = defineCommand({
  name: 'devices',
  summary:
    'List the drivers: what can be connected to the gateway. Or the devices of a configuration, and when each is called silent.',
  usage: '[FILE]',
  options: { json: { type: 'boolean', summary: 'One JSON line for each.' } },
  examples: [
    { line: '', summary: 'What there is' },
    { line: '--json', summary: 'For a program' },
    { line: 'config/sensor-station.yaml', summary: 'After how long without a word each of its devices is missed' },
  ],
  run: async ({ values, positionals: [file], out, err }) => {
    if (file !== undefined) {
      const { config, problems } = await loadConfig(file);
      for (const problem of problems) err(formatProblem(file, 'error', problem));
      const found = config?.devices.map(({ profile: { id, driver }, silence }) => ({
        id,
        driver,
        silence: formatDuration(silence),
      }));
      if (found === undefined) return 1;
      if (values.json === true) for (const device of found) out(`${JSON.stringify(device)}\n`);
      else out(formatTable([['DEVICE', 'DRIVER', 'MISSED AFTER'], ...found.map(device => Object.values(device))]));
      return 0;
    }
    if (values.json === true) {
      for (const driver of drivers) {
        const { name, family, summary, silence } = driver;
        const line = { name, family, summary, emits: kindsFrom(driver), silence: formatDuration(silence) };
        out(`${JSON.stringify(line)}\n`);
      }
      return 0;
    }
    const rows = drivers.map(driver => [
      driver.name,
      driver.family,
      `${driver.summary} Gives: ${kindsFrom(driver).join(', ')}.`,
    ]);
    out(formatTable([['DRIVER', 'FAMILY', 'WHAT IT IS'], ...rows]));
    return 0;
  },
});

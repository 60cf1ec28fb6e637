import { loadConfig } from '../../config/load.ts';
import { defineCommand } from '../../core/command-line.ts';
import { formatProblem } from './report.ts';
import { checkSite } from './site-check.ts';

export const checkCommand = defineCommand({
  name: 'check',
  summary: 'Check a configuration: every problem with its place and what to do about it.',
  usage: 'FILE',
  examples: [{ line: 'config/sensor-station.yaml', summary: 'Before the gateway is started with it' }],
  run: async ({ positionals: [file = ''], out, err }) => {
    const loaded = await loadConfig(file);
    const { config, problems, warnings, texts } = loaded;
    for (const problem of problems) err(formatProblem(file, 'error', problem));
    for (const warning of [...warnings, ...(await checkSite(texts))]) err(formatProblem(file, 'warning', warning));
    if (config === undefined) {
      err(`${problems.length === 1 ? 'one problem' : `${problems.length} problems`}: the gateway would not start\n`);
      return 1;
    }
    const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
    out(`${file} is good: ${count(config.devices.length, 'device')}, ${count(config.uplinks.length, 'uplink')}\n`);
    return 0;
  },
});

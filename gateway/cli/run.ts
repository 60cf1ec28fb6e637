import { parseFileApart } from '../../config/parse-apart.ts';
import { defineCommand } from '../../core/command-line.ts';

export const runCommand = defineCommand({
  name: 'run',
  summary: 'Run the gateway until SIGTERM or Ctrl-C: then it drains, commits and exits with 0.',
  usage: 'FILE',
  examples: [{ line: 'config/sensor-station.yaml', summary: 'As a service does it' }],
  run: async ({ positionals: [file = ''], out }) => {
    // Parsed by its thread while this one loads the program: a large file takes as long as that.
    const parsing = await parseFileApart(file);
    const { runService } = await import('./service.ts');
    return runService({ file, parsing, out });
  },
});

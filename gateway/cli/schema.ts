import { configJsonSchema } from '../../config/json-schema.ts';
import { defineCommand } from '../../core/command-line.ts';

export const schemaCommand = defineCommand({
  name: 'schema',
  summary: 'Print the JSON Schema of configuration files, for editors.',
  usage: '',
  examples: [
    {
      line: '> haidang.schema.json',
      summary: 'Then write "# yaml-language-server: $schema=haidang.schema.json" in the first line of a configuration',
    },
  ],
  run: async ({ out }) => {
    out(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
    return 0;
  },
});

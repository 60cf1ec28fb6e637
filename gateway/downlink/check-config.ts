import { loadConfig } from '../../config/load.ts';
import { GatewayError } from '../../core/errors.ts';

/** Throws `config` when the gateway would not start with this file as it is now. */
export const checkConfig = async (file: string): Promise<void> => {
  const { config, problems } = await loadConfig(file);
  if (config !== undefined) return;
  const [first] = problems;
  const where = first === undefined ? '' : `, the first in line ${first.line}: ${first.path} ${first.message}`;
  throw new GatewayError(
    'config',
    `the gateway would not start again: ${problems.length} problems in ${file}${where}`,
    {
      advice: 'Mend the configuration first: `haidang check FILE` says what is wrong.',
    },
  );
};

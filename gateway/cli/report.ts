import type { Loaded, Problem } from '../../config/load.ts';
import { GatewayError } from '../../core/errors.ts';

/** `config.yaml:12:5: devices[0].driver: there is no driver "pms50003"`, and what to do in the next line. */
export const formatProblem = (file: string, kind: 'error' | 'warning', problem: Problem): string => {
  const { line, column, path, message, advice } = problem;
  const place = `${file}:${line}:${column}: ${kind}: ${path === '' ? '' : `${path}: `}${message}`;
  return advice === undefined ? `${place}\n` : `${place}\n    ${advice}\n`;
};

/** The configuration, or a failure that lists every problem of it. */
export const requireConfig = (file: string, loaded: Loaded): NonNullable<Loaded['config']> => {
  if (loaded.config !== undefined) return loaded.config;
  const { problems } = loaded;
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  const list = problems.map(problem => formatProblem(file, 'error', problem)).join('');
  throw new GatewayError('config', `${count} in the configuration\n${list}`.trimEnd());
};

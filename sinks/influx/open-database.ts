import { readFile } from 'node:fs/promises';
import { pemError } from '../../core/pem-error.ts';
import type { InfluxConfig } from './config.ts';
import type { Database, DatabaseOptions } from './database.ts';
import { openVersion1 } from './version-1.ts';
import { openVersion2 } from './version-2.ts';

const open: { readonly [Version in InfluxConfig['version']]: (options: DatabaseOptions) => Promise<Database> } = {
  1: openVersion1,
  2: openVersion2,
};

/** Throws `config` when the file of the authorities cannot be read. */
export const openDatabase = async (options: Omit<DatabaseOptions, 'ca'>): Promise<Database> => {
  const { ca: file, version } = options.config;
  if (file === undefined) return open[version](options);
  const ca = await readFile(file).catch((cause: unknown) => {
    throw pemError(file, ['ca'], cause);
  });
  return open[version]({ ...options, ca });
};

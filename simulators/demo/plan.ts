import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { GatewayError } from '../../core/errors.ts';
import { variablesOf } from '../scenarios/scenario.ts';

/** What the demonstration must know of the gateway's configuration in order to stand around it. */
const demoConfig = z.looseObject({
  storage: z.looseObject({ folder: z.string() }),
  api: z.looseObject({ port: z.number() }),
  uplinks: z.tuple([z.looseObject({ url: z.string(), username: z.string(), password: z.string() })]),
  media: z.looseObject({ url: z.string(), ca: z.string(), certificate: z.string(), key: z.string() }),
  devices: z.array(z.looseObject({ id: z.string(), driver: z.string(), name: z.string().optional() })).min(1),
});

export interface DemoDevice {
  readonly id: string;
  readonly driver: string;
  readonly name: string;
}

export interface DemoPlan {
  readonly configFile: string;
  readonly storageFolder: string;
  readonly apiUrl: string;
  readonly center: { readonly port: number; readonly username: string; readonly password: string };
  readonly media: {
    readonly port: number;
    /** Files that the gateway will look for. */
    readonly ca: string;
    readonly certificate: string;
    readonly key: string;
  };
  readonly devices: readonly DemoDevice[];
  /** The environment of the simulators and the gateway, with a fresh password for every variable that was not set. */
  readonly environment: NodeJS.ProcessEnv;
}

export interface DemoPlanOptions {
  readonly configFile: string;
  /** Relative paths of the configuration start here. */
  readonly folder: string;
  readonly scenarioText: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Passwords of one run: nobody else on this machine can log in to the simulated devices. */
const withPasswords = (names: readonly string[], environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const complete = { ...environment };
  for (const name of names) complete[name] ??= randomBytes(18).toString('base64url');
  return complete;
};

const portOf = (url: string): number => Number(new URL(url).port);

export const readDemoPlan = async (options: DemoPlanOptions): Promise<DemoPlan> => {
  const text = await readFile(options.configFile, 'utf8');
  const parsed = demoConfig.safeParse(parse(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new GatewayError(
      'config',
      `${options.configFile}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`,
    );
  }
  const { storage, api, uplinks, media, devices } = parsed.data;
  const names = variablesOf(text + options.scenarioText);
  const environment = withPasswords(names, options.environment);
  const [uplink] = uplinks;
  const [passwordVariable] = variablesOf(uplink.password);
  const absolute = (file: string): string => path.resolve(options.folder, file);
  return {
    configFile: options.configFile,
    storageFolder: absolute(storage.folder),
    apiUrl: `http://127.0.0.1:${api.port}/api/v1/status`,
    center: {
      port: portOf(uplink.url),
      username: uplink.username,
      password: (passwordVariable !== undefined && environment[passwordVariable]) || uplink.password,
    },
    media: {
      port: portOf(media.url),
      ca: absolute(media.ca),
      certificate: absolute(media.certificate),
      key: absolute(media.key),
    },
    devices: devices.map(({ id, driver, name }) => ({ id, driver, name: name ?? id })),
    environment,
  };
};

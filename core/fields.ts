/** Building blocks of configuration schemas, so that a duration, size, secret or port reads the same everywhere. */
import { z } from 'zod';
import { type Duration, parseDuration } from './time.ts';

/** `5s`, `10m`, `6h` → milliseconds. */
export const duration = (bounds: { readonly minimum?: Duration; readonly maximum?: Duration } = {}) =>
  z
    .string()
    .regex(/^\d+(?:\.\d+)?(?:ms|s|m|h|d)$/, 'expected a duration such as "500ms", "5s", "10m", "6h" or "7d"')
    .transform(text => parseDuration(text) ?? Number.NaN)
    .refine(value => value >= (bounds.minimum ?? 0), `too short: at least ${bounds.minimum ?? 0} ms`)
    .refine(
      value => value <= (bounds.maximum ?? Number.POSITIVE_INFINITY),
      `too long: at most ${bounds.maximum ?? 0} ms`,
    );

const sizeUnits = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;

/** `64MiB`, `8GB` → bytes. */
export const byteSize = () =>
  z
    .string()
    .regex(/^\d+(?:\.\d+)?(?:B|KB|MB|GB|KiB|MiB|GiB)$/, 'expected a size such as "64MiB" or "8GB"')
    .transform(text => {
      const [, count = '0', unit = 'B'] = /^([\d.]+)([A-Za-z]+)$/.exec(text) ?? [];
      return Math.round(Number(count) * sizeUnits[unit as keyof typeof sizeUnits]);
    });

/** A segment of a topic (events.md): devices, gateways, stages, zones. */
export const identifier = () =>
  z.string().regex(/^[a-z0-9-]{1,32}$/, 'expected 1 to 32 of the characters a-z, 0-9 and "-"');

export const host = () => z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/, 'expected a host name or an IP address');

export const port = () => z.int().min(1).max(65535);

/** Longitude first, WGS 84 degrees. */
export const coordinates = () => {
  const words = 'expected [longitude, latitude]: the latitude stands second and lies between -90 and 90';
  return z.tuple([z.number().min(-180).max(180), z.number().min(-90, words).max(90, words)]);
};

/** Where a secret is kept. The secret itself never stands in a configuration file, an event, an error or a log. */
export interface Secret {
  readonly from: 'env' | 'file';
  readonly name: string;
}

/** Throws `GatewayError('config')` when the variable or file is not there. */
export type Reveal = (secret: Secret) => string;

/** `${env:NAME}` or `${file:/path}`. */
export const secret = () =>
  z
    .string()
    .regex(
      /^\$\{(?:env:[A-Za-z_][A-Za-z0-9_]*|file:\/[^}]+)\}$/,
      `a secret never stands in the file itself: write "\${env:NAME}" or "\${file:/path}"`,
    )
    .transform((text): Secret => {
      const inner = text.slice(2, -1);
      return inner.startsWith('env:') ? { from: 'env', name: inner.slice(4) } : { from: 'file', name: inner.slice(5) };
    });

const isSecret = (value: object): value is Secret => 'from' in value && 'name' in value;

/** The secrets of a configuration, by their paths: `delivery.password`. */
export const secretsIn = (value: unknown, path = ''): readonly (readonly [path: string, secret: Secret])[] => {
  if (typeof value !== 'object' || value === null) return [];
  if (isSecret(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => secretsIn(inner, path === '' ? key : `${path}.${key}`));
};

import { GatewayError, systemCode } from './errors.ts';

/** For a PEM file of the configuration, named by `path`, that could not be read. */
export const pemError = (file: string, path: readonly string[], cause: unknown): GatewayError =>
  new GatewayError('config', `cannot read ${file}: ${systemCode(cause) ?? 'unknown error'}`, {
    advice: 'Check that the file is there and that the user of the gateway may read it.',
    path,
    cause,
  });

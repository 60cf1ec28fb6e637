/** Certificate and key of a server of ours, which are renewed on the disk while it runs. */
import { readFile, stat } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { z } from 'zod';
import { GatewayError } from '../../core/errors.ts';
import { pemError } from '../../core/pem-error.ts';

/** Fields that a transport spreads into its own closed object; `refineTls` checks them against each other. */
export const tlsFields = {
  certificate: z
    .string()
    .optional()
    .describe("PEM file with the gateway's certificate, and those between it and its authority: posts come by HTTPS."),
  key: z.string().optional().describe('PEM file with the private key of that certificate.'),
} as const;

export type TlsConfig = z.output<z.ZodObject<typeof tlsFields>>;

export const refineTls = ({ certificate, key }: TlsConfig, context: z.RefinementCtx): void => {
  if ((certificate === undefined) === (key === undefined)) return;
  const path = [certificate === undefined ? 'certificate' : 'key'];
  context.addIssue({ code: 'custom', path, message: 'a certificate and its key stand together' });
};

export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

const readPem = (file: string, field: string): Promise<Buffer> =>
  readFile(file).catch((cause: unknown) => {
    throw pemError(file, ['connection', field], cause);
  });

/** Undefined without TLS. Throws `config` when a file cannot be read or the two do not belong together. */
export const readTlsFiles = async ({ certificate, key }: TlsConfig): Promise<TlsFiles | undefined> => {
  if (certificate === undefined || key === undefined) return undefined;
  const files = { cert: await readPem(certificate, 'certificate'), key: await readPem(key, 'key') };
  try {
    createSecureContext(files);
  } catch (cause) {
    throw new GatewayError('config', `${certificate} and ${key} are no certificate and its key`, {
      advice: 'Check that both are PEM, and that the key is the one that the certificate was made for.',
      path: ['connection', 'certificate'],
      cause,
    });
  }
  return files;
};

/** Another text when one of the files was written anew. */
export const stampTlsFiles = async ({ certificate, key }: TlsConfig): Promise<string> => {
  const stamps = [certificate, key].map(async file => {
    const found = file === undefined ? undefined : await stat(file).catch(() => undefined);
    return found === undefined ? 'missing' : `${found.ino} ${found.mtimeMs} ${found.size}`;
  });
  return (await Promise.all(stamps)).join();
};

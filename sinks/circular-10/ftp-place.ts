import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { Readable } from 'node:stream';
import { Client, FTPError } from 'basic-ftp';
import { type ErrorKind, GatewayError, systemCode } from '../../core/errors.ts';
import { pemError } from '../../core/pem-error.ts';
import { seconds } from '../../core/time.ts';
import { tlsError } from '../../core/tls-error.ts';
import type { DeliveryConfig } from './config.ts';
import type { OpenOptions, RemotePlace } from './delivery.ts';
import { printable } from './printable.ts';

type FtpConfig = Extract<DeliveryConfig, { transport: 'ftp' }>;
type Step = 'connect' | 'secure' | 'login' | 'work';

/** Without an answer for so long, the server is gone. */
const patience = seconds(20);

/** RFC 959, 4.2: what a refusal means depends on what was asked. */
const meaningOf = (code: number, step: Step): readonly [kind: ErrorKind, says: string, advice: string] => {
  if (code === 421) return ['unreachable', 'has no place for a connection', 'It may take fewer users than it has.'];
  if (step === 'secure') {
    return [
      'unsupported',
      'does not speak TLS',
      'Ask its operator for FTPS, or set "tls: none" where the way is safe.',
    ];
  }
  if (step === 'login' || code === 530) return ['denied', 'refuses the login', 'Check "user" and "password".'];
  if (code === 452 || code === 552) return ['unreachable', 'has no room', 'Its operator must make room.'];
  if (code === 550 || code === 553 || code === 532) {
    return [
      'denied',
      'does not let this user do that',
      'Let its operator check the folder and the rights of the user.',
    ];
  }
  return ['protocol', 'does not go on', 'Ask its operator what it means.'];
};

/** Whether the server refused it and goes on with others. */
const isRefusal = (thrown: unknown): boolean => thrown instanceof FTPError && thrown.code >= 500;

/** FTP in passive mode, with or without TLS. Rejects with a `GatewayError`. */
export const openFtpPlace = async (config: FtpConfig, { secrets, now, signal }: OpenOptions): Promise<RemotePlace> => {
  const { host, tls } = config;
  const port = config.port ?? (tls === 'implicit' ? 990 : 21);
  const where = `ftp://${host}:${port}`;
  const client = new Client(patience);
  let step: Step = 'connect';

  const toError = (thrown: unknown): GatewayError => {
    if (thrown instanceof GatewayError) return thrown;
    if (thrown instanceof FTPError) {
      const [kind, says, advice] = meaningOf(thrown.code, step);
      return new GatewayError(kind, `${where} ${says}: ${printable(thrown.message)}`, { advice, cause: thrown });
    }
    const code = systemCode(thrown);
    const ofTls = tls === 'none' ? undefined : tlsError(code, where, now(), thrown);
    if (ofTls !== undefined) return ofTls;
    const reason = code ?? printable(thrown instanceof Error ? thrown.message : String(thrown));
    const advice = 'Check the address, the network and, at the server, its passive ports.';
    return new GatewayError('unreachable', `${where} cannot be reached: ${reason}`, { advice, cause: thrown });
  };
  const asked = async <T>(work: () => Promise<T>): Promise<T> => {
    const close = (): void => client.close();
    signal.addEventListener('abort', close);
    try {
      return await work();
    } catch (thrown) {
      throw toError(thrown);
    } finally {
      signal.removeEventListener('abort', close);
    }
  };

  const connect = async (): Promise<void> => {
    const ca =
      config.ca === undefined
        ? undefined
        : await readFile(config.ca).catch((cause: unknown) => {
            throw pemError(config.ca ?? '', ['delivery', 'ca'], cause);
          });
    const secure = {
      host,
      ...(isIP(host) === 0 && { servername: host }),
      ...(ca !== undefined && { ca }),
    };
    if (tls === 'implicit') await client.connectImplicitTLS(host, port, secure);
    else await client.connect(host, port);
    if (tls === 'explicit') {
      step = 'secure';
      await client.useTLS(secure);
    }
    step = 'login';
    await client.login(config.user, secrets['delivery.password'] ?? '');
    step = 'work';
    await client.useDefaultSettings();
  };
  try {
    await asked(connect);
  } catch (thrown) {
    client.close();
    throw thrown;
  }

  /** False when the server refuses it. */
  const granted = (work: () => Promise<unknown>): Promise<boolean> =>
    asked(async () => {
      try {
        await work();
        return true;
      } catch (thrown) {
        if (isRefusal(thrown)) return false;
        throw thrown;
      }
    });

  let lastRefusal = '';
  const noted = async (work: () => Promise<unknown>): Promise<unknown> => {
    try {
      return await work();
    } catch (thrown) {
      if (thrown instanceof FTPError) lastRefusal = printable(thrown.message);
      throw thrown;
    }
  };

  return {
    write: (file, bytes) => granted(() => noted(() => client.uploadFrom(Readable.from([bytes]), file))),
    rename: (from, to) => granted(() => noted(() => client.rename(from, to))),
    sizeOf: file =>
      asked(async () => {
        try {
          return await client.size(file);
        } catch (thrown) {
          if (isRefusal(thrown)) return undefined;
          throw thrown;
        }
      }),
    remove: async file => {
      await granted(() => client.remove(file));
    },
    makeFolder: async folder => {
      const parts = folder.split('/').filter(part => part !== '' && part !== '.');
      const root = folder.startsWith('/') ? '/' : '';
      for (const end of parts.keys()) {
        await granted(() => client.send(`MKD ${root}${parts.slice(0, end + 1).join('/')}`));
      }
    },
    close: () => client.close(),
    refusal: file =>
      new GatewayError('denied', `${where} does not take ${file}: ${lastRefusal || 'it is not whole there'}`, {
        advice: 'Let its operator check the folder, and whether this user may write, rename and delete in it.',
      }),
  };
};

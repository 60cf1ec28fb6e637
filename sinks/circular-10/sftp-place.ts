import { once } from 'node:events';
// By its default: it is CommonJS, and Node.js does not find all names that it exports.
import ssh2, { type SFTPWrapper } from 'ssh2';
import { GatewayError, systemCode } from '../../core/errors.ts';
import { seconds } from '../../core/time.ts';
import type { DeliveryConfig } from './config.ts';
import type { OpenOptions, RemotePlace } from './delivery.ts';
import { printable } from './printable.ts';

type SftpConfig = Extract<DeliveryConfig, { transport: 'sftp' }>;

/** Without an answer for so long, the server is gone. */
const patience = seconds(20);

/** SSH File Transfer Protocol, draft-ietf-secsh-filexfer-02, 7: SSH_FX_ codes. */
const noSuchFile = 2;
const permissionDenied = 3;
const failure = 4;

/** A status answer of the server; undefined for everything else that can fail. */
const statusOf = (thrown: unknown): number | undefined =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'number' ? thrown.code : undefined;

/** How the library says that nobody is there. */
const awayLevels: ReadonlySet<unknown> = new Set(['client-timeout', 'client-socket', 'client-dns']);

const levelOf = (thrown: unknown): unknown => (thrown instanceof Error && 'level' in thrown ? thrown.level : undefined);

const messageOf = (thrown: unknown): string => printable(thrown instanceof Error ? thrown.message : String(thrown));

/** SFTP at a server that shows the configured key. Rejects with a `GatewayError`. */
export const openSftpPlace = async (config: SftpConfig, { secrets, signal }: OpenOptions): Promise<RemotePlace> => {
  const { host, port, user } = config;
  const where = `sftp://${host}:${port}`;
  const client = new ssh2.Client();
  /** What it is, when it is not the key of the configuration. */
  let foreignKey: string | undefined;
  let lastRefusal = '';

  const toError = (thrown: unknown): GatewayError => {
    if (thrown instanceof GatewayError) return thrown;
    const options = (advice: string) => ({ advice, cause: thrown });
    if (foreignKey !== undefined) {
      return new GatewayError(
        'denied',
        `${where} shows the key ${foreignKey}, which is not its "hostKey"`,
        options(
          'Ask the operator of the server: only if its key was changed, write the new one. Else somebody is between.',
        ),
      );
    }
    if (levelOf(thrown) === 'client-authentication') {
      return new GatewayError('denied', `${where} refuses the login of "${user}"`, options('Check user and secret.'));
    }
    const status = statusOf(thrown);
    if (status === permissionDenied) {
      return new GatewayError(
        'denied',
        `${where} does not let this user do that: ${messageOf(thrown)}`,
        options('Let its operator check the folder and the rights of the user.'),
      );
    }
    const code = systemCode(thrown);
    if (code !== undefined || awayLevels.has(levelOf(thrown))) {
      const advice = 'Check the address and the network.';
      return new GatewayError(
        'unreachable',
        `${where} cannot be reached: ${code ?? messageOf(thrown)}`,
        options(advice),
      );
    }
    return new GatewayError(
      'protocol',
      `${where} does not go on: ${messageOf(thrown)}`,
      options('Is it an SFTP server?'),
    );
  };

  /** Rejects when the connection ends, the gateway stops, or no answer comes. */
  const asked = async <T>(begin: (done: (error: Error | null | undefined, value?: T) => void) => void): Promise<T> => {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const end = (why: string) => () => reject(new GatewayError('unreachable', `${where} ${why}`));
    const timer = setTimeout(end(`did not answer within ${patience / 1000} s`), patience);
    const onClose = end('closed the connection');
    const onAbort = end('was not waited for: the gateway stops');
    signal.addEventListener('abort', onAbort);
    client.once('error', reject);
    client.once('close', onClose);
    try {
      begin((error, value) => (error === null || error === undefined ? resolve(value as T) : reject(error)));
      return await promise;
    } catch (thrown) {
      throw toError(thrown);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      client.off('error', reject);
      client.off('close', onClose);
    }
  };

  let sftp: SFTPWrapper;
  // What goes wrong while nothing is asked is found when something is.
  client.on('error', () => {});
  try {
    await asked<void>(done => {
      once(client, 'ready').then(
        () => done(null),
        () => {},
      );
      const { 'delivery.password': password, 'delivery.privateKey': privateKey } = secrets;
      if (privateKey !== undefined && ssh2.utils.parseKey(privateKey) instanceof Error) {
        throw new GatewayError('config', `the private key for ${where} cannot be read`, {
          advice: 'Give the whole file as `ssh-keygen -N ""` wrote it: OpenSSH or PEM, without a passphrase.',
        });
      }
      client.connect({
        host,
        port,
        username: user,
        ...(password !== undefined && { password }),
        ...(privateKey !== undefined && { privateKey }),
        readyTimeout: patience,
        keepaliveInterval: 0,
        hostHash: 'sha256',
        hostVerifier: (hex: string) => {
          const shown = `SHA256:${Buffer.from(hex, 'hex').toString('base64').replace(/=+$/, '')}`;
          if (shown === config.hostKey) return true;
          foreignKey = shown;
          return false;
        },
      });
    });
    sftp = await asked<SFTPWrapper>(done => client.sftp(done));
  } catch (thrown) {
    client.destroy();
    throw thrown;
  }

  /** False when the server refuses it with one of these answers. */
  const granted = async (
    refusals: readonly number[],
    begin: (done: (error: Error | null | undefined) => void) => void,
  ): Promise<boolean> => {
    try {
      await asked<void>(begin);
      return true;
    } catch (thrown) {
      const cause = thrown instanceof Error ? thrown.cause : undefined;
      const status = statusOf(cause);
      if (status === undefined || !refusals.includes(status)) throw thrown;
      lastRefusal = messageOf(cause);
      return false;
    }
  };

  return {
    write: (file, bytes) => granted([noSuchFile], done => sftp.writeFile(file, Buffer.from(bytes), done)),
    // Of version 3, which servers speak: it fails where the new name is there already.
    rename: (from, to) => granted([failure], done => sftp.rename(from, to, done)),
    sizeOf: async file => {
      let size: number | undefined;
      await granted([noSuchFile], done =>
        sftp.stat(file, (error, stats) => {
          size = error === undefined || error === null ? stats.size : undefined;
          done(error);
        }),
      );
      return size;
    },
    remove: async file => {
      await granted([noSuchFile], done => sftp.unlink(file, done));
    },
    makeFolder: async folder => {
      const parts = folder.split('/').filter(part => part !== '' && part !== '.');
      const root = folder.startsWith('/') ? '/' : '';
      for (const end of parts.keys()) {
        // It is there already, or this user may not see it: the file will tell.
        await granted([failure, permissionDenied], done =>
          sftp.mkdir(`${root}${parts.slice(0, end + 1).join('/')}`, done),
        );
      }
    },
    close: () => client.end(),
    refusal: file =>
      new GatewayError('denied', `${where} does not take ${file}: ${lastRefusal || 'it is not whole there'}`, {
        advice: 'Let its operator check the folder, and whether this user may write, rename and delete in it.',
      }),
  };
};

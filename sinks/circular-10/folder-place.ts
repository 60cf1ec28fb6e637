import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { GatewayError, systemCode } from '../../core/errors.ts';
import type { DeliveryConfig } from './config.ts';
import type { RemotePlace } from './delivery.ts';

const isGone = (thrown: unknown): boolean => systemCode(thrown) === 'ENOENT';

/** A folder of this machine, which a mount may make one of another. Never made: a disk that is not mounted is no folder. */
export const openFolderPlace = async (
  config: Extract<DeliveryConfig, { transport: 'folder' }>,
): Promise<RemotePlace> => {
  const toError = (cause: unknown): GatewayError => {
    const code = systemCode(cause) ?? 'unknown error';
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
      const advice = 'Let the user of the gateway write to it.';
      return new GatewayError('denied', `${config.path} may not be written to: ${code}`, { advice, cause });
    }
    const advice = isGone(cause) ? 'Make the folder, or mount its disk.' : 'Check its disk.';
    return new GatewayError('unreachable', `${config.path} cannot be used: ${code}`, { advice, cause });
  };
  const tried = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (thrown) {
      throw toError(thrown);
    }
  };
  const found = await tried(stat(config.path));
  if (!found.isDirectory()) {
    throw new GatewayError('denied', `${config.path} is no folder`, { advice: 'Name a folder as "delivery.path".' });
  }
  const write = async (file: string, bytes: Uint8Array): Promise<void> => {
    await using handle = await open(file, 'w', 0o644);
    await handle.writeFile(bytes);
    await handle.sync();
  };
  const move = async (from: string, to: string): Promise<void> => {
    await rename(from, to);
    await using handle = await open(path.dirname(to), 'r');
    await handle.sync();
  };
  return {
    write: async (file, bytes) => {
      await tried(write(file, bytes));
      return true;
    },
    rename: async (from, to) => {
      await tried(move(from, to));
      return true;
    },
    sizeOf: file =>
      stat(file).then(
        ({ size }) => size,
        () => undefined,
      ),
    remove: file => tried(rm(file, { force: true })),
    makeFolder: async folder => {
      await tried(mkdir(folder, { recursive: true }));
    },
    close: () => {},
    refusal: file => new GatewayError('unreachable', `${file} is not what was written`, { advice: 'Check its disk.' }),
  };
};

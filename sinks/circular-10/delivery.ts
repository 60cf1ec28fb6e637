/** How a file gets to the authority whole and once: under a temporary name first, then renamed. */
import type { GatewayError } from '../../core/errors.ts';
import type { Instant } from '../../core/time.ts';
import type { DeliveryConfig } from './config.ts';

/** A place at the other side. Everything rejects with a `GatewayError`; after `unreachable` it is of no more use. */
export interface RemotePlace {
  /** Resolves to false when the folder of the file is not there. */
  write(file: string, bytes: Uint8Array): Promise<boolean>;
  /** Resolves to false when the other side does not do it, as where `to` is there already. */
  rename(from: string, to: string): Promise<boolean>;
  /** Undefined when there is no such file. */
  sizeOf(file: string): Promise<number | undefined>;
  remove(file: string): Promise<void>;
  /** With those above it. What is there already is left as it is. */
  makeFolder(folder: string): Promise<void>;
  close(): void;
  /** Of a file that cannot be written or named, and why that may be. */
  refusal(file: string): GatewayError;
}

export interface OpenOptions {
  readonly secrets: Readonly<Record<string, string>>;
  readonly now: () => Instant;
  readonly signal: AbortSignal;
}

/** Loads its library only when it is asked for. */
export const openPlace = async (config: DeliveryConfig, options: OpenOptions): Promise<RemotePlace> => {
  switch (config.transport) {
    case 'folder':
      return (await import('./folder-place.ts')).openFolderPlace(config);
    case 'sftp':
      return (await import('./sftp-place.ts')).openSftpPlace(config, options);
    case 'ftp':
      return (await import('./ftp-place.ts')).openFtpPlace(config, options);
  }
};

/** For people, without credentials. */
export const addressOf = (config: DeliveryConfig): string => {
  if (config.transport === 'folder') return config.path;
  const { transport, host, port, folder } = config;
  return `${transport}://${host}${port === undefined ? '' : `:${port}`}/${folder.replace(/^\.?\/?/, '')}`;
};

/** The folder of the file with this stamp (`yyyyMMddHHmmss`). */
export const folderFor = (config: DeliveryConfig, stamp: string): string =>
  config.transport === 'folder'
    ? config.path
    : config.folder
        .replaceAll('{yyyy}', stamp.slice(0, 4))
        .replaceAll('{MM}', stamp.slice(4, 6))
        .replaceAll('{dd}', stamp.slice(6, 8));

/** The authority's program looks for `*.txt`. */
const temporaryOf = (file: string): string => `${file}.tmp`;

/**
 * May be done again at any time, also when nobody knows how far it came: of a connection that broke after the renaming
 * the other side may have the file already.
 */
export const deliver = async (place: RemotePlace, folder: string, name: string, bytes: Uint8Array): Promise<void> => {
  const file = `${folder.replace(/\/$/, '')}/${name}`;
  const temporary = temporaryOf(file);
  if (!(await place.write(temporary, bytes))) {
    await place.makeFolder(folder);
    if (!(await place.write(temporary, bytes))) throw place.refusal(temporary);
  }
  // Before the rename, since a file of the right name and the wrong length would be taken as it is.
  if ((await place.sizeOf(temporary)) !== bytes.length) throw place.refusal(temporary);
  if (await place.rename(temporary, file)) return;
  if ((await place.sizeOf(file)) === bytes.length) {
    await place.remove(temporary);
    return;
  }
  await place.remove(file);
  if (!(await place.rename(temporary, file))) throw place.refusal(file);
};

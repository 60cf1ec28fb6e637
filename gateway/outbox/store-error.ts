/** What SQLite's result codes mean for the outbox (https://sqlite.org/rescode.html). */
import { GatewayError, systemCode } from '../../core/errors.ts';

const codes = { busy: 5, readOnly: 8, ioError: 10, corrupt: 11, full: 13, cannotOpen: 14, notADatabase: 26 } as const;

/** The primary result code, or undefined when SQLite did not throw it. */
const primaryCode = (thrown: unknown): number | undefined =>
  thrown instanceof Error && 'errcode' in thrown && typeof thrown.errcode === 'number'
    ? thrown.errcode & 0xff
    : undefined;

export const isFull = (thrown: unknown): boolean => primaryCode(thrown) === codes.full;

/** Perhaps a mood of the disk: opening the file again may help. */
export const isInputOutput = (thrown: unknown): boolean =>
  primaryCode(thrown instanceof GatewayError ? thrown.cause : thrown) === codes.ioError;

const noSpace: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT']);
const badDisk: ReadonlySet<string | undefined> = new Set(['EIO', 'EROFS', 'ENXIO', 'ENODEV']);

const meaningOf = (thrown: unknown): 'full' | 'busy' | 'damaged' | undefined => {
  const code = systemCode(thrown);
  if (noSpace.has(code)) return 'full';
  if (badDisk.has(code)) return 'damaged';
  switch (primaryCode(thrown)) {
    case codes.full:
      return 'full';
    case codes.busy:
      return 'busy';
    case codes.readOnly:
    case codes.ioError:
    case codes.corrupt:
    case codes.cannotOpen:
    case codes.notADatabase:
      return 'damaged';
    default:
      return undefined;
  }
};

export const toStoreError = (thrown: unknown, file: string): GatewayError => {
  if (thrown instanceof GatewayError) return thrown;
  const cause = { cause: thrown };
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  switch (meaningOf(thrown)) {
    case 'full':
      return new GatewayError('exhausted', `no space is left on the disk of ${file}`, {
        advice: 'Free some space on that disk, or give the outbox another folder ("storage.folder").',
        ...cause,
      });
    case 'busy':
      return new GatewayError('config', `${file} is in use by another program`, {
        advice: 'Stop the other gateway that uses this storage folder, or give this one a folder of its own.',
        path: ['storage', 'folder'],
        ...cause,
      });
    case 'damaged':
      return new GatewayError('damaged', `${file} cannot be trusted: ${words}`, {
        advice: 'Check the disk (dmesg, smartctl) and whether its file system is mounted read-only.',
        ...cause,
      });
    case undefined:
      return new GatewayError('defect', words, cause);
  }
};

/** What SQLite's result codes mean for the outbox (https://sqlite.org/rescode.html). */
import { GatewayError } from '../../core/errors.ts';

const codes = { busy: 5, readOnly: 8, ioError: 10, corrupt: 11, full: 13, cannotOpen: 14, notADatabase: 26 } as const;

/** The primary result code, or undefined when SQLite did not throw it. */
const primaryCode = (thrown: unknown): number | undefined =>
  thrown instanceof Error && 'errcode' in thrown && typeof thrown.errcode === 'number'
    ? thrown.errcode & 0xff
    : undefined;

export const isFull = (thrown: unknown): boolean => primaryCode(thrown) === codes.full;

export const isInputOutput = (thrown: unknown): boolean => primaryCode(thrown) === codes.ioError;

export const toStoreError = (thrown: unknown, file: string): GatewayError => {
  if (thrown instanceof GatewayError) return thrown;
  const cause = { cause: thrown };
  switch (primaryCode(thrown)) {
    case codes.full:
      return new GatewayError('exhausted', `no space is left on the disk of ${file}`, {
        advice: 'Free some space on that disk, or give the outbox another folder ("storage.folder").',
        ...cause,
      });
    case codes.busy:
      return new GatewayError('config', `${file} is in use by another program`, {
        advice: 'Stop the other gateway that uses this storage folder, or give this one a folder of its own.',
        path: ['storage', 'folder'],
        ...cause,
      });
    case codes.readOnly:
    case codes.ioError:
    case codes.corrupt:
    case codes.cannotOpen:
    case codes.notADatabase:
      return new GatewayError(
        'damaged',
        `${file} cannot be trusted: ${thrown instanceof Error ? thrown.message : ''}`,
        {
          advice: 'Check the disk (dmesg, smartctl) and whether its file system is mounted read-only.',
          ...cause,
        },
      );
    default:
      return new GatewayError('defect', thrown instanceof Error ? thrown.message : String(thrown), cause);
  }
};

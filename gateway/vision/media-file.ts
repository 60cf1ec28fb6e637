/** Files of the media spool, written all or nothing: each is on the disk, whole, before anything names it. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { GatewayError, systemCode } from '../../core/errors.ts';
import { makeFolder } from '../outbox/disk.ts';

const sync = async (file: string): Promise<void> => {
  await using handle = await open(file, 'r');
  await handle.sync();
};

const cannotWrite = (folder: string, cause: unknown): GatewayError =>
  new GatewayError('exhausted', `a picture cannot be written to ${folder} (${systemCode(cause)})`, { cause });

/** A name for a file that is not whole yet: whoever dies leaves it behind, and the spool sweeps it. */
export const openPart = async (folder: string): Promise<string> => {
  try {
    makeFolder(folder);
    // Says so where it is no folder.
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw cannotWrite(folder, cause);
  }
  return path.join(folder, `.${randomUUID()}.part`);
};

const place = async (part: string, folder: string, name: string): Promise<void> => {
  await rename(part, path.join(folder, name));
  await sync(folder);
};

/** On the disk when it returns. The same bytes again are the same file. Throws `exhausted` when the folder takes no more. */
export const writeMediaFile = async (folder: string, name: string, bytes: Uint8Array): Promise<void> => {
  const known = await access(path.join(folder, name)).then(
    () => true,
    () => false,
  );
  if (known) {
    // Whoever wrote it may have been stopped before the folder was on the disk.
    await sync(folder).catch((cause: unknown) => {
      throw cannotWrite(folder, cause);
    });
    return;
  }
  const part = await openPart(folder);
  try {
    {
      await using handle = await open(part, 'wx');
      await handle.writeFile(bytes);
      await handle.sync();
    }
    await place(part, folder, name);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => {});
    throw cannotWrite(folder, cause);
  }
};

/**
 * What another program wrote under the name of `openPart` becomes a file of the spool. Throws `exhausted` when the disk
 * refuses.
 */
export const adoptMediaFile = async (
  part: string,
  extension: string,
): Promise<{ readonly sha256: string; readonly bytes: number }> => {
  const folder = path.dirname(part);
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of createReadStream(part)) {
      hash.update(chunk);
      bytes += chunk.length;
    }
    const sha256 = hash.digest('hex');
    await sync(part);
    await place(part, folder, `${sha256}.${extension}`);
    return { sha256, bytes };
  } catch (cause) {
    await rm(part, { force: true }).catch(() => {});
    throw cannotWrite(folder, cause);
  }
};

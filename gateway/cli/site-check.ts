/** What of a configuration does not fit the machine that `haidang check` runs on. */
import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { keyFileOf, parseCommandKey } from '../../config/command-key.ts';
import type { Problem } from '../../config/load.ts';
import type { PlacedText } from '../../config/parse.ts';
import { systemCode, toGatewayError } from '../../core/errors.ts';
import { secret } from '../../core/fields.ts';
import { modelFolder, verifyModel } from '../../models/load.ts';

type Complaint = Pick<Problem, 'message' | 'advice'>;

const missingSecret = async (text: string): Promise<Complaint | undefined> => {
  const parsed = secret().safeParse(text);
  if (!parsed.success) return undefined;
  const { from, name } = parsed.data;
  if (from === 'env') {
    if ((process.env[name] ?? '') !== '') return undefined;
    return {
      message: `the environment variable ${name} is not set here`,
      advice: `Set ${name} where the gateway is started, or keep the secret in a file: "\${file:/path}".`,
    };
  }
  try {
    const { mode } = await stat(name);
    await access(name, constants.R_OK);
    if ((mode & 0o077) === 0) return undefined;
    return { message: `others may read the secret file ${name}`, advice: `Run: chmod 600 ${name}` };
  } catch (thrown) {
    if (systemCode(thrown) === 'EACCES') {
      return {
        message: `this user may not read the secret file ${name}`,
        advice: `Give it to the user of the gateway: chown, then chmod 600 ${name}`,
      };
    }
    return {
      message: `the secret file ${name} is not here`,
      advice: 'Put it there, readable by the user of the gateway alone.',
    };
  }
};

const serialPath = /^\/dev\/(?:tty|serial\/)/;

const unusablePort = async (text: string): Promise<Complaint | undefined> => {
  if (!serialPath.test(text)) return undefined;
  try {
    await access(text, constants.R_OK | constants.W_OK);
    return undefined;
  } catch (thrown) {
    if (systemCode(thrown) === 'EACCES') {
      return {
        message: `this user may not open ${text}`,
        advice: 'Run: sudo usermod -aG dialout $USER, then log in again. A service needs SupplementaryGroups=dialout.',
      };
    }
    return {
      message: `the serial port ${text} is not here`,
      advice: 'Is the device plugged in? `ls -l /dev/serial/by-path` shows the ports by their place.',
    };
  }
};

const pemKeys = /\.(?:ca|certificate|key)$/;

const missingPem = async (path: string, text: string): Promise<Complaint | undefined> => {
  if (!pemKeys.test(path)) return undefined;
  try {
    await access(text, constants.R_OK);
    return undefined;
  } catch (thrown) {
    if (systemCode(thrown) === 'EACCES') {
      return {
        message: `this user may not read ${text}`,
        advice: `Let the user of the gateway read it, and nobody else: chown, then chmod 600 ${text}`,
      };
    }
    return { message: `the PEM file ${text} is not here`, advice: 'Put it there, or correct the path.' };
  }
};

const unusableModel = async (path: string, text: string): Promise<Complaint | undefined> => {
  if (!/\.detect\.(?:model|smaller)$/.test(path)) return undefined;
  try {
    await verifyModel(modelFolder(text));
    return undefined;
  } catch (thrown) {
    const { message, advice } = toGatewayError(thrown);
    return { message, ...(advice !== undefined && { advice }) };
  }
};

const keyPath = /^commands\.keys\[\d+\]\.publicKey$/;

/** A public key is no secret: anybody may read its file. */
const unusableKey = async (file: string): Promise<Complaint | undefined> => {
  try {
    const parsed = parseCommandKey(await readFile(file, 'utf8'));
    if (parsed.kind === 'key') return undefined;
    return { message: `what is in ${file} ${parsed.message}`, advice: parsed.advice };
  } catch {
    return {
      message: `the public key file ${file} is not here or cannot be read`,
      advice: 'Put it there, readable by the user of the gateway; until then its commands are refused.',
    };
  }
};

/** The folder itself or, where it is still to be made, the nearest one above it. */
const unusableFolder = async (path: string, text: string): Promise<Complaint | undefined> => {
  if (path !== 'storage.folder') return undefined;
  for (let folder = resolve(text); ; folder = dirname(folder)) {
    try {
      const isFolder = (await stat(folder)).isDirectory();
      if (!isFolder) return { message: `${folder} is no folder`, advice: 'Name another place for the outbox.' };
      await access(folder, constants.W_OK | constants.X_OK);
      return undefined;
    } catch (thrown) {
      if (systemCode(thrown) === 'ENOENT' && folder !== dirname(folder)) continue;
      return {
        message: `this user may not write into ${folder}`,
        advice: `Make it for the user of the gateway: sudo install -d -o haidang -m 700 ${text}`,
      };
    }
  }
};

/** Only warnings: a configuration may be checked elsewhere than where it runs. */
export const checkSite = async (texts: readonly PlacedText[]): Promise<readonly Problem[]> => {
  const judged = await Promise.all(
    texts.map(async ({ text, line, column, path }): Promise<Problem | undefined> => {
      const keyFile = keyPath.test(path) ? keyFileOf(text) : undefined;
      const complaint =
        (keyFile === undefined ? await missingSecret(text) : await unusableKey(keyFile)) ??
        (await unusablePort(text)) ??
        (await missingPem(path, text)) ??
        (await unusableModel(path, text)) ??
        (await unusableFolder(path, text));
      return complaint && { line, column, path, ...complaint };
    }),
  );
  return judged.filter(problem => problem !== undefined);
};

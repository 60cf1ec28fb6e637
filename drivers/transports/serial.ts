/**
 * Serial lines (RS-232, RS-485, USB). Overflow policy: drop-oldest, counted as `dropped.overflow`: a line
 * without flow control cannot be slowed down. The one door to the library `serialport`, which is loaded inside `open`.
 */
import { access, constants, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { SerialPort } from 'serialport';
import { z } from 'zod';
import { onAbort, sleep } from '../../core/abort.ts';
import type { Chunk } from '../../core/chunk.ts';
import type { Context, SerialDefaults } from '../../core/driver.ts';
import { GatewayError, systemCode } from '../../core/errors.ts';
import { BoundedQueue } from '../../core/queue.ts';
import { seconds } from '../../core/time.ts';

export const portsByPath = '/dev/serial/by-path';
const portsById = '/dev/serial/by-id';

/** Reads are a few bytes to a few hundred; this holds seconds of a line at 115 200 baud. */
const heldReads = 1024;

type Needs = Pick<Context, 'signal' | 'clock' | 'count'>;

/** The way back to the device. Resolves when the system has the bytes; rejects with `unreachable`. */
export type Write = (bytes: Uint8Array) => Promise<void>;

export const serialConfig = ({ baudRate, dataBits = 8, parity = 'none' }: SerialDefaults) =>
  z.strictObject({
    transport: z.literal('serial').describe('The device is on a serial line.'),
    path: z
      .string()
      .min(1)
      .max(1024)
      .describe(
        `Device file of the port; take the name under ${portsByPath}, which stays the same over restarts and when an adapter is pulled out and comes back.`,
      ),
    baudRate: z.int().min(300).max(921_600).default(baudRate).describe('Speed of the line in baud.'),
    dataBits: z.literal([7, 8]).default(dataBits).describe('Bits of a character.'),
    parity: z.enum(['none', 'even', 'odd']).default(parity).describe('Bit that checks a character.'),
    stopBits: z.literal([1, 2]).default(1).describe('Bits between two characters.'),
  });
export type SerialConfig = z.output<ReturnType<typeof serialConfig>>;

/**
 * What is wrong with naming a port so, or undefined: `/dev/ttyUSB0` and `/dev/ttyACM0` are numbered in the order of
 * plugging in, so that after a restart two sensors may have changed places.
 */
export const unstablePath = (configured: string): string | undefined =>
  /^\/dev\/tty(?:USB|ACM)\d+$/.test(configured)
    ? `${configured} may be another device after a restart: use its name under ${portsByPath}`
    : undefined;

/** What udev knows of a port, as the library reads it. */
export interface KnownPort {
  readonly path: string;
  /** Its name under by-id, which another port may have too. */
  readonly pnpId?: string | undefined;
  readonly serialNumber?: string | undefined;
}

/**
 * Why a name under by-id, that leads to the device file `real` now, may lead to another adapter tomorrow, or undefined.
 * udev makes the name of maker, model and serial number (60-serial.rules). Many adapters (CH340, PL2303) have no serial
 * number, and copies of others all have the same: then the name is that of whichever was plugged in last.
 */
export const whyAmbiguous = (name: string, real: string, ports: readonly KnownPort[]): string | undefined => {
  const count = ports.filter(({ pnpId }) => pnpId === name).length;
  if (count > 1) return `${count} adapters here have this name`;
  const port = ports.find(({ path: at }) => at === real);
  return port !== undefined && port.serialNumber === undefined ? 'this adapter has no serial number' : undefined;
};

/** Throws `config` where the wrong instrument might be read one day, and nobody would see it in its values. */
const assertOne = async (at: string): Promise<void> => {
  if (path.dirname(at) !== portsById) return;
  const real = await realpath(at).catch(() => at);
  const why = whyAmbiguous(path.basename(at), real, await portsKnownToLibrary());
  if (why === undefined) return;
  const places = await readdir(portsByPath).catch(() => []);
  const here: string[] = [];
  for (const place of places) {
    const named = path.join(portsByPath, place);
    if ((await realpath(named).catch(() => undefined)) === real) here.push(named);
  }
  throw new GatewayError('config', `${at} may be another adapter after it was plugged in again: ${why}`, {
    advice: `Name the place where it is plugged in${here.length === 0 ? ` (ls -l ${portsByPath})` : `, which is ${here.join(' or ')} now`}.`,
  });
};

/**
 * The bytes of a serial line; `opened` is given the way back. Throws `unreachable` when the port is not there, is in use or goes away, `denied` when
 * this user may not open it, `config` when it is no serial port or its name may be another adapter's.
 */
export async function* openSerial(
  config: SerialConfig,
  context: Needs,
  opened?: (write: Write) => void,
): AsyncGenerator<Chunk, void> {
  const { signal, clock, count } = context;
  if (signal.aborted) return;
  await assertUsable(config.path);
  await assertOne(config.path);
  const { SerialPort } = await import('serialport');
  const queue = new BoundedQueue<Chunk>({
    capacity: heldReads,
    overflow: 'drop-oldest',
    onDrop: dropped => count('dropped.overflow', dropped),
  });
  const { path: at, baudRate, dataBits, parity, stopBits } = config;
  const port = new SerialPort({ path: at, baudRate, dataBits, parity, stopBits, autoOpen: false, lock: true });
  port.on('data', (bytes: Buffer) => {
    queue.offer({ bytes, receivedAt: clock.now() });
  });
  port.on('error', failure => queue.fail(lost(config.path, failure)));
  port.on('close', (failure: unknown) => queue.fail(lost(config.path, failure)));
  await openPort(port, config.path);
  await discardOld(port);
  opened?.(bytes => write(port, bytes, config.path));
  using _ = onAbort(signal, () => queue.close());
  const closing = new AbortController();
  const gone = watchAway(config.path, AbortSignal.any([signal, closing.signal])).then(
    isAway => isAway && queue.fail(lost(config.path, undefined)),
  );
  try {
    for await (const chunk of queue) {
      if (signal.aborted) return;
      yield chunk;
    }
  } finally {
    closing.abort();
    await gone;
    await closePort(port);
  }
}

/** What the system knows of its ports; none where it cannot be asked (Linux without udev). */
export const portsKnownToLibrary = async (): Promise<readonly KnownPort[]> => {
  const { SerialPort } = await import('serialport');
  return SerialPort.list().catch(() => []);
};

const lookEvery = seconds(1);

/**
 * Resolves to true when the device file is gone or another one, and to false on abort. The library reads on for ever
 * when an adapter is pulled out in the middle of a read, since reading of a line that was hung up gives nothing.
 */
const watchAway = async (at: string, signal: AbortSignal): Promise<boolean> => {
  const first = await identityOf(at);
  while (!signal.aborted) {
    const now = await identityOf(at);
    if (now === undefined || now !== first) return true;
    await sleep(lookEvery, signal);
  }
  return false;
};

const identityOf = async (at: string): Promise<string | undefined> => {
  try {
    const { ino, rdev } = await stat(at);
    return `${ino} ${rdev}`;
  } catch {
    return undefined;
  }
};

const openPort = (port: SerialPort, at: string): Promise<void> =>
  new Promise((resolve, reject) => {
    port.open(failure => (failure ? reject(openFailure(at, failure)) : resolve()));
  });

const write = (port: SerialPort, bytes: Uint8Array, at: string): Promise<void> =>
  new Promise((resolve, reject) => {
    port.write(Buffer.from(bytes), failure => (failure ? reject(lost(at, failure)) : resolve()));
  });

/** What the system kept from before we listened would get the time of now. */
const discardOld = (port: SerialPort): Promise<void> =>
  new Promise(resolve => {
    // A line that cannot be flushed is read as it is.
    port.flush(() => resolve());
  });

const closePort = (port: SerialPort): Promise<void> =>
  new Promise(resolve => {
    if (port.isOpen) port.close(() => resolve());
    else resolve();
  });

/** Asked before the library is, because its errors carry no code. */
const assertUsable = async (at: string): Promise<void> => {
  try {
    await access(at, constants.R_OK | constants.W_OK);
  } catch (failure) {
    const code = systemCode(failure);
    if (code === 'EACCES' || code === 'EPERM') {
      throw new GatewayError('denied', `this user may not open the serial port ${at}`, {
        advice: 'Add the user to the group dialout (usermod -aG dialout USER) and restart the gateway.',
        cause: failure,
      });
    }
    const offered = await readdir(portsByPath).catch(() => []);
    throw new GatewayError('unreachable', `the serial port ${at} does not exist`, {
      advice:
        offered.length === 0
          ? 'Plug the adapter in: this machine has no serial port by path now.'
          : `Check the adapter, or use a port that is there: ${offered.map(name => path.join(portsByPath, name)).join(', ')}`,
      cause: failure,
    });
  }
};

const openFailure = (at: string, failure: Error): GatewayError =>
  /lock|busy|temporarily/i.test(failure.message)
    ? new GatewayError('unreachable', `the serial port ${at} is in use by another program`, {
        advice: 'Stop the program that holds it (ModemManager, gpsd, getty, a second gateway).',
        cause: failure,
      })
    : new GatewayError('config', `${at} cannot be opened as a serial port: ${failure.message}`, {
        advice: 'Check that the path is a serial port and that it supports this speed.',
        cause: failure,
      });

const lost = (at: string, cause: unknown): GatewayError =>
  new GatewayError('unreachable', `the serial port ${at} went away`, {
    advice: 'Check the cable and the power of the adapter.',
    cause,
  });

/** The serial ports of this machine, each by the name that stays the same, and which programs have one open. */
import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import path from 'node:path';
import { portsByPath, portsKnownToLibrary } from './serial.ts';

export interface SerialPortFound {
  /** What a configuration names it by: its place, else what the adapter calls itself, else its device file. */
  readonly path: string;
  /** `/dev/ttyUSB0`: another one after the next plugging in. */
  readonly device: string;
  /** Maker, model and number of the adapter as the system knows it. */
  readonly adapter?: string;
}

const portsByAdapter = '/dev/serial/by-id';
const lists = '/sys/class/tty';

/** `/sys/class/tty/ttyS3/type` of a port that the driver only keeps a name for. */
const noUart = '0';

const namesIn = (folder: string): Promise<string[]> =>
  readdir(folder).then(
    names => names.toSorted(),
    () => [],
  );

/** Device file → name in `folder`, the first of several. */
const linksIn = async (root: string, folder: string): Promise<ReadonlyMap<string, string>> => {
  const links = new Map<string, string>();
  for (const name of await namesIn(path.join(root, folder))) {
    const device = await realpath(path.join(root, folder, name)).catch(() => undefined);
    if (device !== undefined && !links.has(device)) links.set(device, name);
  }
  return links;
};

/** Consoles and pseudo-terminals have no device behind them. */
const isPort = async (root: string, name: string): Promise<boolean> => {
  const at = path.join(root, lists, name);
  const isHardware = await readlink(path.join(at, 'device')).then(
    () => true,
    () => false,
  );
  if (!isHardware) return false;
  const type = await readFile(path.join(at, 'type'), 'utf8').catch(() => undefined);
  return type?.trim() !== noUart;
};

/** In the order of their names. `root` is the root of the file system. */
export const listSerialPorts = async (root = '/'): Promise<readonly SerialPortFound[]> => {
  const known = await namesIn(path.join(root, lists));
  if (known.length === 0) return (await portsKnownToLibrary()).map(({ path: device }) => ({ path: device, device }));
  const [places, adapters] = await Promise.all([linksIn(root, portsByPath), linksIn(root, portsByAdapter)]);
  const found: SerialPortFound[] = [];
  for (const name of known) {
    if (!(await isPort(root, name))) continue;
    const device = path.join(root, 'dev', name);
    const [place, adapter] = [places.get(device), adapters.get(device)];
    const byAdapter = adapter === undefined ? device : path.join(portsByAdapter, adapter);
    found.push({
      path: place === undefined ? byAdapter : path.join(portsByPath, place),
      device,
      ...(adapter !== undefined && { adapter }),
    });
  }
  return found;
};

const isScript = (word: string): boolean => /\.(?:[cm]?[jt]s|py|sh)$/.test(word);

/** `gpsd`, and `node haidang.mjs` where a program runs another; what it calls itself may be the name of a thread alone. */
const nameOf = async (id: string): Promise<string> => {
  const line = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
  const [program = '', ...rest] = line.split('\0');
  const script = rest.find(isScript);
  const called = await readFile(`/proc/${id}/comm`, 'utf8').catch(() => '');
  const words = program === '' ? [called.trim()] : [program, script ?? []].flat().map(word => path.basename(word));
  return words.join(' ').replaceAll(/[^\P{C}]/gu, '?');
};

/** Names and numbers of other programs that have `device` open, as far as this user may see them. */
export const programsOn = async (device: string): Promise<readonly string[]> => {
  const programs: string[] = [];
  for (const id of await namesIn('/proc')) {
    if (!/^\d+$/.test(id) || Number(id) === process.pid) continue;
    for (const number of await namesIn(`/proc/${id}/fd`)) {
      const file = await readlink(`/proc/${id}/fd/${number}`).catch(() => undefined);
      if (file !== device) continue;
      programs.push(`${await nameOf(id)} (process ${id})`);
      break;
    }
  }
  return programs;
};

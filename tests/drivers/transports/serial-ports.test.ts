import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, realpath, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { listSerialPorts, programsOn } from '../../../drivers/transports/serial-ports.ts';
import { missingPrograms, startPtyPair, temporaryFolder, until } from '../../support/resources.ts';

interface Port {
  readonly name: string;
  /** Of what the kernel says in `type`; absent as of USB adapters. */
  readonly type?: string;
  /** Whether a device stands behind it. */
  readonly hardware?: boolean;
  readonly place?: string;
  readonly adapter?: string;
}

/** The parts of /sys and /dev that tell of `ports`. */
const machine = async (root: string, ports: readonly Port[]): Promise<void> => {
  for (const { name, type, hardware = true, place, adapter } of ports) {
    const at = path.join(root, 'sys/class/tty', name);
    await mkdir(at, { recursive: true });
    if (hardware) await symlink(`../../../devices/${name}`, path.join(at, 'device'));
    if (type !== undefined) await writeFile(path.join(at, 'type'), `${type}\n`);
    await mkdir(path.join(root, 'dev'), { recursive: true });
    await writeFile(path.join(root, 'dev', name), '');
    for (const [folder, link] of [
      ['by-path', place],
      ['by-id', adapter],
    ] as const) {
      if (link === undefined) continue;
      await mkdir(path.join(root, 'dev/serial', folder), { recursive: true });
      await symlink(`../../${name}`, path.join(root, 'dev/serial', folder, link));
    }
  }
};

const list = async (ports: readonly Port[]) => {
  await using folder = await temporaryFolder();
  const root = await realpath(folder.path);
  await machine(root, ports);
  const found = await listSerialPorts(root);
  return found.map(port => ({ ...port, path: port.path.replace(root, ''), device: port.device.replace(root, '') }));
};

describe('the serial ports of a machine', () => {
  it('are named by their place, else by their adapter, else by their device file', async () => {
    expect(
      await list([
        { name: 'ttyUSB0', place: 'platform-1-usb-0:1.2:1.0-port0', adapter: 'usb-1a86_USB_Serial-if00-port0' },
        { name: 'ttyACM0', adapter: 'usb-Acme_GPS-if00' },
        { name: 'ttyS0', type: '4' },
      ]),
    ).toEqual([
      { path: '/dev/serial/by-id/usb-Acme_GPS-if00', device: '/dev/ttyACM0', adapter: 'usb-Acme_GPS-if00' },
      { path: '/dev/ttyS0', device: '/dev/ttyS0' },
      {
        path: '/dev/serial/by-path/platform-1-usb-0:1.2:1.0-port0',
        device: '/dev/ttyUSB0',
        adapter: 'usb-1a86_USB_Serial-if00-port0',
      },
    ]);
  });

  it('are told apart by their places where two adapters call themselves alike', async () => {
    const found = await list([
      { name: 'ttyUSB0', place: 'usb-0:1:1.0-port0' },
      { name: 'ttyUSB1', place: 'usb-0:2:1.0-port0', adapter: 'usb-1a86_USB_Serial-if00-port0' },
    ]);
    expect(found.map(({ path: at }) => at)).toEqual([
      '/dev/serial/by-path/usb-0:1:1.0-port0',
      '/dev/serial/by-path/usb-0:2:1.0-port0',
    ]);
  });

  it('are no consoles, no pseudo-terminals and no names without a chip', async () => {
    const found = await list([
      { name: 'console', hardware: false },
      { name: 'ptmx', hardware: false },
      { name: 'tty1', hardware: false },
      { name: 'ttyS1', type: '0' },
      { name: 'ttyAMA0', type: '32' },
    ]);
    expect(found.map(({ device }) => device)).toEqual(['/dev/ttyAMA0']);
  });
});

describe.skipIf(missingPrograms('socat') !== undefined)('the programs on a serial port', () => {
  it('are told by name and process, without this one', async () => {
    await using folder = await temporaryFolder();
    await using pty = await startPtyPair(folder.path);
    const device = await realpath(pty.gateway);
    const made = await programsOn(device);
    const own = await open(pty.gateway, 'r+');
    const other = spawn('sleep', ['60'], { stdio: [own.fd, 'ignore', 'ignore'] });
    // Node.js calls the thread of every program alike.
    const script = path.join(folder.path, 'gateway.mjs');
    await writeFile(script, 'setInterval(() => {}, 1000)');
    const node = spawn(process.execPath, ['--no-maglev', script, 'run'], { stdio: [own.fd, 'ignore', 'ignore'] });
    try {
      await until('they have the port open', async () => (await programsOn(device)).length > made.length + 1);
      expect(await programsOn(device)).toEqual(
        expect.arrayContaining([`sleep (process ${other.pid})`, `node gateway.mjs (process ${node.pid})`]),
      );
      expect((await programsOn(device)).join()).not.toContain(`process ${process.pid})`);
    } finally {
      for (const child of [other, node]) {
        child.kill();
        await once(child, 'exit');
      }
      await own.close();
    }
    expect(await programsOn(device)).toEqual(made);
  });
});

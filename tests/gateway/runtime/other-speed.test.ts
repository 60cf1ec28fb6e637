import { describe, expect, it } from 'vitest';
import type { DeviceConfig } from '../../../config/schema.ts';
import { systemClock } from '../../../core/time.ts';
import { encode } from '../../../drivers/sensors/pms5003/codec.ts';
import { driver } from '../../../drivers/sensors/pms5003/driver.ts';
import { explainBySpeed } from '../../../gateway/runtime/other-speed.ts';
import { superviseDevice } from '../../../gateway/runtime/supervisor.ts';
import { recordedLog } from '../../drivers/support/context.ts';
import { missingPrograms, startPtyPair, temporaryFolder, until } from '../../support/resources.ts';
import { receive, speedOf, wire } from '../../support/uart.ts';

const frame = encode({ pm1: 8, pm25: 12, pm10: 15, particles03: 1200, particles05: 340, particles1: 60 });

const configured = (connection: Readonly<Record<string, unknown>>): DeviceConfig => ({
  profile: {
    id: 'pm-1',
    driver: 'pms5003',
    service: 'environment',
    alsoServes: [],
    agencies: [],
    name: 'PM',
    siteId: 'pole-1',
    areaCode: '00000',
    status: 'test',
    tags: [],
  },
  driver,
  slice: { connection },
  silence: 30_000,
});

describe.skipIf(missingPrograms('socat') !== undefined)(
  'a device that speaks at another speed than is configured',
  () => {
    it('is told so with both speeds, and nothing is sent to it', async () => {
      await using folder = await temporaryFolder();
      await using pty = await startPtyPair(folder.path);
      const sent = { baudRate: 9600 };
      await using sensor = await wire(pty, { message: () => receive(frame, sent, { baudRate: speedOf(pty) }) });
      const device = configured({ transport: 'serial', path: pty.gateway, baudRate: 115_200 });
      const explain = explainBySpeed(device, systemClock);
      if (explain === undefined) throw new Error('a serial sensor with a codec can be explained');
      await using supervised = superviseDevice({
        profile: device.profile,
        device: driver.bind('pm-1', device.slice),
        silence: device.silence,
        context: { clock: systemClock, log: recordedLog(), reveal: () => '' },
        accept: async () => {},
        onFailure: () => {},
        onBatch: () => {},
        explain,
      });
      const error = await until('the device has failed', () => supervised.status().error);
      expect(error).toEqual({
        kind: 'unreachable',
        message: `frames on ${pty.gateway} look like 9600 baud, configured 115200`,
        advice: 'Write "baudRate: 9600" under "connection" of this device.',
      });
      expect(sensor.heard()).toHaveLength(0);
    });

    it('is not suspected of it where nothing is said at all', async () => {
      await using folder = await temporaryFolder();
      await using pty = await startPtyPair(folder.path);
      const device = configured({ transport: 'serial', path: pty.gateway, baudRate: 115_200 });
      expect(await explainBySpeed(device, systemClock)?.(new AbortController().signal)).toBeUndefined();
    });
  },
);

it('only a device on a serial line can be at a wrong speed', () => {
  expect(explainBySpeed(configured({ transport: 'tcp-client', host: 'a', port: 1 }), systemClock)).toBeUndefined();
});

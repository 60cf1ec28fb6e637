import { open } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { driver } from '../../../../drivers/sensors/pms5003/driver.ts';
import { missingPrograms, startPtyPair, temporaryFolder, until } from '../../../support/resources.ts';
import { read } from '../../support/reading.ts';

describe.skipIf(missingPrograms('socat') !== undefined)('a PMS5003 that speaks by itself', () => {
  it('is unreachable where nothing but noise comes, with its speed as advice', async () => {
    await using folder = await temporaryFolder();
    await using pty = await startPtyPair(folder.path);
    const device = await open(pty.device, 'w');
    let isOver = false;
    const speak = async (): Promise<void> => {
      while (!isOver) {
        await device.write('z'.repeat(32));
        await pause(10);
      }
    };
    const speaking = speak();
    try {
      const connection = { transport: 'serial', path: pty.gateway, baudRate: 4800 };
      const reading = read(driver.bind('aq-1', { connection }));
      await until('it is told', () => reading.ended() !== undefined);
      expect(reading.ended()?.failure).toMatchObject({
        kind: 'unreachable',
        message: expect.stringContaining('at 4800 baud'),
        advice: expect.stringMatching(/^Set the line to 9600 baud/),
      });
    } finally {
      isOver = true;
      await speaking;
      await device.close();
    }
  });
});

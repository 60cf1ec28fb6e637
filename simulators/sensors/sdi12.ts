import { z } from 'zod';
import { defineSimulator, type SimulatorContext } from '../../core/simulator.ts';
import { crcOf } from '../../drivers/protocols/sdi12/crc.ts';
import { startAnswerer } from '../outlets/answerer.ts';
import { outletConfig } from '../outlets/open.ts';
import type { World } from '../world/world.ts';

const address = '0';
/** What the answer says, and when the service request comes, which is sooner. */
const delaySeconds = 1;
const readyAfter = 300;

const askAddress = '?!';
const command = /^(?:[^!]*?)0(M|C|D)(C?)(\d?)!/;

export const simulator = defineSimulator({
  name: 'sdi12',
  summary: 'An SDI-12 probe of air at address 0 (temperature, humidity, pressure) behind an adapter that echoes.',
  config: z.strictObject({ connection: outletConfig }),
  start: ({ connection }, { world, clock, signal, random }: SimulatorContext<World>) => {
    let isChecked = false;
    let readyAt: number | undefined;
    const data = (index: number): string => {
      const air = world.quantitiesAt(clock.now());
      // Spread over two answers, as sensors with many values do.
      const first = `+${(air.temperature ?? 25).toFixed(2)}+${((air.relativeHumidity ?? 0.8) * 100).toFixed(1)}`;
      const list = [first, `+${(air.atmosphericPressure ?? 1013).toFixed(1)}`][index] ?? '';
      return `${address}${list}${isChecked ? crcOf(address + list) : ''}`;
    };
    return startAnswerer({
      connection,
      signal,
      random,
      answer: heard => {
        const text = Buffer.from(heard).toString('latin1');
        const asked = text.indexOf(askAddress);
        if (asked >= 0) {
          const taken = asked + askAddress.length;
          return { bytes: Buffer.from(`${text.slice(0, taken)}${address}\r\n`, 'latin1'), taken };
        }
        const found = command.exec(text);
        if (found === null) return undefined;
        const [whole, kind, check, number] = found;
        if (kind !== 'D') isChecked = check === 'C';
        readyAt = kind === 'M' ? performance.now() + readyAfter : undefined;
        const started = `${address}${String(delaySeconds).padStart(3, '0')}${kind === 'C' ? '03' : '3'}`;
        const answer = kind === 'D' ? data(Number(number)) : started;
        return { bytes: Buffer.from(`${whole}${answer}\r\n`, 'latin1'), taken: whole.length };
      },
      speak: () => {
        const isReady = readyAt !== undefined && performance.now() >= readyAt;
        if (isReady) readyAt = undefined;
        return { bytes: Buffer.from(isReady ? `${address}\r\n` : '', 'latin1'), pause: 1 };
      },
    });
  },
});

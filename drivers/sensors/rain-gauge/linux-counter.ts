/**
 * A count of the Linux counter subsystem (Documentation/ABI/testing/sysfs-bus-counter): a file that holds a number. With
 * the kernel's driver `interrupt-counter` it counts the pulses at a GPIO, also while the gateway is not running.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { sleep } from '../../../core/abort.ts';
import type { Batch } from '../../../core/batch.ts';
import type { Context } from '../../../core/driver.ts';
import { GatewayError, systemCode } from '../../../core/errors.ts';
import { duration } from '../../../core/fields.ts';
import type { Observation } from '../../../core/observation.ts';
import { minutes, seconds } from '../../../core/time.ts';
import { type Bucket, countIn, standOf } from './codec.ts';

export const linuxCounterConfig = z.strictObject({
  transport: z.literal('linux-counter').describe('A counter of Linux on this machine counts the pulses.'),
  path: z
    .string()
    .max(1024)
    .regex(/^\//, 'expected a path such as "/sys/bus/counter/devices/counter0/count0/count"')
    .describe('File with its count: /sys/bus/counter/devices/counter0/count0/count.'),
  interval: duration({ minimum: seconds(1), maximum: minutes(10) })
    .prefault('10s')
    .describe('From one look at the count to the next.'),
});
type LinuxCounterConfig = z.output<typeof linuxCounterConfig>;

const readCount = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'latin1');
  } catch (cause) {
    const isForbidden = ['EACCES', 'EPERM'].includes(systemCode(cause) ?? '');
    throw new GatewayError(isForbidden ? 'denied' : 'unreachable', `the counter ${path} cannot be read`, {
      advice: isForbidden
        ? 'Let the user of the gateway read it.'
        : 'Check the device tree overlay of the counter: "ls /sys/bus/counter/devices" shows those that Linux knows.',
      cause,
    });
  }
};

/** Throws `unreachable` where the file is not there, `denied` where it cannot be read, and `protocol` where it is no count. */
export async function* readLinuxCounter(
  { path, interval }: LinuxCounterConfig,
  bucket: Bucket,
  device: string,
  { signal, clock }: Context,
): AsyncGenerator<Batch<Observation>, void> {
  while (!signal.aborted) {
    const count = countIn(await readCount(path));
    const stand = count === undefined ? undefined : standOf(count, bucket, device, clock.now());
    if (stand?.kind !== 'observation')
      throw new GatewayError('protocol', `${path} holds no count of tips`, {
        advice: 'Give the file "count" of a counter, and check counterBits.',
      });
    yield { items: [stand.observation] };
    await sleep(interval, signal);
  }
}

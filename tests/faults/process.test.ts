/** A process of the gateway that stands still. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { minutes } from '../../core/time.ts';
import { openCenter } from '../support/center.ts';
import { missingPrograms, until } from '../support/resources.ts';
import { inForm } from './support/form.ts';
import { observationsOf, openDevice, openSensor, openSite, pidOf, receiver, sentence } from './support/sensor-site.ts';

const missing = missingPrograms('mosquitto');

describe.skipIf(missing !== undefined)('a process that stands still', { timeout: 180_000 }, () => {
  it('goes on where it stood, and has lost nothing', async () => {
    await using site = await openSite();
    await using center = await openCenter(site.centerPort);
    await using peer = await openDevice(socket => {
      const talking = setInterval(() => socket.write(sentence), 200);
      socket.on('close', () => clearInterval(talking));
    });
    await using gateway = await site.run(receiver('ais-1', peer.port));
    await using sensor = await openSensor(site.brokerPort);
    await sensor.latencies(50);
    const pid = pidOf(gateway);
    process.kill(pid, 'SIGSTOP');
    const during = sensor.latencies(20);
    await new Promise(resolve => setTimeout(resolve, inForm({ short: 4000, long: 60_000 })));
    process.kill(pid, 'SIGCONT');
    await during;
    const before = await observationsOf(gateway, 'ais-1');
    await sensor.latencies(20);
    await until('the other device is read on', async () => (await observationsOf(gateway, 'ais-1')) > before, 30_000);
    // The last mean is told when its minute is over, or when the gateway stops and says what it has.
    expect(await gateway.stop()).toBe(0);
    await using again = await site.run(receiver('ais-1', peer.port));
    await until(
      'the means hold every acknowledged sample',
      () => samplesIn(center.events.values()) >= new Set(sensor.published).size,
      300_000,
    );
    expect(samplesIn(center.events.values())).toBe(sensor.published.length);
    await until('the ledgers agree', () => center.report().streams.every(({ lost, late }) => lost === 0 && late === 0));
    expect(Object.fromEntries(center.report().invalid)).toEqual({});
    expect(await again.stop()).toBe(0);
  });
});

const minuteMean = z.looseObject({
  period: z.looseObject({ start: z.string(), end: z.string() }),
  samples: z.looseObject({ pm25: z.number() }),
});

/** In means over a minute: where the hour ends meanwhile its mean holds the same samples once more. */
const samplesIn = (events: Iterable<{ readonly data: Readonly<Record<string, unknown>> }>): number => {
  let sum = 0;
  for (const { data } of events) {
    const { success, data: mean } = minuteMean.safeParse(data);
    if (success && Date.parse(mean.period.end) - Date.parse(mean.period.start) <= minutes(1)) sum += mean.samples.pm25;
  }
  return sum;
};

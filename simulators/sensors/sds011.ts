import { z } from 'zod';
import { defineSimulator, type SimulatorContext } from '../../core/simulator.ts';
import { minutes, seconds } from '../../core/time.ts';
import { commands, encode, encodeAcknowledgement, setPeriod } from '../../drivers/sensors/sds011/codec.ts';
import { firstRequest, startAnswerer } from '../outlets/answerer.ts';
import { outletConfig } from '../outlets/open.ts';
import type { World } from '../world/world.ts';

type Means = { readonly command: keyof typeof commands } | { readonly period: number };

const known: readonly { readonly request: Uint8Array; readonly means: Means }[] = [
  ...(Object.keys(commands) as (keyof typeof commands)[]).map(command => ({
    request: commands[command],
    means: { command },
  })),
  ...Array.from({ length: 31 }, (_, period) => ({ request: setPeriod(period), means: { period } })),
];

export const simulator = defineSimulator({
  name: 'sds011',
  summary: 'An SDS011 in the air of the world, by itself or asked, on a pty or behind a serial server.',
  config: z.strictObject({
    connection: outletConfig,
    workingPeriod: z.int().min(0).max(30).default(0),
  }),
  start: ({ connection, workingPeriod }, { world, clock, signal, random }: SimulatorContext<World>) => {
    let period = workingPeriod;
    let speaks = true;
    const values = (): Uint8Array => {
      const { pm25 = 0, pm10 = 0 } = world.quantitiesAt(clock.now());
      return encode(pm25, pm10);
    };
    const answers: Readonly<Record<keyof typeof commands, () => Uint8Array>> = {
      speakByItself: () => {
        speaks = true;
        return encodeAcknowledgement(2, 1, 0);
      },
      answerOnly: () => {
        speaks = false;
        return encodeAcknowledgement(2, 1, 1);
      },
      query: values,
      askPeriod: () => encodeAcknowledgement(8, 0, period),
    };
    return startAnswerer({
      connection,
      signal,
      random,
      speak: () => ({
        bytes: speaks ? values() : new Uint8Array(0),
        pause: period === 0 ? seconds(1) : minutes(period),
      }),
      answer: heard => {
        const found = firstRequest(heard, known);
        if (found === undefined) return undefined;
        if ('command' in found.means) return { bytes: answers[found.means.command](), taken: found.taken };
        period = found.means.period;
        return { bytes: encodeAcknowledgement(8, 1, period), taken: found.taken };
      },
    });
  },
});

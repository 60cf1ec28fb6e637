/** An AIS receiver on the quay, with what it hears of the world. */
import { z } from 'zod';
import { defineSimulator, type SimulatorContext } from '../../core/simulator.ts';
import { type Duration, type Instant, minutes, seconds } from '../../core/time.ts';
import { openOutlet, outletConfig } from '../outlets/open.ts';
import { startSpeaker } from '../outlets/speaker.ts';
import { createHearing } from '../world/hearing.ts';
import { createTagger } from '../world/tagger.ts';
import type { World } from '../world/world.ts';

const tick: Duration = 100;
/** Where the clock of the world goes faster than ours, it is followed in steps of this length. */
const step = seconds(1);
/** After a longer pause what was said in it is gone. */
const followed = minutes(10);

export const simulator = defineSimulator({
  name: 'ais-receiver',
  summary: 'An AIS receiver that hears the vessels of the world, over TCP, UDP or on a pty.',
  config: z.strictObject({
    connection: outletConfig,
    tagBlocks: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,15}$/)
      .optional()
      .describe('Name of the receiver in a TAG block before each sentence, with its time; none when absent.'),
  }),
  start: async ({ connection, tagBlocks }, { world, clock, signal, random }: SimulatorContext<World>) => {
    const outlet = await openOutlet(connection);
    const hearing = createHearing(world.stations, random);
    const tag = tagBlocks === undefined ? undefined : createTagger(tagBlocks);
    let listeners = 0;
    let until = clock.now();

    const heardAt = (now: Instant): readonly string[] => {
      const messages = hearing.heardAt(now);
      return tag === undefined ? messages : messages.map(message => tag(message, now));
    };

    const speaker = startSpeaker({
      outlet,
      signal,
      random,
      speak: () => {
        if (outlet.connections() !== listeners) hearing.beginAgain();
        listeners = outlet.connections();
        const now = clock.now();
        const said: string[] = [];
        for (let at = Math.max(until, now - followed) + step; at < now; at += step) said.push(...heardAt(at));
        said.push(...heardAt(now));
        until = now;
        return { bytes: Buffer.from(said.join(''), 'latin1'), pause: tick };
      },
    });
    return { ...speaker, address: { connection: outlet.connection } };
  },
});

import { z } from 'zod';
import { defineSimulator, type SimulatorContext } from '../../core/simulator.ts';
import { commands, encode, encodeStarted, encodeStatus, encodeStopped } from '../../drivers/sensors/sps30/codec.ts';
import { firstRequest, startAnswerer } from '../outlets/answerer.ts';
import { outletConfig } from '../outlets/open.ts';
import type { World } from '../world/world.ts';

const known = (Object.keys(commands) as (keyof typeof commands)[]).map(means => ({ request: commands[means], means }));

/** A new value is there every second. */
const newEvery = 1000;

/** Error of a command that its state does not allow. */
const notAllowed = 0x43;

export const simulator = defineSimulator({
  name: 'sps30',
  summary:
    'An SPS30 in the air of the world, which is started and asked over SHDLC, on a pty or behind a serial server.',
  config: z.strictObject({
    connection: outletConfig,
    /** The device status register: bit 4 fan, 5 laser, 21 speed of the fan. */
    status: z.int().min(0).max(0xffffffff).default(0),
  }),
  start: async ({ connection, status }, { world, clock, signal, random }: SimulatorContext<World>) => {
    let isMeasuring = false;
    let readAt = Number.NEGATIVE_INFINITY;
    const answers: Readonly<Record<keyof typeof commands, () => Uint8Array>> = {
      start: () => {
        const failure = isMeasuring ? notAllowed : 0;
        isMeasuring = true;
        return encodeStarted(failure);
      },
      stop: () => {
        isMeasuring = false;
        return encodeStopped();
      },
      read: () => {
        if (!isMeasuring || clock.steady() - readAt < newEvery) return encode(undefined);
        readAt = clock.steady();
        return encode(world.quantitiesAt(clock.now()));
      },
      status: () => encodeStatus(status),
    };
    return startAnswerer({
      connection,
      signal,
      random,
      answer: heard => {
        const found = firstRequest(heard, known);
        return found && { bytes: answers[found.means](), taken: found.taken };
      },
    });
  },
});

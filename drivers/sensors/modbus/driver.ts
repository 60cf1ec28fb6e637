import { z } from 'zod';
import { sleep } from '../../../core/abort.ts';
import type { Batch } from '../../../core/batch.ts';
import { type Context, defineDriver } from '../../../core/driver.ts';
import { GatewayError } from '../../../core/errors.ts';
import { duration } from '../../../core/fields.ts';
import type { Measurement } from '../../../core/observation.ts';
import { minutes } from '../../../core/time.ts';
import { type Answer, answerTo, encodeRequest, silenceBetween } from '../../protocols/modbus/codec.ts';
import {
  type Block,
  blocksOf,
  mapNames,
  readMap,
  registerMap,
  rolloverOf,
  valueIn,
} from '../../protocols/modbus/map.ts';
import { type Line, lineConnection, openLine } from '../../transports/line.ts';

/** Readings in a row without an answer before the device counts as gone, and the supervisor asks ever more seldom. */
const mostUnanswered = 3;

/** The same, where something comes that is no answer: a noisy line spoils many. */
const mostSpoiled = 8;

/** How often one request is made when its answer is spoiled. */
const mostTries = 4;

/** Exceptions that pass: the device works on something else (§7). */
const passing: ReadonlySet<number> = new Set([5, 6]);

const config = z
  .strictObject({
    connection: lineConnection({ baudRate: 9600 }),
    framing: z
      .enum(['rtu', 'tcp'])
      .default('rtu')
      .describe('rtu: on a serial line, or through a serial server that passes bytes on. tcp: Modbus TCP.'),
    address: z.int().min(1).max(255).default(1).describe('Address of the device: 1 to 247; 255 on Modbus TCP alone.'),
    map: z
      .union([z.enum(mapNames), registerMap])
      .describe('Which values stand in which registers: a map that comes with the gateway, or its entries.'),
    interval: duration({ minimum: 100, maximum: minutes(60) })
      .prefault('10s')
      .describe('From one reading to the next.'),
    timeout: duration({ minimum: 50, maximum: 10_000 })
      .prefault('1s')
      .describe('How long the answer to one request may take.'),
  })
  .refine(({ framing, connection }) => framing === 'rtu' || connection.transport === 'tcp-client', {
    path: ['framing'],
    error: 'tcp needs a connection by tcp-client',
  })
  .refine(({ framing, address }) => framing === 'tcp' || address <= 247, {
    path: ['address'],
    error: 'addresses on a serial line end at 247',
  });
type Config = z.output<typeof config>;

const createAsk = (settings: Config, line: Line, { signal, count: countOf }: Context) => {
  let transaction = 0;
  return async ({ function: called, register, count }: Block): Promise<Answer | 'silence' | 'noise'> => {
    for (let tries = 0; tries < mostTries; tries++) {
      let isHeard = false;
      const answer = await line.turn(async ({ ask }) => {
        transaction = (transaction + 1) & 0xffff;
        const request = { address: settings.address, function: called, register, count, transaction };
        const { connection, framing } = settings;
        const pause = silenceBetween(framing, connection.transport === 'serial' ? connection.baudRate : undefined);
        if (pause > 0) await sleep(pause, signal);
        return ask(
          encodeRequest(settings.framing, request),
          bytes => {
            isHeard = true;
            return answerTo(settings.framing, request, bytes);
          },
          settings.timeout,
        );
      });
      if (answer !== undefined) return answer;
      countOf(isHeard ? 'malformed.noise' : 'unanswered');
      if (!isHeard) return 'silence';
    }
    return 'noise';
  };
};

/** Throws `unreachable` after three readings without an answer, or eight spoiled by noise; and `protocol` for an exception that will not pass. */
async function* readings(settings: Config, device: string, context: Context): AsyncGenerator<Batch<Measurement>, void> {
  const { signal, clock, count } = context;
  try {
    const blocks = blocksOf(await readMap(settings.map));
    await using line = await openLine(settings.connection, context);
    const ask = createAsk(settings, line, context);
    let [missed, spoiled] = [0, 0];
    while (!signal.aborted) {
      const items: Measurement[] = [];
      let failure: 'silence' | 'noise' | undefined;
      for (const block of blocks) {
        const answer = await ask(block);
        if (typeof answer === 'string') {
          // The rest of the reading is left out: each more request would keep the line from the others for nothing.
          failure = answer;
          break;
        }
        if (answer.kind === 'exception') {
          if (!passing.has(answer.code))
            throw new GatewayError(
              'protocol',
              `the device at address ${settings.address} refuses register ${block.register} (exception ${answer.code})`,
              { advice: 'Check the map: function, first register (counted from 0) and how many there are.' },
            );
          count('ignored.busy');
          continue;
        }
        const time = clock.now();
        for (const entry of block.entries) {
          const value = valueIn(answer.bytes, block.register, entry);
          if (value === undefined) {
            count('ignored.not-available');
            continue;
          }
          const { quantity } = entry;
          const rollover = rolloverOf(entry);
          items.push({
            kind: 'measurement',
            device,
            time,
            timeFrom: 'gateway',
            quantity,
            value,
            ...(rollover !== undefined && { rollover }),
          });
        }
      }
      missed = failure === 'silence' ? missed + 1 : 0;
      spoiled = failure === 'noise' ? spoiled + 1 : 0;
      if (missed >= mostUnanswered || spoiled >= mostSpoiled)
        throw new GatewayError('unreachable', `nothing answers at address ${settings.address}`, {
          advice:
            'Check its power, its address, A and B, and speed and parity of the line: `haidang modbus scan` tells who answers at which.',
        });
      if (failure === undefined || items.length > 0) yield { items };
      await sleep(settings.interval, signal);
    }
  } catch (failure) {
    if (!signal.aborted) throw failure;
  }
}

export const driver = defineDriver({
  name: 'modbus',
  family: 'sensors',
  summary:
    'Modbus sensors by a map of their registers: RTU on a serial line or through a serial server, and Modbus TCP.',
  host: 'main',
  emits: ['measurement'],
  config,
  silence: minutes(2),
  intervalOf: ({ interval }) => interval,
  open: readings,
});

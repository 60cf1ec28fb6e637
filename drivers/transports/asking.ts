/** The course of a sensor on a line that is asked again and again: begin, warm up, ask, rest. */
import { sleep } from '../../core/abort.ts';
import type { Batch } from '../../core/batch.ts';
import type { Context, Decoder } from '../../core/driver.ts';
import { GatewayError } from '../../core/errors.ts';
import type { Measurement, Observation, Quality } from '../../core/observation.ts';
import { type Duration, seconds } from '../../core/time.ts';
import { type LineConfig, openLine, placeOf, type Talk } from './line.ts';

/** Requests in a row to which nothing at all comes before the sensor counts as gone. */
const mostUnanswered = 3;

/** The same, where something comes that is no answer: a noisy line spoils many. */
const mostSpoiled = 8;

export interface Asking {
  readonly connection: LineConfig;
  /** How people call the sensor, for messages. */
  readonly sensor: string;
  /** The speed at which it speaks as delivered. */
  readonly baudRate: number;
  /** Asks for the values; empty where the sensor speaks by itself and is only listened to. */
  readonly request: Uint8Array;
  readonly createDecoder: () => Decoder;
  /** From one answer to the next request; 0 where the sensor speaks by itself. */
  readonly interval: Duration;
  /** How long an answer may take. */
  readonly within: Duration;
  /** Brings the sensor to measure; tells whether it did so already. */
  readonly begin: (talk: Talk) => Promise<'measured-already' | 'begun'>;
  /** For so long after it began, what it measures is suspect. */
  readonly warmUp: Duration;
  /** Given where the sensor rests between two readings; it is read then only after `warmUp`. */
  readonly rest?: (talk: Talk) => Promise<void>;
  /** Asked after each reading: what the sensor says of itself. */
  readonly check?: (talk: Talk) => Promise<Quality | undefined>;
}

const isMeasurement = (observation: Observation): observation is Measurement => observation.kind === 'measurement';

const markWith =
  (quality: Quality | undefined) =>
  (observation: Observation): Observation =>
    quality === undefined || !isMeasurement(observation) ? observation : { ...observation, quality };

type Asked = Pick<Asking, 'connection' | 'sensor' | 'baudRate'>;

/** Why a sensor counts as gone to which `strange` bytes came that are none of its messages; 0: nothing came at all. */
export const unanswered = ({ connection, sensor, baudRate }: Asked, strange: number): GatewayError => {
  const place = placeOf(connection);
  const speed = connection.transport === 'serial' ? connection.baudRate : undefined;
  if (strange === 0) {
    const otherSpeed = speed === undefined || speed === baudRate ? '' : `, and its speed: it speaks ${baudRate} baud`;
    return new GatewayError('unreachable', `the ${sensor} on ${place} says nothing`, {
      advice: `Check its power and that TX and RX are crossed, at 3.3 V${otherSpeed}.`,
    });
  }
  return new GatewayError(
    'unreachable',
    `nothing but noise on ${place}${speed === undefined ? '' : ` at ${speed} baud`} (${strange} bytes)`,
    {
      advice:
        speed === baudRate
          ? `Check that it is a ${sensor} in the mode that is configured, the ground wire, and the level of 3.3 V.`
          : `Set the line${speed === undefined ? ' of the serial server' : ''} to ${baudRate} baud: this sensor speaks ${baudRate}.`,
    },
  );
};

/**
 * Readings until aborted. Throws what the line throws, and `unreachable` when the sensor does not answer three times in
 * a row, or eight times with noise. What is measured while it warms up is `suspect`; a worse word of `check` holds.
 */
export async function* asking(asked: Asking, context: Context): AsyncGenerator<Batch<Observation>, void> {
  const { signal, clock, count } = context;
  try {
    await using line = await openLine(asked.connection, context);
    let [isMeasuring, warmAt, missed, spoiled, strange] = [false, 0, 0, 0, 0];
    while (!signal.aborted) {
      if (!isMeasuring) {
        const how = await line.turn(asked.begin);
        warmAt = how === 'begun' ? clock.steady() + asked.warmUp : 0;
        if (asked.rest !== undefined) {
          await sleep(warmAt - clock.steady(), signal);
          // It waited for that: a timer that fires a moment early must not make the reading suspect.
          warmAt = 0;
        }
        isMeasuring = true;
      }
      let heard = 0;
      const answer = await line.turn(({ ask }) =>
        ask(
          asked.request,
          bytes => {
            heard = bytes.length;
            const decoded = asked.createDecoder()({ bytes, receivedAt: clock.now() });
            return decoded.some(({ kind }) => kind !== 'malformed') ? decoded : undefined;
          },
          asked.within,
        ),
      );
      if (answer === undefined) {
        strange += heard;
        count(heard > 0 ? 'malformed.noise' : 'unanswered');
        if (heard > 0) spoiled++;
        else missed++;
        if (missed >= mostUnanswered || spoiled >= mostSpoiled) throw unanswered(asked, spoiled > 1 ? strange : 0);
        continue;
      }
      [missed, spoiled, strange] = [0, 0, 0];
      const items: Observation[] = [];
      for (const piece of answer)
        if (piece.kind === 'observation') items.push(piece.observation);
        else count(`${piece.kind}.${piece.reason}`);
      const told = items.length > 0 ? await (asked.check && line.turn(asked.check)) : undefined;
      const isWarm = clock.steady() >= warmAt;
      yield { items: items.map(markWith(told ?? (isWarm ? undefined : 'suspect'))) };
      if (asked.rest !== undefined) {
        await line.turn(asked.rest);
        isMeasuring = false;
      }
      if (asked.interval > 0) await sleep(asked.interval, signal);
    }
  } catch (failure) {
    if (!signal.aborted) throw failure;
  }
}

/** Sends a command whose answer, looked for `within` a second, tells nothing that would change what follows. */
export const tell = async (talk: Talk, command: Uint8Array, length: number): Promise<Uint8Array | undefined> =>
  talk.ask(command, bytes => (bytes.length >= length ? bytes : undefined), seconds(1));

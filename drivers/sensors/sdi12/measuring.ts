/** One measurement of SDI-12 from its start to its last value. */
import { sleep } from '../../../core/abort.ts';
import { type Duration, seconds } from '../../../core/time.ts';
import type { Line, Talk } from '../../transports/line.ts';
import { dataIn, isAddressIn, type Started, startedIn } from './codec.ts';

/** A sensor begins its answer within 15 ms; 75 characters at 1200 baud and the way through an adapter take the rest. */
const answerWithin: Duration = 1200;
/** Clause 7.2 asks for at least three tries. */
const mostTries = 3;
const mostAnswers = 10;

const empty = new Uint8Array(0);

export interface Measuring {
  readonly address: string;
  /** `M` has the line to itself until the values are ready; `C` leaves it to other sensors. */
  readonly command: 'M' | 'C';
  /** 0 for the plain command, otherwise the number behind it. */
  readonly set: number;
  readonly checked: boolean;
}

export type Measured = readonly number[] | 'unanswered' | 'bad-checksum';

const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'latin1');

const start = async ({ ask }: Talk, { address, command, set, checked }: Measuring): Promise<Started | undefined> => {
  const request = bytesOf(`${address}${command}${checked ? 'C' : ''}${set === 0 ? '' : set}!`);
  for (let tries = 0; tries < mostTries; tries++) {
    const started = await ask(request, bytes => startedIn(bytes, address), answerWithin);
    if (started !== undefined) return started;
  }
  return undefined;
};

/** Asks for answer after answer until all values are there, or one has none. */
const collect = async ({ ask }: Talk, { address, checked }: Measuring, expected: number): Promise<Measured> => {
  const values: number[] = [];
  for (let answer = 0; answer < mostAnswers && values.length < expected; answer++) {
    let data: ReturnType<typeof dataIn>;
    for (let tries = 0; tries < mostTries && (data === undefined || data === 'bad-checksum'); tries++)
      data = await ask(bytesOf(`${address}D${answer}!`), bytes => dataIn(bytes, address, checked), answerWithin);
    if (data === undefined) return 'unanswered';
    if (data === 'bad-checksum') return data;
    if (data.length === 0) break;
    values.push(...data);
  }
  return values;
};

/** Rejects when the line is lost. */
export const measure = async (line: Line, measuring: Measuring, signal: AbortSignal): Promise<Measured> => {
  const { address, command } = measuring;
  if (command === 'M')
    return line.turn(async talk => {
      const started = await start(talk, measuring);
      if (started === undefined) return 'unanswered';
      // Any command before that would end the measurement. Where the request is lost, the time tells as well.
      if (started.delay > 0) await talk.ask(empty, bytes => isAddressIn(bytes, address), seconds(started.delay));
      return collect(talk, measuring, started.values);
    });
  const started = await line.turn(talk => start(talk, measuring));
  if (started === undefined) return 'unanswered';
  await sleep(seconds(started.delay), signal);
  return line.turn(talk => collect(talk, measuring, started.values));
};

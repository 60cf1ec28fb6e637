/**
 * What speaks on a serial port. It is listened to first, at each speed that a driver names; what says nothing is asked
 * only where the caller wants that, and only the questions of the signs, which change nothing in any device.
 */
import { onAbort, sleep } from '../../core/abort.ts';
import type { Context, SerialDefaults } from '../../core/driver.ts';
import { type GatewayError, toGatewayError } from '../../core/errors.ts';
import { type Duration, seconds } from '../../core/time.ts';
import { openLine } from '../../drivers/transports/line.ts';
import { openSerial, type SerialConfig, serialConfig } from '../../drivers/transports/serial.ts';
import { type Candidate, createEar, type DriverSign, type Ear, linesOf, speaksOn, sureAfter } from './ear.ts';

/** What came at one setting of the line and no driver understands. */
export interface Strange {
  readonly line: SerialDefaults;
  readonly bytes: number;
  /** The first of them. */
  readonly sample: Uint8Array;
}

export type PortFinding =
  /** Best first. */
  | { readonly kind: 'found'; readonly candidates: readonly Candidate[]; readonly asked: boolean }
  | { readonly kind: 'strange'; readonly heard: readonly Strange[]; readonly alike: readonly Candidate[] }
  | { readonly kind: 'quiet' }
  /** It was aborted before that was known. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'skipped'; readonly error: GatewayError };

export interface SniffOptions {
  readonly signs: readonly DriverSign[];
  /** For how long each setting of a line is listened to. */
  readonly listenFor: Duration;
  readonly questions: 'none' | 'harmless';
  readonly signal: AbortSignal;
  readonly clock: Context['clock'];
  /** Told what is being done. */
  readonly onStep?: (step: string) => void;
}

/** How long a device may take to answer: SDI-12 at 1200 baud is the slowest. */
const answerWithin: Duration = 1200;

const longestSample = 16;

/** Some boards begin anew whenever their port is opened or closed, and are away for a moment. */
const mostTries = 4;
const betweenTries: Duration = 400;

export const formatLine = ({ baudRate, dataBits = 8, parity = 'none' }: SerialDefaults): string =>
  `${baudRate} ${dataBits}${(parity[0] ?? 'n').toUpperCase()}1`;

export const serialAt = (path: string, line: SerialDefaults): SerialConfig =>
  serialConfig(line).parse({ transport: 'serial', path });

/** Throws what the port throws at the last try. */
export const again = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (thrown) {
      if (tries === mostTries || toGatewayError(thrown).kind !== 'unreachable' || signal.aborted) throw thrown;
      await sleep(betweenTries, signal);
    }
  }
};

const isSure = (ear: Ear): boolean => {
  const best = ear.candidates()[0];
  return best !== undefined && best.observations.length > 0 && best.messages >= sureAfter;
};

/** Listens until it is sure, the time is over or it is aborted. Throws what the port throws. */
const listen = async (
  path: string,
  line: SerialDefaults,
  ear: Ear,
  { listenFor, signal, clock }: Pick<SniffOptions, 'listenFor' | 'signal' | 'clock'>,
): Promise<Uint8Array> => {
  const ending = new AbortController();
  using _ = onAbort(signal, () => ending.abort());
  const timer = setTimeout(() => ending.abort(), listenFor);
  let sample: Uint8Array = new Uint8Array(0);
  try {
    for await (const chunk of openSerial(serialAt(path, line), { signal: ending.signal, clock, count: () => {} })) {
      if (sample.length < longestSample) sample = Buffer.concat([sample, chunk.bytes]).subarray(0, longestSample);
      ear.hear(chunk);
      if (isSure(ear)) break;
    }
  } finally {
    clearTimeout(timer);
  }
  return sample;
};

const listenAtAll = async (path: string, options: SniffOptions): Promise<PortFinding> => {
  const speaking = options.signs.filter(({ sign }) => sign.question === undefined);
  const heard: Strange[] = [];
  let alike: readonly Candidate[] = [];
  for (const line of linesOf(speaking)) {
    if (options.signal.aborted) break;
    options.onStep?.(`listening at ${formatLine(line)}`);
    const ear = createEar(speaking, line);
    const sample = await again(options.signal, () => listen(path, line, ear, options));
    const candidates = ear.candidates();
    if (candidates.some(({ observations }) => observations.length > 0))
      return { kind: 'found', candidates, asked: false };
    if (candidates.length > alike.length) alike = candidates;
    if (ear.bytesHeard() > 0) heard.push({ line, bytes: ear.bytesHeard(), sample });
  }
  return heard.length > 0 ? { kind: 'strange', heard, alike } : { kind: 'quiet' };
};

/**
 * The signs of each question, which several drivers' models may share. The shortest comes first: to a device whose
 * commands are letters, bytes of a longer question may be one, and one that it keeps (the `h` of an HPMA115's to an RG-15).
 */
const byQuestion = (signs: readonly DriverSign[]): readonly (readonly DriverSign[])[] =>
  [...Map.groupBy(signs, ({ sign }) => Buffer.from(sign.question ?? []).toString('hex'))]
    .toSorted(([a], [b]) => a.length - b.length)
    .map(([, group]) => group);

/** Asks the questions of `signs` one after the other; undefined when none was answered. */
const askOn = async (
  path: string,
  line: SerialDefaults,
  signs: readonly DriverSign[],
  { signal, clock, onStep }: SniffOptions,
): Promise<readonly Candidate[] | undefined> => {
  await using opened = await openLine(serialAt(path, line), { signal, clock, count: () => {} });
  for (const group of byQuestion(signs)) {
    if (signal.aborted) break;
    onStep?.(`asking for ${[...new Set(group.map(({ driver }) => driver.name))].join(', ')} at ${formatLine(line)}`);
    const understand = (bytes: Uint8Array): readonly Candidate[] | undefined => {
      const ear = createEar(group, line);
      ear.hear({ bytes, receivedAt: clock.now() });
      const candidates = ear.candidates();
      return candidates.length > 0 ? candidates : undefined;
    };
    const question = group[0]?.sign.question ?? new Uint8Array(0);
    const candidates = await opened.turn(({ ask }) => ask(question, understand, answerWithin));
    if (candidates !== undefined) return candidates;
  }
  return undefined;
};

const askAll = async (path: string, options: SniffOptions): Promise<PortFinding> => {
  const asked = options.signs.filter(({ sign }) => sign.question !== undefined);
  for (const line of linesOf(asked)) {
    if (options.signal.aborted) break;
    const signs = asked.filter(sign => speaksOn(sign, line));
    const candidates = await again(options.signal, () => askOn(path, line, signs, options));
    if (candidates !== undefined) return { kind: 'found', candidates, asked: true };
  }
  return { kind: 'quiet' };
};

/** A port on which something comes is not asked: another master may be at work there. Never rejects. */
export const sniffPort = async (path: string, options: SniffOptions): Promise<PortFinding> => {
  try {
    const heard = await listenAtAll(path, options);
    const found =
      heard.kind !== 'quiet' || options.questions === 'none' || options.signal.aborted
        ? heard
        : await askAll(path, options);
    return found.kind !== 'found' && options.signal.aborted ? { kind: 'stopped' } : found;
  } catch (thrown) {
    return options.signal.aborted ? { kind: 'stopped' } : { kind: 'skipped', error: toGatewayError(thrown) };
  }
};

/** The longest that a port can take. */
export const sniffTime = ({ signs, listenFor, questions }: SniffOptions): Duration => {
  const asked = signs.filter(({ sign }) => sign.question !== undefined);
  const listening =
    linesOf(signs.filter(({ sign }) => sign.question === undefined)).length * (listenFor + seconds(0.2));
  return questions === 'none' ? listening : listening + byQuestion(asked).length * answerWithin;
};

/** What speaks on a line, by the signs of all drivers: pure, so that it can be asked of recorded bytes too. */
import type { Chunk } from '../../core/chunk.ts';
import type { Decoder, Driver, SerialDefaults, Sign } from '../../core/driver.ts';
import type { Frame, Observation } from '../../core/observation.ts';
import { quantities } from '../../core/quantity.ts';

/** A sign, and the driver whose it is. */
export interface DriverSign {
  readonly driver: Driver<Observation | Frame>;
  readonly sign: Sign;
}

/** A driver that understands what came, with what it makes of it. */
export interface Candidate extends DriverSign {
  readonly line: SerialDefaults;
  /** Whole messages, at least. */
  readonly messages: number;
  /** The last of each quantity or kind. */
  readonly observations: readonly Observation[];
}

export interface Ear {
  hear(chunk: Chunk): void;
  /** Best first. Those whose messages only are well formed, and say nothing that is reported, come last. */
  candidates(): readonly Candidate[];
  bytesHeard(): number;
}

/** Those of `lines` on which two messages came are sure enough to listen no longer. */
export const sureAfter = 2;

export const signsOf = (drivers: readonly Driver<Observation | Frame>[]): readonly DriverSign[] =>
  drivers.flatMap(driver => driver.signs.map(sign => ({ driver, sign })));

const sameLine = (a: SerialDefaults, b: SerialDefaults): boolean =>
  a.baudRate === b.baudRate && (a.dataBits ?? 8) === (b.dataBits ?? 8) && (a.parity ?? 'none') === (b.parity ?? 'none');

/** Each once, in the order of how many signs name them first. */
export const linesOf = (signs: readonly DriverSign[]): readonly SerialDefaults[] => {
  const lines: { readonly line: SerialDefaults; rank: number }[] = [];
  for (const { sign } of signs)
    for (const [index, line] of sign.lines.entries()) {
      const known = lines.find(other => sameLine(other.line, line));
      if (known === undefined) lines.push({ line, rank: index });
      else known.rank = Math.min(known.rank, index);
    }
  return lines.toSorted((a, b) => a.rank - b.rank).map(({ line }) => line);
};

export const speaksOn = ({ sign }: DriverSign, line: SerialDefaults): boolean =>
  sign.lines.some(other => sameLine(other, line));

/** As it would stand in the configuration, so that what is found is what `haidang check` accepts. */
export const connectionOf = (path: string, line: SerialDefaults) => ({ transport: 'serial', path, ...line }) as const;

const keyOf = (observation: Observation): string =>
  observation.kind === 'measurement' ? observation.quantity : observation.kind;

/** Whether a value can be; what is no measurement was checked by its codec. */
const isPlausible = (observation: Observation): boolean => {
  if (observation.kind !== 'measurement') return true;
  const { minimum, maximum } = quantities[observation.quantity];
  return observation.value >= minimum && observation.value <= maximum;
};

/** A field that another model does not send is 0 there. */
const isTelling = (observation: Observation): boolean =>
  observation.kind !== 'measurement' || (observation.value !== 0 && isPlausible(observation));

interface Listener extends DriverSign {
  readonly decode: Decoder;
  readonly observations: Map<string, Observation>;
  wellFormed: number;
}

const isBetter = (a: Listener, b: Listener): number => {
  const count = ({ observations }: Listener, of: (observation: Observation) => boolean): number =>
    [...observations.values()].filter(of).length;
  return (
    count(a, one => !isPlausible(one)) - count(b, one => !isPlausible(one)) || count(b, isTelling) - count(a, isTelling)
  );
};

/** Listens with the decoders of all of `signs` that speak on `line`. */
export const createEar = (signs: readonly DriverSign[], line: SerialDefaults): Ear => {
  let heard = 0;
  const listeners = signs
    .filter(sign => speaksOn(sign, line))
    .flatMap(({ driver, sign }): Listener[] => {
      const bound = driver.bind('found', { ...sign.config, connection: connectionOf('/dev/found', line) });
      const decode = sign.createDecoder?.() ?? bound.createDecoder();
      return decode === undefined ? [] : [{ driver, sign, decode, observations: new Map(), wellFormed: 0 }];
    });
  return {
    hear: chunk => {
      heard += chunk.bytes.length;
      for (const listener of listeners)
        for (const piece of listener.decode(chunk)) {
          if (piece.kind === 'malformed') continue;
          listener.wellFormed++;
          if (piece.kind === 'observation') listener.observations.set(keyOf(piece.observation), piece.observation);
        }
    },
    candidates: () => {
      const understood = listeners.filter(({ wellFormed }) => wellFormed > 0);
      const reporting = understood.filter(({ observations }) => observations.size > 0);
      return (reporting.length > 0 ? reporting : understood).toSorted(isBetter).map(listener => ({
        driver: listener.driver,
        sign: listener.sign,
        line,
        messages: Math.floor(listener.wellFormed / Math.max(1, listener.observations.size)),
        observations: [...listener.observations.values()],
      }));
    },
    bytesHeard: () => heard,
  };
};

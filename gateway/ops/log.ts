import { pino } from 'pino';
import type { Log } from '../../core/log.ts';
import { seconds, systemClock } from '../../core/time.ts';
import { createFloodGate } from './log-flood.ts';
import { createLogRing, type LogLevel, type LogRing } from './log-ring.ts';

export interface LogOptions {
  readonly level: 'info' | 'warn' | 'error';
  /** Every secret that is known by now: none of them is written, wherever it came from. */
  readonly secrets: () => readonly string[];
  readonly write: (line: string) => void;
}

export interface GatewayLog extends Log {
  /** The newest lines of at least this level as they were written, the oldest of them first. */
  readonly tail: LogRing['tail'];
  /** The same log with fields on every line. */
  with(fields: Readonly<Record<string, unknown>>): GatewayLog;
}

/** A day of a quiet gateway, an hour of a troubled one. */
const remembered = { lines: 1000, characters: 256 * 1024 };

/** How often lines that were held back are looked for. */
const foldedEvery = seconds(5);

const namesOfSecrets = ['password', 'token', 'authorization', 'secret'];

/** Login in front of a host: `rtsp://user:password@10.0.0.9/` → `rtsp://[secret]@10.0.0.9/`. */
const logins = /(\w:\/\/)[^\s/@"]+@/g;

/** `line` without any of `secrets`, also where JSON has escaped them, and without logins in addresses. */
export const redact = (line: string, secrets: readonly string[]): string => {
  let clean = line.replaceAll(logins, '$1[secret]@');
  for (const secret of secrets) {
    // Shorter ones would tear words apart; they are no secrets either.
    if (secret.length < 4) continue;
    for (const form of new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])) {
      clean = clean.replaceAll(form, '[secret]');
    }
  }
  return clean;
};

/** One JSON object a line, with `time` in RFC 3339 and the level as a word. */
export const createLog = ({ level, secrets, write }: LogOptions): GatewayLog => {
  const ring = createLogRing(remembered);
  const root = pino<never>(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      redact: { paths: namesOfSecrets.flatMap(name => [name, `*.${name}`, `*.*.${name}`]), censor: '[secret]' },
    },
    {
      write: line => {
        const clean = redact(line, secrets());
        ring.add(clean.trimEnd());
        write(clean);
      },
    },
  );
  // A secret may have become known since.
  const tailOf: LogRing['tail'] = (count, least) => ring.tail(count, least).map(line => redact(line, secrets()));
  const gate = createFloodGate(systemClock.steady);
  /** Kinds of lines that were held back: what tells of them. */
  const heldBack = new Map<string, (count: number) => void>();
  let timer: NodeJS.Timeout | undefined;

  const tellFolded = (): void => {
    for (const [key, count] of gate.folded()) {
      heldBack.get(key)?.(count);
      heldBack.delete(key);
    }
    if (heldBack.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };

  const wrap = (logger: typeof root, name: string): GatewayLog => {
    const at =
      (severity: LogLevel) =>
      (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
        const key = `${severity} ${name} ${message}`;
        if (gate.admits(key)) {
          logger[severity](fields, message);
          return;
        }
        heldBack.set(key, count => logger[severity]({ notWritten: count }, message));
        timer ??= setInterval(tellFolded, foldedEvery).unref();
      };
    return {
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      with: fields => wrap(logger.child(fields), `${name}${JSON.stringify(fields)}`),
      tail: tailOf,
    };
  };
  return wrap(root, '');
};

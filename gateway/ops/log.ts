import { pino } from 'pino';
import type { Log } from '../../core/log.ts';
import { createLogRing, type LogRing } from './log-ring.ts';

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
  const wrap = (logger: typeof root): GatewayLog => ({
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
    with: fields => wrap(logger.child(fields)),
    // A secret may have become known since.
    tail: (count, least) => ring.tail(count, least).map(line => redact(line, secrets())),
  });
  return wrap(root);
};

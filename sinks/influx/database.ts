/** What a database of either version says to a batch, in one way. */
import { GatewayError, systemCode, toGatewayError } from '../../core/errors.ts';
import { type Duration, seconds } from '../../core/time.ts';
import type { InfluxConfig } from './config.ts';
import type { Point } from './point.ts';

/**
 * `taken`: all of it is there, but for `tooOld` points that the database does not keep for so long. `at-fault`: something
 * in the batch is not to its liking, or the batch is too large; parts of it may be there. `away`: nothing can be written now.
 */
export type Written =
  | { readonly kind: 'taken'; readonly tooOld: number }
  | { readonly kind: 'at-fault'; readonly detail: string }
  | { readonly kind: 'away'; readonly error: GatewayError; readonly retryAfter?: Duration };

export interface Database extends Disposable {
  /** Asks whether the gateway may write, by writing nothing: anything but `away` is a yes. */
  knock(): Promise<Written>;
  /** At least one. */
  write(points: readonly Point[]): Promise<Written>;
}

export interface DatabaseOptions {
  readonly config: InfluxConfig;
  readonly secrets: Readonly<Record<string, string>>;
  /** PEM of the authorities that it may be signed by. */
  readonly ca?: Buffer;
}

/** After this time without an answer it counts as away. */
export const answerTimeout = seconds(15);
const longestDetail = 300;

/** Where it is, and which of its databases: for people. */
export const addressOf = ({ url, database, bucket }: InfluxConfig): string => `${url} (${database ?? bucket})`;

const tooOldIn = (detail: string): number | undefined => {
  const [, dropped] = /points beyond retention policy dropped=(\d+)/.exec(detail) ?? [];
  return dropped === undefined ? undefined : Number(dropped);
};

const away = (error: GatewayError, retryAfter?: Duration): Written => ({
  kind: 'away',
  error,
  ...(retryAfter !== undefined && { retryAfter }),
});

/** What an HTTP status other than success means. `detail` is the server's own word. */
export const judgeStatus = (
  config: InfluxConfig,
  { status, detail, retryAfter }: { readonly status: number; readonly detail: string; readonly retryAfter?: Duration },
): Written => {
  const address = addressOf(config);
  const said = detail.replace(/\s+/g, ' ').trim().slice(0, longestDetail);
  const because = said === '' ? `HTTP status ${status}` : `HTTP status ${status}: ${said}`;
  switch (status) {
    case 400:
    case 413:
    case 422: {
      // Whatever else was in the batch it has written.
      const tooOld = tooOldIn(detail);
      return tooOld === undefined ? { kind: 'at-fault', detail: because } : { kind: 'taken', tooOld };
    }
    case 401:
    case 403:
      return away(
        new GatewayError('denied', `${address} does not let the gateway write: ${because}`, {
          advice: config.version === 1 ? 'Check "username" and "password".' : 'Check "token".',
        }),
      );
    case 404:
      return away(
        new GatewayError('config', `${address} is not there: ${because}`, {
          advice:
            config.version === 1
              ? `Create it: influx -execute 'CREATE DATABASE "${config.database}"'.`
              : 'Create the bucket, or correct "organization" and "bucket".',
        }),
      );
    default:
      return status === 429 || status >= 500
        ? away(new GatewayError('unreachable', `${address} cannot write now: ${because}`), retryAfter)
        : away(
            new GatewayError('protocol', `${address} does not answer as a database does: ${because}`, {
              advice: 'Check "url" and "version".',
            }),
          );
  }
};

/** What the network's errors mean. They never hold the request, in which the secret is. */
export const judgeFailure = (config: InfluxConfig, thrown: unknown): Written => {
  const code = systemCode(thrown);
  const isTls = code !== undefined && /CERT|SSL|TLS|SELF_SIGNED|ISSUER|ALTNAME|VERIFY|SIGNATURE/.test(code);
  const message = `${addressOf(config)} does not answer: ${code ?? toGatewayError(thrown).message.slice(0, longestDetail)}`;
  return away(
    new GatewayError('unreachable', message, {
      ...(isTls && { advice: 'Check "ca", the name in its certificate and the clock.' }),
    }),
  );
};

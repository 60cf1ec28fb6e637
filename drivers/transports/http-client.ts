/**
 * Documents that the gateway asks for again and again (HTTP pull). Overflow policy: block. The next question waits until
 * the last answer is settled, so what a question says of the answers before it holds.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { onAbort, sleep } from '../../core/abort.ts';
import type { Document, DocumentOutcome, Documents } from '../../core/document.ts';
import type { Context } from '../../core/driver.ts';
import { GatewayError } from '../../core/errors.ts';
import { byteSize, duration } from '../../core/fields.ts';
import { pemError } from '../../core/pem-error.ts';
import { hours, type Instant, minutes, toTimestampSeconds } from '../../core/time.ts';
import { largestDocument } from './document-size.ts';
import { exchange, type HttpResponse, placeOf } from './http.ts';
import { authorizationOf, loginFields, refineLogin, tokenOf } from './http-login.ts';

/** What stands in the URL where the time belongs from which on reports are asked for. */
const placeholder = '{since}';

const sinceFormats = {
  iso: toTimestampSeconds,
  'epoch-s': (instant: Instant) => String(Math.floor(instant / 1000)),
  'epoch-ms': (instant: Instant) => String(instant),
} as const;

const since = z.strictObject({
  format: z
    .enum(['iso', 'epoch-s', 'epoch-ms'])
    .default('iso')
    .describe('How the time is written: 2026-11-23T08:00:00Z, or seconds or milliseconds since 1970.'),
  overlap: duration({ maximum: hours(7 * 24) })
    .prefault('6h')
    .describe('Asked for again before the newest report, since others may come later that are older.'),
  initially: duration({ minimum: minutes(1), maximum: hours(31 * 24) })
    .prefault('24h')
    .describe('How far back the first question goes after the gateway has started.'),
});

export const httpClientConfig = z
  .strictObject({
    transport: z.literal('http-client').describe('The gateway asks the provider (HTTP GET).'),
    url: z
      .url({ protocol: /^https?$/, hostname: /./ })
      .max(2048)
      .regex(/^[^@]*$|^https?:\/\/[^/?#@]*[/?#]/i, 'a login never stands in the address: give "token" or "username"')
      .describe(`Where the positions are asked for; "${placeholder}" in it becomes the time from which on.`),
    interval: duration({ minimum: 100, maximum: hours(24) })
      .prefault('2m')
      .describe('Time between two questions.'),
    timeout: duration({ minimum: 100, maximum: minutes(10) })
      .prefault('30s')
      .describe('An answer that is not complete by then is given up.'),
    maximumSize: byteSize()
      .refine(bytes => bytes >= 1 && bytes <= largestDocument, 'from "1B" to "16MiB"')
      .prefault('4MiB')
      .describe('Of an answer; a larger one is refused.'),
    ...loginFields,
    tokenHeader: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,64}$/, 'expected the name of a header such as "X-API-Key"')
      .optional()
      .describe('Header in which the token stands alone, where it is not "Authorization: Bearer …".'),
    ca: z.string().optional().describe("PEM file with the authorities that sign the provider's certificate."),
    since: since.prefault({}).describe(`How the time at "${placeholder}" is found and written.`),
  })
  .superRefine((config, context) => {
    refineLogin(config, context);
    const refuse = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
    if (config.tokenHeader !== undefined && config.token === undefined) refuse('token', 'expected with "tokenHeader"');
    if (config.ca !== undefined && !config.url.startsWith('https:'))
      refuse('ca', 'only used with an "https://" address');
  });
export type HttpClientConfig = z.output<typeof httpClientConfig>;

const headersOf = (config: HttpClientConfig, { reveal }: Pick<Context, 'reveal'>): Record<string, string> => {
  const { token, tokenHeader } = config;
  if (token !== undefined && tokenHeader !== undefined) return { [tokenHeader]: tokenOf(token, reveal) };
  const authorization = authorizationOf(config, reveal);
  return authorization === undefined ? {} : { Authorization: authorization };
};

/** Throws for every status but 200, 204 and 304. */
const checkStatus = (status: number, place: string): void => {
  if (status === 200 || status === 204 || status === 304) return;
  const says = `${place} answered with status ${status}`;
  if (status === 401 || status === 403) {
    throw new GatewayError('denied', says, { advice: 'Check the token, or the user and password, of this device.' });
  }
  if (status === 408 || status === 429 || status >= 500) {
    throw new GatewayError('unreachable', says, {
      advice: 'The provider has to mend it, or asks for a longer interval.',
    });
  }
  throw new GatewayError('protocol', says, {
    advice: status >= 300 && status < 400 ? 'Redirects are not followed: give the last address.' : 'Check the address.',
  });
};

/** What of an answer makes the next question a conditional one (RFC 9110 13.1). */
const validatorsOf = ({ headers }: HttpResponse): Record<string, string> => ({
  ...(headers.etag !== undefined && { 'If-None-Match': headers.etag }),
  ...(headers['last-modified'] !== undefined && { 'If-Modified-Since': headers['last-modified'] }),
});

const readCa = async (file: string): Promise<Buffer> => {
  try {
    return await readFile(file);
  } catch (cause) {
    throw pemError(file, ['connection', 'ca'], cause);
  }
};

/**
 * Each answer as a document, and undefined where nothing is new. What was not accepted is asked for again. Throws `denied`
 * when the login is refused, `unreachable` when there is no answer, and `protocol` for one that cannot be.
 */
export async function* openHttpClient(
  config: HttpClientConfig,
  context: Pick<Context, 'signal' | 'clock' | 'reveal'>,
): Documents & AsyncGenerator<Document | undefined, void> {
  const { signal, clock } = context;
  const ca = config.ca === undefined ? undefined : await readCa(config.ca);
  /** Of the last answer that was taken, for the address that gave it. */
  let validators: { readonly address: string; readonly headers: Readonly<Record<string, string>> } | undefined;
  let newest: Instant | undefined;

  const urlNow = (): URL => {
    const from = newest === undefined ? clock.now() - config.since.initially : newest - config.since.overlap;
    return new URL(config.url.replaceAll(placeholder, encodeURIComponent(sinceFormats[config.since.format](from))));
  };

  while (!signal.aborted) {
    const startedAt = clock.steady();
    const url = urlNow();
    const place = placeOf(url);
    let answer: HttpResponse;
    try {
      answer = await exchange({
        method: 'GET',
        url,
        headers: {
          Accept: '*/*',
          ...headersOf(config, context),
          ...(validators?.address === url.href && validators.headers),
        },
        ...(ca !== undefined && { ca }),
        within: config.timeout,
        maximumBytes: config.maximumSize,
        signal,
        clock,
      });
    } catch (failure) {
      if (signal.aborted) return;
      throw failure;
    }
    checkStatus(answer.status, place);
    if (answer.status !== 200) yield undefined;
    else {
      const settled = Promise.withResolvers<DocumentOutcome | undefined>();
      using _ = onAbort(signal, () => settled.resolve(undefined));
      yield { bytes: answer.body, receivedAt: clock.now(), settle: settled.resolve };
      const outcome = await settled.promise;
      if (outcome?.kind === 'unreadable') {
        const reasons = [...outcome.tally.reasons.keys()].join(', ');
        throw new GatewayError('protocol', `${place} answered what cannot be read (${reasons})`, {
          advice: 'Compare an answer with "format", "records" and "fields" of this device.',
        });
      }
      if (outcome?.kind === 'taken') {
        validators = { address: url.href, headers: validatorsOf(answer) };
        const latest = outcome.tally.newest;
        if (latest !== undefined) newest = Math.max(newest ?? latest, latest);
      }
    }
    await sleep(Math.max(0, config.interval - (clock.steady() - startedAt)), signal);
  }
}

/** Single HTTP requests to devices: bounded answers, HTTP Digest, no redirects, no connection kept. */
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { onAbort } from '../../core/abort.ts';
import { GatewayError } from '../../core/errors.ts';
import { seconds } from '../../core/time.ts';
import { answerChallenge, type Challenge, type Credentials, chooseChallenge } from './http-digest.ts';
import { formatPlace, socketError } from './socket-error.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** Values of all `WWW-Authenticate` headers, in their order. */
  readonly challenges: readonly string[];
}

export interface HttpPost {
  readonly url: URL;
  readonly contentType: string;
  readonly body: string;
  readonly authorization?: string;
  readonly signal: AbortSignal;
}

const maximumBytes = 1_048_576;
const answersWithin = seconds(10);

const post = async ({ url, contentType, body, authorization, signal }: HttpPost): Promise<HttpAnswer> => {
  const place = formatPlace(url.hostname.replace(/^\[|\]$/g, ''), Number(url.port || 80));
  const request = http.request(url, {
    method: 'POST',
    agent: false,
    headers: {
      'Content-Type': contentType,
      'Content-Length': Buffer.byteLength(body),
      ...(authorization !== undefined && { Authorization: authorization }),
    },
  });
  const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    // Stays for what still fails after the answer.
    request.on('error', reject);
  });
  using _ = onAbort(signal, () => request.destroy());
  const timer = setTimeout(() => request.destroy(unanswered(place)), answersWithin);
  try {
    request.end(body);
    const response = await answered;
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of response) {
      length += chunk.length;
      if (length > maximumBytes)
        throw new GatewayError('protocol', `${place} answered more than ${maximumBytes} bytes`);
      chunks.push(chunk);
    }
    const challenges: string[] = [];
    for (const [at, name] of response.rawHeaders.entries()) {
      if (at % 2 === 0 && name.toLowerCase() === 'www-authenticate') challenges.push(response.rawHeaders[at + 1] ?? '');
    }
    return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8'), challenges };
  } catch (failure) {
    throw socketError(failure, place);
  } finally {
    clearTimeout(timer);
    request.destroy();
  }
};

const unanswered = (place: string): GatewayError =>
  new GatewayError('unreachable', `${place} did not answer within ${answersWithin / 1000} s`, {
    advice: 'Check power, cable and address of the device.',
  });

export type PostWithLogin = (request: Omit<HttpPost, 'authorization'>) => Promise<HttpAnswer>;

/**
 * Posts without a login first, and again with HTTP Digest where the device asks for it; later requests answer the same
 * challenge at once. An answer of 401 means that the login was refused, or that there is none to give.
 */
export const createPost = (credentials: Credentials | undefined): PostWithLogin => {
  let challenge: Challenge | undefined;
  let count = 0;

  const authorize = (url: URL): string | undefined => {
    if (challenge === undefined || credentials === undefined) return undefined;
    count++;
    return answerChallenge(challenge, credentials, {
      method: 'POST',
      target: `${url.pathname}${url.search}`,
      count,
      clientNonce: randomBytes(8).toString('hex'),
    });
  };

  return async request => {
    const known = challenge;
    const authorization = authorize(request.url);
    const first = await post({ ...request, ...(authorization !== undefined && { authorization }) });
    if (first.status !== 401) return first;
    const asked = chooseChallenge(first.challenges);
    // The same nonce again is a refusal of the login; another one only means that the old one is stale.
    if (asked === undefined || asked.nonce === known?.nonce) return first;
    challenge = asked;
    count = 0;
    const answer = authorize(request.url);
    return answer === undefined ? first : post({ ...request, authorization: answer });
  };
};

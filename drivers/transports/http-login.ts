/** Logins of HTTP without a dialogue: a bearer token or a name with a password (RFC 6750 2.1, RFC 7617). */
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { GatewayError } from '../../core/errors.ts';
import { type Reveal, type Secret, secret } from '../../core/fields.ts';

/** Fields that a transport spreads into its own closed object; `refineLogin` checks them against each other. */
export const loginFields = {
  token: secret().optional().describe('Token of the login, sent as "Authorization: Bearer …".'),
  username: z
    .string()
    .min(1)
    .max(256)
    .regex(/^[^:\p{Cc}]*$/u, 'expected no colon and no control characters')
    .optional()
    .describe('User of the login (HTTP Basic), where there is no token.'),
  password: secret().optional().describe('Password of that user.'),
} as const;

export type LoginConfig = z.output<z.ZodObject<typeof loginFields>>;

export const refineLogin = ({ token, username, password }: LoginConfig, context: z.RefinementCtx): void => {
  const refuse = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
  if (token !== undefined && username !== undefined) refuse('username', 'either a token or a user with a password');
  if ((username === undefined) !== (password === undefined)) {
    refuse(username === undefined ? 'username' : 'password', 'a user and a password stand together');
  }
};

/** A token as it may stand in a header. Throws `config` when its secret is missing or cannot be sent. */
export const tokenOf = (token: Secret, reveal: Reveal): string => {
  const revealed = reveal(token);
  if (/^[\x21-\x7e]+$/.test(revealed)) return revealed;
  throw new GatewayError(
    'config',
    `the token in ${token.from} ${token.name} is empty, or holds blanks or other letters`,
    {
      advice: 'A token is a word of ASCII characters: see whether something else stands there.',
      path: ['connection', 'token'],
    },
  );
};

/** The value of `Authorization`, or undefined where no login is configured. Throws `config` when its secret is missing. */
export const authorizationOf = ({ token, username, password }: LoginConfig, reveal: Reveal): string | undefined => {
  if (token !== undefined) return `Bearer ${tokenOf(token, reveal)}`;
  if (username === undefined || password === undefined) return undefined;
  return `Basic ${Buffer.from(`${username}:${reveal(password)}`).toString('base64')}`;
};

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Whether a header proves the login; takes the same time however wrong it is. */
export const createLoginGuard = (expected: string): ((header: string | undefined) => boolean) => {
  const right = digest(expected);
  // The name of the scheme is written in any case (RFC 9110 11.1).
  return (header = '') =>
    timingSafeEqual(
      digest(header.replace(/^(?:bearer|basic) +/i, expected.slice(0, expected.indexOf(' ') + 1))),
      right,
    );
};

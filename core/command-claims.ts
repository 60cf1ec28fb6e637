/** What a signed command says: the claims of its JWS payload (RFC 7519 for those that are registered). */
import { z } from 'zod';
import { hours, seconds } from './time.ts';

/** From `iat` to `exp`, at most. */
export const longestLifetime = hours(24);

/** How far the clocks of sender and gateway may be apart. */
export const clockLeeway = seconds(30);

const identifier = /^[a-z0-9-]{1,32}$/;

export const commandKeyIdPattern = identifier;
export const commandNamePattern = /^[a-z0-9.-]{1,64}$/;
export const commandJtiPattern = /^[A-Za-z0-9._:-]{1,64}$/;

const instantField = (description: string, example: number) =>
  z
    .number()
    .min(0)
    .max(1e11)
    .meta({ description: `${description}, seconds since 1970 UTC`, unit: 's', examples: [example] });

/** The fields of the claims, with those of one command where `command` and `input` are given. */
export const commandClaimFields = (command: z.ZodType<string>, input: z.ZodType) => ({
  jti: z
    .string()
    .regex(commandJtiPattern)
    .meta({
      description: 'Number of the command, unique for its key: it is done once at most',
      examples: ['2f6d1c1e-6f0f-4c55-9a0e-0d3f5e0b7a11'],
    }),
  iss: z
    .string()
    .regex(identifier)
    .meta({ description: 'Sender, as configured for the key', examples: ['ioc'] }),
  aud: z
    .string()
    .max(65)
    .meta({ description: 'Gateway that it is for, `<city>/<gateway>`', examples: ['hue/gw-017'] }),
  iat: instantField('When it was signed', 1_795_626_250),
  nbf: instantField('Not before, where it is not valid from the start', 1_795_626_250).optional(),
  exp: instantField('When it expires, at most 24 h after `iat`', 1_795_626_550),
  command,
  input,
});

export const commandClaims = z.strictObject(
  commandClaimFields(z.string().regex(commandNamePattern), z.record(z.string(), z.unknown()).default({})),
);

export type CommandClaims = z.output<typeof commandClaims>;

/** What the gateway answers to a command, in JSON. One closed schema for each command, told apart by `status`. */
import { z } from 'zod';
import type { RemoteCommand } from '../core/command.ts';
import { commandRefusalReasons } from '../core/command-refusal.ts';
import { fixedField, patternField, textField, timeField, wordField } from './fields.ts';
import { adviceField, kindField, messageField } from './gateway.ts';

const repeatedField = () =>
  z.literal(true).meta({
    description: 'The command was given before: this is what came of it then, and it was not done again',
    examples: [true],
  });

const commonFields = () => ({
  jti: patternField('Claim `jti` of the command', /^[A-Za-z0-9._:-]{1,64}$/, '2f6d1c1e-6f0f-4c55-9a0e-0d3f5e0b7a11'),
  gateway: patternField('`<city>/<gateway>` that answers', /^[a-z0-9-]{1,32}\/[a-z0-9-]{1,32}$/, 'hue/gw-017'),
  time: timeField('When it was done or refused', '2026-11-22T17:04:11.444Z'),
  repeated: repeatedField().optional(),
});

const refused = (command: z.ZodType, jti: z.ZodType<string | undefined>) =>
  z.strictObject({
    status: fixedField('It was refused and not done', 'refused'),
    ...commonFields(),
    jti,
    command,
    reason: wordField('Why', commandRefusalReasons, 'not-authorized'),
    message: textField('What exactly', 'key ioc-2026 may not order gateway.restart', 1000),
    advice: adviceField(),
  });

const settled = (command: z.ZodType<string>, result: z.ZodType) => [
  z.strictObject({
    status: fixedField('It was done', 'done'),
    ...commonFields(),
    command,
    result: result.optional().meta({ description: 'Absent only in a repeated answer that was too long to keep' }),
  }),
  z.strictObject({
    status: fixedField('It was tried and did not work', 'failed'),
    ...commonFields(),
    command,
    error: z
      .strictObject({ kind: kindField(), message: messageField(), advice: adviceField().optional() })
      .meta({ description: 'Why' }),
  }),
  z.strictObject({
    status: fixedField('The gateway stopped while it ran, and how far it came is not known', 'interrupted'),
    ...commonFields(),
    command,
  }),
];

/** The schema of all answers to this command. */
export const answerSchemaOf = (command: RemoteCommand) => {
  const name = fixedField('Name of the command', command.name);
  return z.union([...settled(name, command.output), refused(name, commonFields().jti)]);
};

/** Of what was refused before it was known which command it is. */
export const refusedAnswerSchema = refused(
  patternField('Name of the command, as far as it could be read', /^[a-z0-9.-]{1,64}$/, 'ptz').optional(),
  commonFields().jti.optional(),
);

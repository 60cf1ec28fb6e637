/** For the center's side: makes signed commands. The private key lies there, never on a gateway. */
import { createPrivateKey, type KeyObject, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { isAboutDevices } from '../../core/command.ts';
import { commandJtiPattern, longestLifetime } from '../../core/command-claims.ts';
import { defineCommand } from '../../core/command-line.ts';
import { remoteCommands } from '../../core/commands.ts';
import { GatewayError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { parseDuration } from '../../core/time.ts';
import { formatTable } from './table.ts';

const wrong = (message: string, advice: string, cause?: unknown): GatewayError =>
  new GatewayError('config', message, { advice, cause });

const readPrivateKey = async (file: string): Promise<KeyObject> => {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw wrong(`${file} cannot be read`, 'Give the file with the private key of the sender.', cause);
  }
  const advice = 'Make one with: openssl genpkey -algorithm ed25519 -out private.pem';
  try {
    const key = createPrivateKey(text.trimStart().startsWith('{') ? { key: JSON.parse(text), format: 'jwk' } : text);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (cause) {
    throw wrong(`${file} holds no private key in PEM or as JWK`, advice, cause);
  }
  throw wrong(`the private key in ${file} is not Ed25519`, advice);
};

const parseInput = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw wrong(`the input is not JSON: ${text.slice(0, 200)}`, `Write it as: '{"device":"cam-3"}'`, cause);
  }
};

const parseLifetime = (text: string): number => {
  const lifetime = parseDuration(text);
  if (lifetime !== undefined && lifetime >= 1000 && lifetime <= longestLifetime) return lifetime;
  throw wrong(`"${text}" is no lifetime`, 'Give one from 1s to 24h, such as 5m.');
};

const required = (value: string | undefined, option: string, advice: string): string => {
  if (value !== undefined) return value;
  throw wrong(`--${option} is missing`, advice);
};

const findCommand = (name: string) => {
  const command = remoteCommands.get(name);
  if (command !== undefined) return command;
  const near = nearest(name, [...remoteCommands.keys()]);
  throw wrong(
    `there is no command ${name}`,
    near === undefined ? '`haidang command list` shows them.' : `Did you mean ${near}?`,
  );
};

export const commandSignCommand = defineCommand({
  name: 'command sign',
  summary: 'Print a signed command for a gateway: publish it to its topic gateway/cmd/<sender>.',
  usage: 'NAME [INPUT]',
  options: {
    key: { type: 'string', value: 'FILE', summary: 'Private Ed25519 key of the sender, in PEM or as JWK.' },
    kid: { type: 'string', value: 'ID', summary: 'Id of the key in the configuration of the gateway.' },
    sender: {
      type: 'string',
      value: 'NAME',
      summary: 'Sender, as configured for the key; the id of the key when absent.',
    },
    to: { type: 'string', value: 'CITY/GATEWAY', summary: 'Gateway that it is for.' },
    lifetime: { type: 'string', value: 'TIME', summary: 'How long it is valid from now, at most 24h; 5m when absent.' },
    jti: { type: 'string', value: 'TEXT', summary: 'Number of the command; a new UUID when absent.' },
  },
  examples: [
    {
      line: `--key ioc.pem --kid ioc --to hue/gw-017 snapshot '{"device":"cam-3"}'`,
      summary: 'With "> order.jws" behind it, for mosquitto_pub -t ioc/v1/hue/gw-017/gateway/cmd/ioc -q 1 -f order.jws',
    },
    {
      line: '--key ioc.pem --kid ioc --to hue/gw-017 --lifetime 12h gateway.restart',
      summary: 'For a gateway whose link may be away for hours',
    },
  ],
  run: async ({ values, positionals: [name = '', text = '{}'], out }) => {
    const command = findCommand(name);
    const input = parseInput(text);
    const parsed = command.input.safeParse(input);
    if (!parsed.success) {
      const problems = z.prettifyError(parsed.error).replaceAll('\n', ' ');
      throw wrong(
        `${name} does not take this input: ${problems}`,
        `For example: ${JSON.stringify(command.example.input)}`,
      );
    }
    const kid = required(values.kid, 'kid', 'Give the id of the key in the configuration of the gateway.');
    const to = required(values.to, 'to', 'Give the gateway as <city>/<gateway>: hue/gw-017.');
    const jti = values.jti ?? randomUUID();
    if (!commandJtiPattern.test(jti)) throw wrong(`"${jti}" is no jti`, 'Use at most 64 letters, digits and . _ : -');
    const lifetime = parseLifetime(values.lifetime ?? '5m');
    const file = required(values.key, 'key', 'Give the file with the private key of the sender.');
    const key = await readPrivateKey(file);
    const iat = Math.floor(Date.now() / 1000);
    const claims = {
      jti,
      iss: values.sender ?? kid,
      aud: to,
      iat,
      exp: iat + Math.floor(lifetime / 1000),
      command: name,
      input,
    };
    const { CompactSign } = await import('jose');
    const signed = new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader({ alg: 'EdDSA', kid });
    out(`${await signed.sign(key)}\n`);
    return 0;
  },
});

export const commandListCommand = defineCommand({
  name: 'command list',
  summary: 'List what the center can order of a gateway and its devices.',
  usage: '',
  options: { json: { type: 'boolean', summary: 'One JSON line for each command, with its schemas.' } },
  examples: [
    { line: '', summary: 'What there is' },
    { line: '--json', summary: 'For a program, with the JSON Schemas of input and result' },
  ],
  run: async ({ values, out }) => {
    const commands = [...remoteCommands.values()];
    if (values.json === true) {
      for (const command of commands) {
        const { name, summary, served, input, output, timeLimit, example } = command;
        const line = {
          name,
          summary,
          served,
          for: isAboutDevices(command) ? 'devices' : 'gateway',
          timeLimit,
          input: z.toJSONSchema(input, { io: 'input' }),
          result: z.toJSONSchema(output),
          example,
        };
        out(`${JSON.stringify(line)}\n`);
      }
      return 0;
    }
    const rows = commands.map(({ name, summary, example }) => [
      name,
      `${summary} Input: ${JSON.stringify(example.input)}`,
    ]);
    out(formatTable([['COMMAND', 'WHAT IT DOES'], ...rows]));
    return 0;
  },
});

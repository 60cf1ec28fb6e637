import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { remoteCommands } from '../../core/commands.ts';
import { commandChannels, commandSchemaFiles } from '../../events/command-schema.ts';
import { projectFile } from '../support/resources.ts';
import { complaintsOf } from '../support/schema-complaints.ts';

const files = commandSchemaFiles();
const ajv = new Ajv2020({ strict: false });
formats.default(ajv);
const validatorOf = (kind: 'command' | 'answer', name: string) => {
  const file = files.find(({ path }) => path.endsWith(`/${name}.${kind}.schema.json`));
  if (file === undefined) throw new Error(`no schema of ${name} is published`);
  const schema = z.looseObject({ $id: z.string() }).parse(JSON.parse(file.text));
  return ajv.getSchema(schema.$id) ?? ajv.compile(schema);
};

const commands = [...remoteCommands.values()];

describe('the published schemas', () => {
  it('are one of each command, one of its answers, and one of what could not be read', () => {
    expect(files).toHaveLength(2 * commands.length + 1);
  });

  it.each(commands)('take $name as it is ordered and answered', ({ name, example }) => {
    const claims = { jti: 'a-1', iss: 'ioc', aud: 'hue/gw-017', iat: 1, exp: 2, command: name, input: example.input };
    const answer = { jti: 'a-1', gateway: 'hue/gw-017', command: name, time: '2026-11-22T17:04:11.444Z' };
    const isCommand = validatorOf('command', name);
    expect([isCommand(claims), isCommand.errors ?? []]).toEqual([true, []]);
    expect(isCommand({ ...claims, more: 1 })).toBe(false);
    expect(isCommand({ ...claims, command: 'other' })).toBe(false);
    const isAnswer = validatorOf('answer', name);
    expect(isAnswer({ ...answer, status: 'done', result: example.output })).toBe(true);
    expect(isAnswer({ ...answer, status: 'done', repeated: true })).toBe(true);
    expect(isAnswer({ ...answer, status: 'interrupted' })).toBe(true);
    expect(isAnswer({ ...answer, status: 'failed', error: { kind: 'unreachable', message: 'away' } })).toBe(true);
    expect(isAnswer({ ...answer, status: 'refused', reason: 'busy', message: 'now', advice: 'later' })).toBe(true);
    expect(isAnswer({ ...answer, status: 'done', result: example.output, more: 1 })).toBe(false);
  });

  it.each(files)('say of every field its meaning, unit, range and an example: $path', ({ text }) => {
    const visited: string[] = [];
    expect(complaintsOf(JSON.parse(text), '', visited)).toEqual([]);
    expect(visited.length).toBeGreaterThan(8);
  });

  it('are committed, and nothing else beside them', async () => {
    const published = await readdir(projectFile('events', 'command-schemas'));
    expect(published.toSorted()).toEqual(files.map(file => path.basename(file.path)).toSorted());
  });

  it('take the refusal of what could not be read', () => {
    const isAnswer = validatorOf('answer', 'unknown');
    const refusal = { gateway: 'hue/gw-017', time: '2026-11-22T17:04:11.444Z', status: 'refused' };
    expect(isAnswer({ ...refusal, reason: 'malformed', message: 'not a text', advice: 'Sign it.' })).toBe(true);
    expect(isAnswer({ ...refusal, status: 'done' })).toBe(false);
  });
});

it('every message of the two channels is described', () => {
  const { channels, messages } = commandChannels();
  const named = [...Object.keys(channels.command.messages), ...Object.keys(channels.answer.messages)];
  expect(named.toSorted()).toEqual(Object.keys(messages).toSorted());
  expect(named.length).toBe(2 * commands.length + 1);
});

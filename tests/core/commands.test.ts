import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createCommandOffers, defineRemoteCommand, devicesOf, isAboutDevices } from '../../core/command.ts';
import { commandNamePattern } from '../../core/command-claims.ts';
import { remoteCommands } from '../../core/commands.ts';
import { GatewayError } from '../../core/errors.ts';

describe('every command', () => {
  const commands = [...remoteCommands.values()];

  it('has a name that no other has', () => {
    expect(commands.length).toBeGreaterThan(10);
    expect(commands.filter(({ name }) => !commandNamePattern.test(name))).toEqual([]);
  });

  it.each(commands)('$name takes and gives what its example shows, and nothing else', command => {
    const { input, output, example } = command;
    expect(input.safeParse(example.input).success).toBe(true);
    expect(output.safeParse(example.output).success).toBe(true);
    expect(input.safeParse({ ...example.input, more: 1 }).success).toBe(false);
    expect(output.safeParse({ ...z.looseObject({}).parse(example.output), more: 1 }).success).toBe(false);
  });

  it.each(commands.filter(({ served }) => served === 'device'))('$name of a device names the one', command => {
    expect(devicesOf(command.example.input)).toHaveLength(1);
  });

  it('is for the whole gateway where it names no device', () => {
    const whole = commands.filter(command => !isAboutDevices(command)).map(({ name }) => name);
    expect(whole.toSorted()).toEqual(['gateway.restart', 'logs.tail', 'outbox.replay']);
  });
});

describe('an offer', () => {
  const add = defineRemoteCommand({
    name: 'add',
    summary: 'Adds.',
    served: 'device',
    input: z.strictObject({ a: z.number() }),
    output: z.strictObject({ sum: z.number() }),
    timeLimit: 1000,
    example: { input: { a: 1 }, output: { sum: 2 } },
  });
  const { signal } = new AbortController();

  it('is taken as long as it stands', async () => {
    const offers = createCommandOffers();
    {
      using _ = offers.serve(add, async ({ a }) => ({ sum: a + 1 }));
      expect(await offers.run('add', { a: 2 }, signal)).toEqual({ sum: 3 });
    }
    expect(offers.isOffered('add')).toBe(false);
    await expect(offers.run('add', { a: 2 }, signal)).rejects.toMatchObject({ kind: 'unreachable' });
  });

  it('that was made anew is not withdrawn by the end of the one before', async () => {
    const offers = createCommandOffers();
    const first = offers.serve(add, async () => ({ sum: 1 }));
    offers.serve(add, async () => ({ sum: 2 }));
    first[Symbol.dispose]();
    expect(await offers.run('add', { a: 0 }, signal)).toEqual({ sum: 2 });
  });

  it('that gives what it may not is a defect', async () => {
    const offers = createCommandOffers();
    offers.serve(add, async () => ({ sum: Number.NaN }));
    await expect(offers.run('add', { a: 0 }, signal)).rejects.toMatchObject({ kind: 'defect' });
    await expect(offers.run('add', { a: 0 }, signal)).rejects.toBeInstanceOf(GatewayError);
  });
});

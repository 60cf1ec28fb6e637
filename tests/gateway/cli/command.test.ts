import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CommandCall } from '../../../core/command-line.ts';
import { remoteCommands } from '../../../core/commands.ts';
import { commandListCommand, commandSignCommand } from '../../../gateway/cli/command.ts';
import { openCommandKey } from '../../../gateway/downlink/keys.ts';
import { verifyCommand } from '../../../gateway/downlink/verify.ts';
import { createSender, keyConfigOf } from '../../support/commands.ts';
import { temporaryFolder } from '../../support/resources.ts';

const ioc = createSender();

/** What the command prints. Rejects as it fails. */
const printed = async (command: typeof commandSignCommand, argv: readonly string[]): Promise<string> => {
  let text = '';
  const streams: Pick<CommandCall<Record<never, never>>, 'out' | 'err'> = {
    out: part => {
      text += part;
    },
    err: () => {},
  };
  expect(await command.run(argv, streams)).toBe(0);
  return text;
};

const open = async () => {
  const folder = await temporaryFolder();
  const file = path.join(folder.path, 'private.pem');
  await writeFile(file, ioc.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const sign = (...argv: readonly string[]) =>
    printed(commandSignCommand, ['--key', file, '--kid', 'ioc', '--to', 'hue/gw-1', ...argv]);
  return { ...folder, folder: folder.path, sign, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
};

describe('haidang command sign', () => {
  it('prints what a gateway takes', async () => {
    await using test = await open();
    const signed = await test.sign('--jti', 'a-1', '--lifetime', '10m', 'snapshot', '{"device":"cam-3"}');
    const verdict = await verifyCommand(Buffer.from(signed), {
      keys: new Map([['ioc', await openCommandKey(keyConfigOf(ioc))]]),
      audience: 'hue/gw-1',
      sender: 'ioc',
    });
    if (verdict.kind === 'refused') throw new Error(verdict.refused.message);
    const { claims } = verdict.signed;
    expect(claims).toMatchObject({ jti: 'a-1', command: 'snapshot', input: { device: 'cam-3' } });
    expect(claims.exp - claims.iat).toBe(600);
  });

  it.each([
    ['an unknown command', ['snapsot', '{}'], 'there is no command snapsot'],
    ['an input that does not fit', ['snapshot', '{"devise":"cam-3"}'], 'snapshot does not take this input'],
    ['an input that is no JSON', ['snapshot', 'cam-3'], 'the input is not JSON'],
    ['a lifetime of days', ['--lifetime', '3d', 'gateway.restart'], '"3d" is no lifetime'],
    ['a number that is none', ['--jti', 'a b', 'gateway.restart'], '"a b" is no jti'],
  ])('refuses %s', async (_, argv, message) => {
    await using test = await open();
    await expect(test.sign(...argv)).rejects.toThrow(message);
  });

  it('takes no key of another kind, and no public one', async () => {
    await using test = await open();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const [other, shared] = ['other.pem', 'public.pem'].map(name => path.join(test.folder, name));
    await writeFile(other ?? '', privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await writeFile(shared ?? '', ioc.publicKey);
    await expect(test.sign('--key', other ?? '', 'gateway.restart')).rejects.toThrow('is not Ed25519');
    await expect(test.sign('--key', shared ?? '', 'gateway.restart')).rejects.toThrow('holds no private key');
    await expect(test.sign('--key', '/nowhere', 'gateway.restart')).rejects.toThrow('cannot be read');
  });
});

describe('haidang command list', () => {
  it('shows every command with an input', async () => {
    const text = await printed(commandListCommand, []);
    for (const name of remoteCommands.keys()) expect(text).toContain(name);
  });

  it('gives the schemas to a program', async () => {
    const lines = (await printed(commandListCommand, ['--json'])).trim().split('\n');
    expect(lines).toHaveLength(remoteCommands.size);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      name: 'device.restart',
      for: 'devices',
      input: { type: 'object', additionalProperties: false },
    });
  });
});

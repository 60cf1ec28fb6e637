import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openCommandKey } from '../../../gateway/downlink/keys.ts';
import { verifyCommand } from '../../../gateway/downlink/verify.ts';
import { createSender, keyConfigOf, signCommand, signJws } from '../../support/commands.ts';

const ioc = createSender();
const keys = new Map([['ioc', await openCommandKey(keyConfigOf(ioc))]]);

const verdictOf = (message: string | Uint8Array, options: { readonly sender?: string } = {}) =>
  verifyCommand(typeof message === 'string' ? Buffer.from(message) : message, {
    keys,
    audience: 'hue/gw-1',
    sender: 'ioc',
    ...options,
  });

const reasonOf = async (message: string | Uint8Array, options: { readonly sender?: string } = {}) => {
  const verdict = await verdictOf(message, options);
  return verdict.kind === 'refused' ? verdict.refused.reason : 'taken';
};

const snapshot = { command: 'snapshot', input: { device: 'cam-3' } };
const good = signCommand(ioc, { jti: 'a-1', ...snapshot });

describe('a message from the center', () => {
  it('is taken when a key that is configured signed it', async () => {
    expect(await verdictOf(good)).toMatchObject({
      kind: 'signed',
      signed: { key: { id: 'ioc', sender: 'ioc' }, claims: { jti: 'a-1', ...snapshot } },
    });
  });

  it('may end with a newline, as a file of an editor does', async () => {
    expect(await reasonOf(`${good}\n`)).toBe('taken');
  });

  it('need not hold an input', async () => {
    expect(await reasonOf(signCommand(ioc, { command: 'gateway.restart', input: undefined }))).toBe('taken');
  });

  it('is refused when it was signed by another key of the same id', async () => {
    expect(await reasonOf(signCommand(createSender(), snapshot))).toBe('bad-signature');
  });

  it('is refused when one bit of what was signed is another one', async () => {
    const [header = '', payload = '', signature = ''] = good.split('.');
    const changed = Buffer.from(Buffer.from(payload, 'base64url').toString().replace('cam-3', 'cam-4'));
    expect(await reasonOf(`${header}.${changed.toString('base64url')}.${signature}`)).toBe('bad-signature');
  });

  it('is refused when no key of its id is configured', async () => {
    expect(await reasonOf(signCommand(createSender('stranger'), snapshot))).toBe('unknown-key');
  });

  it.each([
    ['none', { alg: 'none', kid: 'ioc' }],
    ['an algorithm of shared secrets', { alg: 'HS256', kid: 'ioc' }],
    ['an extension that we do not know', { alg: 'EdDSA', kid: 'ioc', crit: ['x'], x: 1 }],
    ['no id of a key', { alg: 'EdDSA' }],
    ['an id that is no text', { alg: 'EdDSA', kid: 1 }],
    ['a key of its own', { alg: 'EdDSA', jwk: generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }) }],
  ])('is refused when its header names %s', async (_, header) => {
    expect(await reasonOf(signJws(ioc, header, { ...snapshot, jti: 'a' }))).toBe('malformed');
  });

  it.each([
    ['no JSON', '{'],
    ['a number', '1'],
    ['no claims', {}],
    ['an unknown claim', { ...snapshot, jti: 'a', iss: 'ioc', aud: 'hue/gw-1', iat: 1, exp: 2, more: 1 }],
    ['a jti with a slash', { ...snapshot, jti: 'a/b', iss: 'ioc', aud: 'hue/gw-1', iat: 1, exp: 2 }],
    ['a list of gateways', { ...snapshot, jti: 'a', iss: 'ioc', aud: ['hue/gw-1'], iat: 1, exp: 2 }],
    [
      'an input that is a list',
      { command: 'snapshot', input: [], jti: 'a', iss: 'ioc', aud: 'hue/gw-1', iat: 1, exp: 2 },
    ],
  ])('is refused when its payload is %s', async (_, payload) => {
    const header = { alg: 'EdDSA', kid: 'ioc' };
    expect(await reasonOf(signJws(ioc, header, payload))).toBe('malformed');
  });

  it('is refused when it is for another gateway', async () => {
    expect(await reasonOf(signCommand(ioc, { ...snapshot, aud: 'hue/gw-2' }))).toBe('wrong-audience');
  });

  it('is refused when its sender is not that of the key', async () => {
    expect(await reasonOf(signCommand(ioc, { ...snapshot, iss: 'police' }))).toBe('wrong-sender');
  });

  it('is refused when it came under the topic of another sender', async () => {
    expect(await reasonOf(good, { sender: 'police' })).toBe('wrong-sender');
  });

  it('is refused when it is larger than 64 KiB', async () => {
    expect(await reasonOf(Buffer.alloc(65_537, 'a'))).toBe('too-large');
  });

  it('is judged without an exception whatever its bytes are', async () => {
    let state = 7;
    const random = (): number => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return state / 2 ** 31;
    };
    const reasons = new Set<string>();
    for (let n = 0; n < 300; n++) {
      const bytes = Buffer.from(good);
      const place = Math.floor(random() * (bytes.length - 1));
      bytes[place] = (bytes[place] ?? 0) ^ (1 << Math.floor(random() * 8));
      reasons.add(await reasonOf(bytes.subarray(0, Math.floor(random() * (bytes.length + 1)))));
    }
    expect(reasons).not.toContain('taken');
    expect(reasons).toContain('bad-signature');
    expect(reasons).toContain('malformed');
  });
});

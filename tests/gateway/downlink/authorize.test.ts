import { describe, expect, it } from 'vitest';
import { commandClaims } from '../../../core/command-claims.ts';
import { hours } from '../../../core/time.ts';
import { exampleSite } from '../../../events/example-site.ts';
import { authorizeCommand, type Moment } from '../../../gateway/downlink/authorize.ts';
import { type CommandKey, openCommandKey } from '../../../gateway/downlink/keys.ts';
import { createSender, keyConfigOf } from '../../support/commands.ts';

const camera = exampleSite.devices.get('cam-3');
if (camera === undefined) throw new Error('the example site has no camera');
const site = {
  ...exampleSite,
  devices: new Map([...exampleSite.devices, ['cam-3', { ...camera, agencies: ['hue-police'] }]]),
};

const operator = await openCommandKey(keyConfigOf(createSender()));
const police: CommandKey = { ...operator, id: 'police', agency: 'hue-police' };

const now = Date.UTC(2026, 10, 23);
const moment: Moment = { now, timeQuality: 'ntp', forgottenUntil: 0, rememberedSince: 0 };
const iat = now / 1000;

const judge = (
  claims: Readonly<Record<string, unknown>>,
  { key = operator, at = moment }: { readonly key?: CommandKey; readonly at?: Moment } = {},
) => {
  const parsed = commandClaims.parse({ jti: 'a-1', iss: 'ioc', aud: 'hue/gw-017', iat, exp: iat + 300, ...claims });
  const judgment = authorizeCommand({ key, claims: parsed, digest: '' }, site, at);
  return judgment.kind === 'order' ? 'order' : judgment.reason;
};

const snapshot = { command: 'snapshot', input: { device: 'cam-3' } };

describe('the time of a command', () => {
  it('is good from when it was signed until it expires, with half a minute between two clocks', () => {
    expect(judge({ ...snapshot, iat: iat + 29, exp: iat + 60 })).toBe('order');
    expect(judge({ ...snapshot, iat: iat + 31, exp: iat + 60 })).toBe('not-yet-valid');
    expect(judge({ ...snapshot, iat: iat - 100, exp: iat - 29 })).toBe('order');
    expect(judge({ ...snapshot, iat: iat - 100, exp: iat - 31 })).toBe('expired');
  });

  it('is good from "nbf" on, where it stands', () => {
    expect(judge({ ...snapshot, nbf: iat + 60 })).toBe('not-yet-valid');
    expect(judge({ ...snapshot, nbf: iat })).toBe('order');
  });

  it('spans 24 hours at most, and more than none', () => {
    expect(judge({ ...snapshot, exp: iat + 86_400 })).toBe('order');
    expect(judge({ ...snapshot, exp: iat + 86_401 })).toBe('lifetime-too-long');
    expect(judge({ ...snapshot, exp: iat })).toBe('lifetime-too-long');
  });

  it('cannot be judged by a clock that is not set', () => {
    expect(judge(snapshot, { at: { ...moment, timeQuality: 'unsynchronized' } })).toBe('clock-not-set');
    expect(judge(snapshot, { at: { ...moment, timeQuality: 'estimated' } })).toBe('order');
  });

  it('is over for what was already forgotten, also when the clock is set back', () => {
    const at = { ...moment, forgottenUntil: now + hours(1) };
    expect(judge(snapshot, { at })).toBe('expired');
    expect(judge({ ...snapshot, exp: iat + 3601 }, { at })).toBe('order');
  });

  it('is not before that of a store which took the place of another one', () => {
    expect(judge(snapshot, { at: { ...moment, rememberedSince: now + 1000 } })).toBe('not-remembered');
    expect(judge(snapshot, { at: { ...moment, rememberedSince: now } })).toBe('order');
  });
});

describe('a key', () => {
  it('orders only what is listed for it', () => {
    const key: CommandKey = { ...operator, commands: new Set(['ptz']) };
    expect(judge(snapshot, { key })).toBe('not-authorized');
    expect(judge({ command: 'ptz', input: { device: 'cam-3', move: { kind: 'stop' } } }, { key })).toBe('order');
  });

  it('of an agency orders of its own devices alone, and is not told of others', () => {
    expect(judge(snapshot, { key: police })).toBe('order');
    expect(judge({ ...snapshot, input: { device: 'ais-1' } }, { key: police })).toBe('not-authorized');
    expect(judge({ ...snapshot, input: { device: 'none' } }, { key: police })).toBe('not-authorized');
  });

  it('of an agency may not reach other devices in the company of its own', () => {
    const until = '2026-11-23T05:00:00Z';
    const start = (devices: readonly string[]) => ({
      command: 'maintenance.start',
      input: { devices, reason: 'test', until },
    });
    expect(judge(start(['cam-3']), { key: police })).toBe('order');
    expect(judge(start(['cam-3', 'ais-1']), { key: police })).toBe('not-authorized');
  });

  it('of an agency orders nothing of the gateway as a whole', () => {
    expect(judge({ command: 'logs.tail' }, { key: police })).toBe('not-authorized');
    expect(judge({ command: 'logs.tail' })).toBe('order');
  });

  it('of an operator is told when there is no such device', () => {
    expect(judge({ ...snapshot, input: { device: 'none' } })).toBe('unknown-device');
  });
});

describe('a command', () => {
  it('must be known', () => {
    expect(judge({ command: 'self.destruct' })).toBe('unknown-command');
  });

  it('takes what its schema says, and nothing else', () => {
    expect(judge({ command: 'snapshot', input: {} })).toBe('invalid-input');
    expect(judge({ command: 'snapshot', input: { device: 'cam-3', more: 1 } })).toBe('invalid-input');
  });
});

import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../config/parse.ts';
import { createSender } from '../support/commands.ts';

const { publicKey } = createSender();
const indented = publicKey.trim().replaceAll('\n', '\n        ');

const withKeys = (keys: string): string => `
gateway: { id: gw-1, city: hue, site: pole-1, area: "00000" }
storage: { folder: /tmp/haidang }
broker: { port: 1883 }
uplinks: [{ name: ioc, sink: mqtt, url: "mqtt://127.0.0.1:1883" }]
devices: [{ id: pm-1, driver: mqtt-json, topics: [a], agencies: [air], values: [{ quantity: pm25, path: pm }] }]
commands:
  keys:
${keys}`;

const good = `    - id: ioc
      commands: [all]
      publicKey: |
        ${indented}
`;

const judge = (keys: string) => {
  const { config, problems, warnings } = parseConfig(withKeys(keys), 'test.yaml');
  return { config, problems, warnings };
};

describe('keys of the center', () => {
  it('are good in PEM, as JWK, and as the path of a file', () => {
    const keys = `${good}    - { id: jwk, commands: [ptz], publicKey: { kty: OKP, crv: Ed25519, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo } }
    - { id: file, sender: ioc, agency: air, commands: [ptz], publicKey: "\${file:/etc/haidang/key.pem}" }
`;
    const { config, problems, warnings } = judge(keys);
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
    expect(config?.commands?.keys.map(({ id, commands }) => [id, ...commands])).toEqual([
      ['ioc', 'all'],
      ['jwk', 'ptz'],
      ['file', 'ptz'],
    ]);
  });

  it.each([
    ['a private key', 'a private key', '-----BEGIN PRIVATE KEY-----\\nMC4CAQ==\\n-----END PRIVATE KEY-----'],
    ['no key', 'no public key', 'ssh-ed25519 AAAA'],
    ['half a key', 'no public key', '-----BEGIN PUBLIC KEY-----\\nMCow\\n-----END PUBLIC KEY-----'],
  ])('that are %s are refused at their line, with what to do', (_, says, text) => {
    const { problems } = judge(`    - { id: ioc, commands: [all], publicKey: "${text}" }\n`);
    expect(problems).toMatchObject([{ line: 9, path: 'commands.keys[0].publicKey' }]);
    expect(problems[0]?.message).toContain(says);
    expect(problems[0]?.advice).toContain('openssl pkey');
  });

  it('of another kind are refused', () => {
    const key = '{ kty: EC, crv: P-256, x: f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU }';
    const { problems } = judge(`    - { id: ioc, commands: [all], publicKey: ${key} }\n`);
    expect(problems.map(({ message }) => message)).toEqual(['this is not an Ed25519 public key']);
  });

  it('with their private part are refused, and never repeated', () => {
    const key =
      '{ kty: OKP, crv: Ed25519, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo, d: nWGxne_9WmC6hEr0kuwsxER }';
    const { problems } = judge(`    - { id: ioc, commands: [all], publicKey: ${key} }\n`);
    expect(problems.map(({ message }) => message)).toEqual(['this is a private key, and those never lie on a gateway']);
    expect(JSON.stringify(problems)).not.toContain('nWGxne');
  });

  it('name commands that there are', () => {
    const { problems } = judge(good.replace('[all]', '[snapsot]'));
    expect(problems).toMatchObject([{ path: 'commands.keys[0].commands[0]', advice: 'Did you mean "snapshot"?' }]);
  });

  it('have names of their own', () => {
    expect(judge(good + good).problems).toMatchObject([{ path: 'commands.keys[1].id' }]);
  });

  it('of an agency that can order nothing deserve a look', () => {
    const { problems, warnings } = judge(
      good.replace('commands: [all]', 'agency: police\n      commands: [logs.tail]'),
    );
    expect(problems).toEqual([]);
    expect(warnings.map(({ path }) => path)).toEqual(['commands.keys[0].agency', 'commands.keys[0].commands[0]']);
  });
});

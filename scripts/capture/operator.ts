/** An operator at the center: a key, and orders that are signed with it. */
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import mqtt from 'mqtt';
import { cityName, gatewayName, topicRoot } from './site.ts';

export interface Operator {
  readonly publicKey: object;
  /** Publishes the order at the center's broker. */
  order(brokerPort: number, command: string, input: Readonly<Record<string, unknown>>): Promise<void>;
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Compact JWS (RFC 7515) by Ed25519 (RFC 8037). */
export const openOperator = (): Operator => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    publicKey: publicKey.export({ format: 'jwk' }),
    order: async (brokerPort, command, input) => {
      const now = Math.floor(Date.now() / 1000);
      const claims = {
        jti: randomUUID(),
        iss: 'operator',
        aud: `${cityName}/${gatewayName}`,
        iat: now,
        exp: now + 300,
        command,
        input,
      };
      const signed = `${encode({ alg: 'EdDSA', kid: 'operator' })}.${encode(claims)}`;
      const text = `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`;
      const center = await mqtt.connectAsync(`mqtt://127.0.0.1:${brokerPort}`, { protocolVersion: 5 });
      await center.publishAsync(`${topicRoot}/gateway/cmd/operator`, text, { qos: 1 });
      await center.endAsync();
    },
  };
};

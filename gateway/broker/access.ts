/** Who may log in at the embedded broker, and what each may publish and read there. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Reveal, Secret } from '../../core/fields.ts';
import { coversFilter, matchesTopic } from '../../drivers/protocols/mqtt/topic.ts';

export interface BrokerUser {
  readonly username: string;
  readonly password: Secret;
  /** The one configured device this user speaks for: no other device hears it. Absent for bridges of many devices. */
  readonly device?: string | undefined;
  /** Topic filters under which it may publish; it may also read back what is published there. */
  readonly publish: readonly string[];
}

export interface Rights {
  readonly device?: string;
  mayPublish(topic: string): boolean;
  maySubscribe(filter: string): boolean;
}

/** The rights of whoever gave these credentials; undefined when they are refused. */
export type Login = (username: string | undefined, password: Uint8Array | undefined) => Rights | undefined;

const digest = (text: string | Uint8Array): Buffer => createHash('sha256').update(text).digest();

/** Topics that begin with `$` belong to the broker itself (MQTT 3.1.1, clause 4.7.2). */
const isReserved = (topic: string): boolean => topic.startsWith('$');

const everybody: Rights = {
  mayPublish: topic => !isReserved(topic),
  maySubscribe: filter => !isReserved(filter),
};

/** Without users everybody may do everything. Throws `config` when a password cannot be revealed. */
export const createLogin = (users: readonly BrokerUser[], reveal: Reveal): Login => {
  if (users.length === 0) return () => everybody;
  const known = new Map(
    users.map(({ username, password, device, publish }) => {
      const rights: Rights = {
        ...(device !== undefined && { device }),
        mayPublish: topic => !isReserved(topic) && publish.some(filter => matchesTopic(filter, topic)),
        maySubscribe: filter => !isReserved(filter) && publish.some(wide => coversFilter(wide, filter)),
      };
      return [username, { expected: digest(reveal(password)), rights }];
    }),
  );
  // An unknown user costs the same time as a wrong password.
  const nobody = digest('');
  return (username = '', password = new Uint8Array()) => {
    const user = known.get(username);
    const isRight = timingSafeEqual(digest(password), user?.expected ?? nobody);
    return isRight ? user?.rights : undefined;
  };
};

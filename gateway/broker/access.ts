/** Who may log in at the embedded broker, and what each may publish and read there. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { GatewayError, toGatewayError } from '../../core/errors.ts';
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

export interface Access {
  readonly login: Login;
  /** Why each user is locked out whose password cannot be revealed. */
  readonly lockedOut: readonly GatewayError[];
  /** Throws `config` while a user who speaks for this device is locked out; a password that came since lets him in. */
  admit(device: string): void;
}

const digest = (text: string | Uint8Array): Buffer => createHash('sha256').update(text).digest();

/** Topics that begin with `$` belong to the broker itself (MQTT 3.1.1, clause 4.7.2). */
const isReserved = (topic: string): boolean => topic.startsWith('$');

const everybody: Rights = {
  mayPublish: topic => !isReserved(topic),
  maySubscribe: filter => !isReserved(filter),
};

interface KnownUser extends BrokerUser {
  readonly rights: Rights;
  expected?: Buffer;
}

const rightsOf = ({ device, publish }: BrokerUser): Rights => ({
  ...(device !== undefined && { device }),
  mayPublish: topic => !isReserved(topic) && publish.some(filter => matchesTopic(filter, topic)),
  maySubscribe: filter => !isReserved(filter) && publish.some(wide => coversFilter(wide, filter)),
});

/** Without users everybody may do everything. */
export const createAccess = (users: readonly BrokerUser[], reveal: Reveal): Access => {
  const known = new Map(users.map((user): [string, KnownUser] => [user.username, { ...user, rights: rightsOf(user) }]));
  const letIn = (user: KnownUser): GatewayError | undefined => {
    try {
      user.expected ??= digest(reveal(user.password));
      return undefined;
    } catch (thrown) {
      const { kind, message, advice } = toGatewayError(thrown);
      return new GatewayError(kind, `the broker's user "${user.username}" cannot log in: ${message}`, {
        ...(advice !== undefined && { advice }),
        cause: thrown,
      });
    }
  };
  const lockedOut = [...known.values()].flatMap(user => {
    const failure = letIn(user);
    return failure === undefined ? [] : [{ user, failure }];
  });
  // An unknown user costs the same time as a wrong password, and nobody knows this one.
  const nobody = digest(randomBytes(32));
  return {
    login: (username = '', password = new Uint8Array()) => {
      if (users.length === 0) return everybody;
      const user = known.get(username);
      const isRight = timingSafeEqual(digest(password), user?.expected ?? nobody);
      return isRight ? user?.rights : undefined;
    },
    lockedOut: lockedOut.map(({ failure }) => failure),
    admit: device => {
      for (const { user } of lockedOut) {
        const failure = user.device === device ? letIn(user) : undefined;
        if (failure !== undefined) throw failure;
      }
    },
  };
};

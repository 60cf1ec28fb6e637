/**
 * The one error class of the gateway. Its kind names what the host does next (design §2), not where it came from,
 * so a driver never decides its own fate and the supervisor never reads message texts.
 */
export type ErrorKind =
  | 'config'
  | 'unsupported'
  | 'denied'
  | 'unreachable'
  | 'protocol'
  | 'exhausted'
  | 'damaged'
  | 'defect';

export interface GatewayErrorOptions extends ErrorOptions {
  /** What a technician can do about it, one imperative sentence. */
  readonly advice?: string;
  /** Where in the configuration the wrong value stands, as a path such as `['devices', 2, 'port']`. */
  readonly path?: readonly (string | number)[];
}

/** `message` says what happened and where; `advice` says what to do. Neither ever holds a secret. */
export class GatewayError extends Error {
  readonly kind: ErrorKind;
  readonly advice: string | undefined;
  readonly path: readonly (string | number)[] | undefined;

  constructor(kind: ErrorKind, message: string, options: GatewayErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'GatewayError';
    this.kind = kind;
    this.advice = options.advice;
    this.path = options.path;
  }
}

/** A foreign error becomes a `defect`: whoever meets a library translates its errors first. */
export const toGatewayError = (thrown: unknown): GatewayError => {
  if (thrown instanceof GatewayError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new GatewayError('defect', message, { cause: thrown });
};

/** The `code` of a Node.js system error (`ECONNREFUSED`, `ENOSPC`, …), or undefined. */
export const systemCode = (thrown: unknown): string | undefined => {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
};

/** What a driver is given, with everything it says kept for a look. */
import { type CommandOffers, createCommandOffers } from '../../../core/command.ts';
import type { Context } from '../../../core/driver.ts';
import type { Secret } from '../../../core/fields.ts';
import type { Log } from '../../../core/log.ts';
import { systemClock } from '../../../core/time.ts';

export interface RecordedLog extends Log {
  readonly lines: readonly { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[];
}

export const recordedLog = (): RecordedLog => {
  const lines: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[] = [];
  const record = (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    lines.push({ message, fields });
  };
  return { lines, info: record, warn: record, error: record };
};

/** Reveals `secrets` by name; anything else is not there. */
export const revealFrom =
  (secrets: Readonly<Record<string, string>>) =>
  ({ name }: Secret): string => {
    const secret = secrets[name];
    if (secret === undefined) throw new Error(`no secret ${name}`);
    return secret;
  };

export const secretNamed = (name: string): Secret => ({ from: 'env', name });

export interface TestContext extends Context {
  readonly counts: ReadonlyMap<string, number>;
  readonly commands: CommandOffers;
  readonly log: RecordedLog;
  abort(): void;
}

export const createContext = (
  options: { readonly secrets?: Readonly<Record<string, string>>; readonly embedded?: Context['embedded'] } = {},
): TestContext => {
  const controller = new AbortController();
  const counts = new Map<string, number>();
  return {
    signal: controller.signal,
    clock: systemClock,
    log: recordedLog(),
    count: (reason, by = 1) => counts.set(reason, (counts.get(reason) ?? 0) + by),
    reveal: revealFrom(options.secrets ?? {}),
    ...(options.embedded !== undefined && { embedded: options.embedded }),
    commands: createCommandOffers(),
    counts,
    abort: () => controller.abort(),
  };
};

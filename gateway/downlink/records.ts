/**
 * What the gateway remembers of commands until they expire, so that none is done twice: kept in the outbox, in the same
 * transactions as their audit events. When there is no room for more of them, commands are refused: none is forgotten
 * early.
 */
import { z } from 'zod';
import { clockLeeway } from '../../core/command-claims.ts';
import type { Saved } from '../../core/sealed.ts';
import { type Instant, minutes } from '../../core/time.ts';

export const recordsOwner = 'gateway.commands';

const failure = z.strictObject({ kind: z.string(), message: z.string(), advice: z.string().exactOptional() });

const outcomeSchema = z.discriminatedUnion('status', [
  /** Without `result`, where it is too long to keep. */
  z.strictObject({ status: z.literal('done'), result: z.unknown().optional() }),
  z.strictObject({ status: z.literal('failed'), error: failure }),
  z.strictObject({ status: z.literal('interrupted') }),
]);
export type Outcome = z.output<typeof outcomeSchema>;

const recordSchema = z.strictObject({
  key: z.string(),
  sender: z.string(),
  agency: z.string().exactOptional(),
  jti: z.string(),
  command: z.string(),
  devices: z.array(z.string()),
  digest: z.string(),
  expires: z.number(),
  /** Id of the event that accepted it. */
  acceptedId: z.string(),
  /** Absent while it runs. */
  ended: z.strictObject({ at: z.number(), outcome: outcomeSchema }).exactOptional(),
});
export type CommandRecord = Readonly<z.output<typeof recordSchema>>;

const markSchema = z.strictObject({ forgottenUntil: z.number(), rememberedSince: z.number() });
const markKey = 'mark';

export const mostRecords = 10_000;
/** Of a result as JSON; of a longer one only that it was done. */
const longestKept = 2048;

/** No two keys share a command, whatever they call it: the ids of keys hold no slash. */
export const recordKey = ({ key, jti }: Pick<CommandRecord, 'key' | 'jti'>): string => `${key}/${jti}`;

export const saveRecord = (record: CommandRecord): Saved => ({
  owner: recordsOwner,
  key: recordKey(record),
  value: Buffer.from(JSON.stringify(record)),
});

/** The outcome as it is kept. */
export const toKept = (outcome: Outcome): Outcome =>
  outcome.status === 'done' && JSON.stringify(outcome.result ?? null).length > longestKept
    ? { status: 'done' }
    : outcome;

export interface CommandRecords {
  get(key: string): CommandRecord | undefined;
  put(record: CommandRecord): void;
  remove(key: string): void;
  hasRoom(): boolean;
  /** Commands that expired by then are no longer known one by one. */
  forgottenUntil(): Instant;
  /** Of commands that were signed before nothing is known; undefined until `begin`. */
  rememberedSince(): Instant | undefined;
  /** In a new store, by a clock that is set: gives what to save for it. */
  begin(now: Instant): readonly Saved[];
  /** All of it, for a store that took the place of the one before. */
  all(): readonly Saved[];
  /** Forgets what expired long enough ago; gives what to save for it. */
  forget(now: Instant): readonly Saved[];
  /** Those that ran when the last run of the gateway ended. */
  unfinished(): readonly CommandRecord[];
}

const parse = <T>(schema: z.ZodType<T>, bytes: Uint8Array): T | undefined => {
  try {
    return schema.safeParse(JSON.parse(Buffer.from(bytes).toString())).data;
  } catch {
    return undefined;
  }
};

/** After its expiry a command is remembered for a little longer than one that comes late is taken. */
const grace = clockLeeway + minutes(1);

export const createCommandRecords = (saved: ReadonlyMap<string, Uint8Array>): CommandRecords => {
  const records = new Map<string, CommandRecord>();
  const markBytes = saved.get(markKey);
  const mark = markBytes && parse(markSchema, markBytes);
  let forgottenUntil = mark?.forgottenUntil ?? 0;
  let rememberedSince = mark?.rememberedSince;
  const saveMark = (): readonly Saved[] =>
    rememberedSince === undefined
      ? []
      : [
          {
            owner: recordsOwner,
            key: markKey,
            value: Buffer.from(JSON.stringify({ forgottenUntil, rememberedSince })),
          },
        ];
  for (const [key, bytes] of saved) {
    if (key === markKey) continue;
    const record = parse(recordSchema, bytes);
    if (record !== undefined) records.set(key, record);
  }
  return {
    get: key => records.get(key),
    put: record => {
      records.set(recordKey(record), record);
    },
    remove: key => {
      records.delete(key);
    },
    hasRoom: () => records.size < mostRecords,
    forgottenUntil: () => forgottenUntil,
    rememberedSince: () => rememberedSince,
    begin: now => {
      if (rememberedSince !== undefined) return [];
      rememberedSince = now;
      return saveMark();
    },
    all: () => [...[...records.values()].map(saveRecord), ...saveMark()],
    forget: now => {
      const over = [...records].filter(([, { expires, ended }]) => ended !== undefined && expires + grace < now);
      if (over.length === 0) return [];
      for (const [key, { expires }] of over) {
        records.delete(key);
        forgottenUntil = Math.max(forgottenUntil, expires);
      }
      return [...over.map(([key]) => ({ owner: recordsOwner, key, value: undefined })), ...saveMark()];
    },
    unfinished: () => [...records.values()].filter(({ ended }) => ended === undefined),
  };
};

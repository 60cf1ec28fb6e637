/**
 * The downlink: takes what the center orders, and does it once at most. A command is written down before it is done,
 * and what came of it before it is answered; so neither a repeated message nor a crash makes it happen twice.
 */

import type { CommandKeyConfig } from '../../config/commands.ts';
import { sleep } from '../../core/abort.ts';
import { commandRefusals } from '../../core/command-refusal.ts';
import type { Conclusion } from '../../core/conclusion.ts';
import { GatewayError, toGatewayError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Saved, TimeQuality } from '../../core/sealed.ts';
import type { IncomingCommand } from '../../core/sink.ts';
import type { Site } from '../../core/site.ts';
import { type Clock, type Duration, formatDuration, minutes, seconds } from '../../core/time.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Sealer } from '../runtime/seal.ts';
import { type Allowance, createAllowance } from './allowance.ts';
import { acceptedConclusion, completedConclusion, refusedConclusion } from './audit.ts';
import { authorizeCommand, type Order } from './authorize.ts';
import { type CommandKey, openCommandKey } from './keys.ts';
import {
  type CommandRecord,
  createCommandRecords,
  type Outcome,
  recordKey,
  recordsOwner,
  saveRecord,
  toKept,
} from './records.ts';
import { outcomeAnswer, type ReplyAddress, refusalAnswer, replyAddressOf, senderOf } from './reply.ts';
import { type Refused, type SignedCommand, verifyCommand } from './verify.ts';

export interface DownlinkOptions {
  readonly site: Site;
  readonly keys: readonly CommandKeyConfig[];
  readonly outbox: Pick<Outbox, 'append' | 'restore' | 'answer'>;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly timeQuality: () => TimeQuality;
  readonly log: Log;
  readonly count: (reason: string, by?: number) => void;
  /** Does a command; ends soon after `signal` aborts. Throws a `GatewayError` when it did not work. */
  readonly run: (order: Order, signal: AbortSignal) => Promise<unknown>;
  /** What came of it is on the disk, and its answer on its way. */
  readonly onAnswered?: (order: Order, outcome: Outcome) => void;
}

export interface Downlink extends AsyncDisposable {
  /** Takes a message as it came. Returns at once and never throws. */
  receive(message: IncomingCommand): void;
  /** A new store took the place of the one that remembered the commands. */
  saveAgain(): Promise<void>;
}

const mostRunning = 16;
/** Messages on their way to a verdict; further ones are dropped and counted. */
const mostJudged = 64;
/** Repeated messages that wait for the same command to end. */
const mostWaiting = 8;
/** What does not end by then after it was aborted is left alone. */
const abortTime = seconds(2);
const tidyEvery = minutes(1);

/** Anybody at the broker can write nonsense: a few are told and answered, the others counted. */
const unprovenAllowance = { burst: 10, every: minutes(1) };
/** Somebody whom we know, or who repeats what he overheard. */
const provenAllowance = { burst: 30, every: seconds(10) };

/** A command that runs, and who waits for it besides the one that gave it. */
interface Running {
  readonly repeats: ReplyAddress[];
}

/** A key that cannot be read is left out: the others and the gateway itself are not to blame. */
const openKeys = async (configs: readonly CommandKeyConfig[], log: Log): Promise<ReadonlyMap<string, CommandKey>> => {
  const keys = new Map<string, CommandKey>();
  for (const config of configs) {
    try {
      keys.set(config.id, await openCommandKey(config));
    } catch (thrown) {
      const { message, advice } = toGatewayError(thrown);
      log.error('a key of the center is left out: its commands are refused', {
        key: config.id,
        reason: message,
        advice,
      });
    }
  }
  return keys;
};

/** Commands that ran when the last run of the gateway ended are told as interrupted before anything else is taken. */
export const openDownlink = async (options: DownlinkOptions): Promise<Downlink> => {
  const { site, outbox, sealer, clock, timeQuality, log, count } = options;
  const keys = await openKeys(options.keys, log);
  const records = createCommandRecords(await outbox.restore(recordsOwner));
  const audience = `${site.city}/${site.gateway}`;
  const closing = new AbortController();
  const running = new Map<string, Running>();
  const work = new Set<Promise<void>>();
  const allowances = new Map<string, Allowance>();
  let refusals = 0;
  let judged = 0;

  const seal = (conclusion: Conclusion) => sealer.event(conclusion, clock.now(), timeQuality());

  const answer = async (address: ReplyAddress, payload: string): Promise<void> => {
    const went = await outbox.answer({ ...address, payload }).catch(() => false);
    if (!went) count('command-answer-lost');
  };

  const allowanceOf = (signer: CommandKey | undefined): Allowance => {
    // As many as there are keys, and one.
    const name = signer?.id ?? '';
    let allowance = allowances.get(name);
    if (allowance === undefined) {
      allowance = createAllowance({ clock, ...(signer === undefined ? unprovenAllowance : provenAllowance) });
      allowances.set(name, allowance);
    }
    return allowance;
  };

  const refuse = async (
    refused: Refused,
    address: ReplyAddress,
    devices: readonly string[] | undefined = undefined,
  ): Promise<void> => {
    count(`command-${refused.reason}`);
    const untold = allowanceOf(refused.signed?.key).take();
    if (untold === undefined && commandRefusals[refused.reason].signer === 'unproven') return;
    const at = clock.now();
    if (untold !== undefined) {
      const { reason, message, keyId } = refused;
      log.warn('a command was refused', { reason, message, key: keyId, uplink: address.sink, untold });
      const conclusion = refusedConclusion(site, {
        refused,
        ...(devices !== undefined && { devices }),
        uplink: address.sink,
        at,
        count: ++refusals,
        untold,
      });
      await outbox
        .append({ events: [seal(conclusion)] })
        .catch(thrown => log.error('a refusal was not accepted', { reason: toGatewayError(thrown).message }));
    }
    await answer(address, refusalAnswer(site, refused, at));
  };

  const finish = async (record: CommandRecord, outcome: Outcome, duration?: Duration): Promise<CommandRecord> => {
    const at = clock.now();
    const ended: CommandRecord = { ...record, ended: { at, outcome: toKept(outcome) } };
    records.put(ended);
    const conclusion = completedConclusion(site, record, {
      at,
      outcome,
      ...(duration !== undefined && { duration }),
    });
    await outbox
      .append({ events: [seal(conclusion)], saved: [saveRecord(ended)] })
      // After a restart it counts as interrupted; it is not done again either way.
      .catch(thrown =>
        log.error('what came of a command was not accepted', { reason: toGatewayError(thrown).message }),
      );
    return ended;
  };

  const attempt = async (order: Order): Promise<Outcome> => {
    const { name, timeLimit } = order.command;
    const tooLong = new AbortController();
    const timer = setTimeout(() => tooLong.abort(), timeLimit);
    const signal = AbortSignal.any([closing.signal, tooLong.signal]);
    const settled = new AbortController();
    try {
      // The gateway may have been told to stop while the command was written down.
      signal.throwIfAborted();
      const result = await Promise.race([options.run(order, signal), abandoned(signal, settled.signal)]);
      return { status: 'done', result };
    } catch (thrown) {
      if (closing.signal.aborted) return { status: 'interrupted' };
      const { kind, message, advice } = tooLong.signal.aborted
        ? new GatewayError('unreachable', `${name} took longer than ${formatDuration(timeLimit)}`, { cause: thrown })
        : toGatewayError(thrown);
      const cut = (text: string): string => text.slice(0, 1000) || kind;
      return { status: 'failed', error: { kind, message: cut(message), ...(advice && { advice: cut(advice) }) } };
    } finally {
      settled.abort();
      clearTimeout(timer);
    }
  };

  const perform = async (order: Order, address: ReplyAddress): Promise<void> => {
    const { key, claims, command, devices, digest, expires } = order;
    const accepted = seal(acceptedConclusion(site, order, address.sink, clock.now()));
    const record: CommandRecord = {
      key: key.id,
      sender: key.sender,
      ...(key.agency !== undefined && { agency: key.agency }),
      jti: claims.jti,
      command: command.name,
      devices: [...devices],
      digest,
      expires,
      acceptedId: accepted.id,
    };
    const place = recordKey(record);
    const repeats: ReplyAddress[] = [];
    records.put(record);
    running.set(place, { repeats });
    try {
      await outbox.append({ events: [accepted], saved: [saveRecord(record)] });
    } catch (thrown) {
      records.remove(place);
      running.delete(place);
      const refused: Refused = { reason: 'not-recorded', message: toGatewayError(thrown).message, signed: order };
      await Promise.all([address, ...repeats].map(each => refuse(refused, each)));
      return;
    }
    log.info('a command is done', { command: command.name, id: claims.jti, key: key.id, devices });
    const begun = clock.steady();
    const outcome = await attempt(order);
    const { ended } = await finish(record, outcome, clock.steady() - begun);
    running.delete(place);
    log.info('a command has ended', { command: command.name, id: claims.jti, outcome: outcome.status });
    const at = ended?.at ?? clock.now();
    await answer(address, outcomeAnswer(site, record, { at, outcome }, 'first'));
    for (const each of repeats) await answer(each, outcomeAnswer(site, record, { at, outcome }, 'repeated'));
    options.onAnswered?.(order, outcome);
  };

  /** A message whose command is already known: it is answered, and not done again. */
  const repeat = async (record: CommandRecord, signed: SignedCommand, address: ReplyAddress): Promise<void> => {
    if (record.digest !== signed.digest) {
      await refuse({ reason: 'replayed', message: `another command has the jti ${record.jti}`, signed }, address);
      return;
    }
    count('command-repeated');
    if (record.ended !== undefined) {
      await answer(address, outcomeAnswer(site, record, record.ended, 'repeated'));
      return;
    }
    const repeats = running.get(recordKey(record))?.repeats;
    if (repeats !== undefined && repeats.length < mostWaiting) repeats.push(address);
  };

  const take = async (message: IncomingCommand, sender: string): Promise<void> => {
    const address = replyAddressOf(message, sender, site);
    const verdict = await verifyCommand(message.payload, { keys, audience, sender });
    if (verdict.kind === 'refused') {
      await refuse(verdict.refused, address);
      return;
    }
    const { signed } = verdict;
    if (records.rememberedSince() === undefined) await tidy();
    // From here to its record nothing is awaited: two messages of one command cannot both come through.
    const known = records.get(recordKey({ key: signed.key.id, jti: signed.claims.jti }));
    if (known !== undefined) {
      await repeat(known, signed, address);
      return;
    }
    const judgment = authorizeCommand(signed, site, {
      now: clock.now(),
      timeQuality: timeQuality(),
      forgottenUntil: records.forgottenUntil(),
      rememberedSince: records.rememberedSince() ?? 0,
    });
    if (judgment.kind === 'refused') {
      const { reason, message: says, devices } = judgment;
      await refuse({ reason, message: says, keyId: signed.key.id, signed }, address, devices);
      return;
    }
    if (running.size >= mostRunning || !records.hasRoom()) {
      const says = records.hasRoom() ? `${mostRunning} commands run now` : 'no more commands can be remembered';
      await refuse({ reason: 'busy', message: says, keyId: signed.key.id, signed }, address);
      return;
    }
    await perform(judgment.order, address);
  };

  const append = async (saved: readonly Saved[]): Promise<void> => {
    if (saved.length === 0) return;
    await outbox
      .append({ saved })
      // They are saved again as forgotten with the next one, or expire after the next start.
      .catch(thrown => log.error('commands were not forgotten', { reason: toGatewayError(thrown).message }));
  };

  for (const record of records.unfinished()) await finish(record, { status: 'interrupted' });

  /** Only by a clock that is set; before, no command is taken. */
  const tidy = async (): Promise<void> => {
    if (timeQuality() === 'unsynchronized') return;
    await append([...records.begin(clock.now()), ...records.forget(clock.now())]);
  };
  await tidy();
  const timer = setInterval(() => void tidy(), tidyEvery);

  return {
    receive: message => {
      const sender = senderOf(message.topic, site);
      if (sender === undefined || closing.signal.aborted || judged >= mostJudged) {
        count('command-dropped');
        return;
      }
      judged++;
      const taken = take(message, sender)
        .catch(thrown => log.error('a command broke the downlink', { reason: toGatewayError(thrown).message }))
        .finally(() => {
          judged--;
          work.delete(taken);
        });
      work.add(taken);
    },
    saveAgain: () => append(records.all()),
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      closing.abort();
      await Promise.all(work);
    },
  };
};

/** Rejects when what runs has not ended some time after `signal` aborted. */
const abandoned = async (signal: AbortSignal, settled: AbortSignal): Promise<never> => {
  await new Promise<void>(resolve => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await sleep(abortTime, settled);
  throw new GatewayError('unreachable', 'it did not end when it was told to');
};

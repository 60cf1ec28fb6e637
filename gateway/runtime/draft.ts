/** What one transaction will hold, and how it becomes one: its conclusions are sealed, what breaks the contract is set aside. */
import { z } from 'zod';
import type { Conclusion, Item } from '../../core/conclusion.ts';
import type { Log } from '../../core/log.ts';
import type { Saved, Sealed, TimeQuality } from '../../core/sealed.ts';
import type { Clock } from '../../core/time.ts';
import type { Effects } from '../governor/effects.ts';
import type { Acceptance, DeadLetter, MediaName, MediaRow } from '../outbox/outbox.ts';
import { isOfCondition, type OpenConditions } from './open-conditions.ts';
import type { RetainedState, Sealer } from './seal.ts';

export interface Draft {
  readonly conclusions: Conclusion[];
  readonly saved: Saved[];
  readonly deadLetters: DeadLetter[];
  /** Which stage concluded what tells of a condition. */
  readonly owners: Map<Conclusion, string>;
  readonly mediaSettled?: readonly MediaName[];
}

export const newDraft = (): Draft => ({ conclusions: [], saved: [], deadLetters: [], owners: new Map() });

export const hasContent = ({ conclusions, saved, deadLetters }: Draft): boolean =>
  conclusions.length > 0 || saved.length > 0 || deadLetters.length > 0;

/** The first stage that gives a conclusion made it; those after it pass it on. */
export const recordOwner = (draft: Draft, output: readonly Item[], owner: string): void => {
  for (const item of output)
    if (item.kind === 'conclusion' && isOfCondition(item.event) && !draft.owners.has(item))
      draft.owners.set(item, owner);
};

export const messageOf = (thrown: unknown): string =>
  (thrown instanceof Error ? thrown.message : String(thrown)).slice(0, 1000);

const largestLetter = 16_384;

export const deadLetterOf = (
  pipeline: string,
  stage: string,
  item: Item,
  thrown: unknown,
  clock: Clock,
): DeadLetter => ({
  pipeline,
  stage,
  device: item.kind === 'conclusion' ? (item.device ?? item.source) : item.device,
  reason: messageOf(thrown),
  item: JSON.stringify(item).slice(0, largestLetter),
  at: clock.now(),
});

/** Of `data.media` what the spool needs to know (events/fields.ts). */
const namedMedia = z.array(
  z.object({
    /** `announced`: an earlier event named it, so the spool knows of it. */
    state: z.enum(['pending', 'announced']),
    key: z.string(),
    sha256: z.string(),
    mediaType: z.string(),
    bytes: z.number(),
    expiresAt: z.string(),
  }),
);

const mediaOf = (conclusion: Conclusion): readonly MediaRow[] => {
  const named = conclusion.data['media'];
  if (named === undefined) return [];
  const pending = namedMedia.parse(named).filter(({ state }) => state === 'pending');
  return pending.map(({ key, sha256, mediaType, bytes, expiresAt }) => ({
    key,
    sha256,
    mediaType,
    bytes,
    device: conclusion.device ?? conclusion.source,
    correlation: conclusion.correlation ?? '',
    expires: Date.parse(expiresAt),
  }));
};

export interface DraftSealerOptions {
  readonly sealer: Sealer;
  readonly open: OpenConditions;
  readonly clock: Clock;
  readonly timeQuality: () => TimeQuality;
  readonly log: Log;
  readonly count: (reason: string, by: number, device?: string) => void;
  readonly allowed: () => Pick<Effects, 'observations'>;
  readonly onState: ((state: RetainedState) => void) | undefined;
  readonly onRefused: ((observations: number) => void) | undefined;
}

/** To be called only for what goes to the store at once: what is open is followed by it. */
export const createDraftSealer = (options: DraftSealerOptions): ((draft: Draft) => Acceptance) => {
  const { sealer, open, clock, timeQuality, log, count, allowed, onState, onRefused } = options;

  return ({ conclusions, saved, deadLetters, owners, mediaSettled }) => {
    const events: Sealed[] = [];
    const media: MediaRow[] = [];
    const now = clock.now();
    const quality = timeQuality();
    const setAside: DeadLetter[] = [...deadLetters];
    const followed: Saved[] = [];
    const { observations } = allowed();
    let refused = 0;
    for (const conclusion of conclusions) {
      try {
        if (sealer.isState(conclusion.event)) {
          onState?.(sealer.retained(conclusion, now));
          continue;
        }
        if (!open.admits(conclusion)) continue;
        const rows = mediaOf(conclusion);
        const event = sealer.event(open.withCause(conclusion), now, quality);
        if (event.lane === 'obs' && observations === 'refused') {
          refused++;
          continue;
        }
        events.push(event);
        media.push(...rows);
        followed.push(...open.follow(conclusion, event, owners.get(conclusion) ?? ''));
      } catch (thrown) {
        log.error('a conclusion breaks the contract and was set aside', { error: messageOf(thrown) });
        const letter = deadLetterOf('', 'seal', conclusion, thrown, clock);
        count('seal.dead-letter', 1, letter.device);
        setAside.push(letter);
      }
    }
    if (refused > 0) onRefused?.(refused);
    const all = followed.length === 0 ? saved : [...saved, ...followed];
    return {
      ...(events.length > 0 && { events }),
      ...(all.length > 0 && { saved: all }),
      ...(setAside.length > 0 && { deadLetters: setAside }),
      ...(media.length > 0 && { media }),
      ...(mediaSettled !== undefined && { mediaSettled }),
    };
  };
};

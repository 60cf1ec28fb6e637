/** What was concluded is told as far as the budget of the camera allows, and a picture is announced once. */
import type { Instant } from '../../core/time.ts';
import { admit, beginDay, createSpending, type Spending } from './budget.ts';
import { budgetCleared, budgetRaised } from './events.ts';
import { dayOf } from './local-time.ts';
import { isSamePicture, type PictureName, picturesOf } from './picture.ts';
import { type State, saveNow, spendingKey, type Turn } from './state.ts';

/** An event names this picture: others of the same camera may only refer to it. */
const announce = ({ named, followed, changed }: State, device: string, picture: PictureName): void => {
  const known = named.get(device) ?? [];
  const newest = known[0]?.capturedAt ?? 0;
  if (picture.capturedAt > newest) named.set(device, [picture]);
  else if (picture.capturedAt === newest) named.set(device, [...known, picture]);
  for (const [key, { track }] of followed) {
    if (track.device !== device || track.picture === undefined) continue;
    if (!isSamePicture(track.picture.snapshot, picture)) continue;
    track.picture.announced = true;
    changed.add(key);
  }
};

/** Ends the day of a camera's budget where it is over, and tells what was not told. */
const endDay = (
  { state, site, output }: Turn,
  device: string,
  spending: Spending,
  end: { readonly time: Instant; readonly reason: 'recovered' | 'config-removed' },
): void => {
  const { since } = spending;
  if (since !== undefined) output.push(budgetCleared(device, since, spending, end, site));
  beginDay(spending, dayOf(state.localTime, end.time));
};

/** From `first` on, what was concluded at `now`: is told as far as the camera's budget allows. */
export const tell = (turn: Turn, first: number, now: Instant): void => {
  const { state, settings, site, output } = turn;
  const spent = new Set<string>();
  for (const conclusion of output.splice(first)) {
    const { device = conclusion.source } = conclusion;
    if (settings.budget !== undefined) {
      const { daily } = settings.budget;
      const spending = state.spendings.get(device) ?? createSpending(dayOf(state.localTime, now));
      state.spendings.set(device, spending);
      if (spending.day !== dayOf(state.localTime, now))
        endDay(turn, device, spending, { time: now, reason: 'recovered' });
      const wasWhole = spending.since === undefined;
      const isTold = admit(spending, conclusion, daily, now);
      spent.add(spendingKey(device));
      if (!isTold) {
        turn.shed++;
        if (wasWhole) output.push(budgetRaised(device, now, daily, site));
        continue;
      }
    }
    output.push(conclusion);
    for (const picture of picturesOf(conclusion)) announce(state, device, picture);
  }
  for (const key of spent) saveNow(turn, key);
};

/** Days that end while nothing happens, and budgets that are configured no more. */
export const endDays = (turn: Turn, now: Instant): void => {
  const { state, settings, save } = turn;
  for (const [device, spending] of state.spendings) {
    if (settings.budget === undefined) {
      endDay(turn, device, spending, { time: now, reason: 'config-removed' });
      state.spendings.delete(device);
      save.set(spendingKey(device), undefined);
    } else if (spending.day !== dayOf(state.localTime, now)) {
      endDay(turn, device, spending, { time: now, reason: 'recovered' });
      saveNow(turn, spendingKey(device));
    }
  }
};

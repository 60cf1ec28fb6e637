/**
 * What may not happen in a zone: one function for each rule, from what it remembers of an object and what the next
 * frame shows to whether it is broken, and since when. Each has its own hysteresis, so that nothing begins and ends with
 * the trembling of a box. Pure.
 */
import type { Box, DetectedObject } from '../../core/observation.ts';
import { footOf } from '../../core/polygon.ts';
import type { Instant } from '../../core/time.ts';
import type { Rule, RuleName } from './config.ts';
import type { Hours } from './hours.ts';
import type { Footprint } from './path.ts';

/** What a rule remembers of an object during a visit. */
export interface Memory {
  /** Where it stands, or where its last stride began. */
  readonly anchor: Footprint;
  /** Frames in a row in which it was away from there. */
  readonly strays: number;
  /** When an owner was near it last. */
  readonly attendedAt: Instant;
  /** 0 to `surely`: strides the wrong way less strides the right way. */
  readonly wrong: number;
  /** Since when the rule is broken. */
  readonly since: Instant | undefined;
}

export interface Sight {
  readonly time: Instant;
  readonly enteredAt: Instant;
  readonly box: Box;
  /** Everything in the frame. */
  readonly around: readonly DetectedObject[];
  /** Frames in a row that decide. */
  readonly frames: number;
  readonly isForbidden: (hours: Hours, time: Instant) => boolean;
}

export const remember = (box: Box, time: Instant): Memory => {
  const [x, y] = footOf(box);
  return { anchor: { x, y, at: time }, strays: 0, attendedAt: time, wrong: 0, since: undefined };
};

const diagonalOf = ({ width, height }: Box): number => Math.hypot(width, height);

/** What stands moves less than this part of its own size. */
const standingWithin = 0.25;
/** A movement is judged by ways of this part of its own size. */
const strideOf = 0.5;
/** So many strides the wrong way, and back, decide. */
const surely = 2;
/** Cosine of the angle from which on a way counts as against the direction: beyond 120 degrees. */
const against = -0.5;
/** Whoever is nearer than so many of its own heights attends to a thing: some two and a half metres of a person. */
const nearWithin = 1.5;

/** Where it stands: given up when it was elsewhere for some frames in a row. */
const stand = (memory: Memory, { box, time, frames }: Sight): Memory => {
  const [x, y] = footOf(box);
  const { anchor } = memory;
  if (Math.hypot(x - anchor.x, y - anchor.y) <= standingWithin * diagonalOf(box)) return { ...memory, strays: 0 };
  const strays = memory.strays + 1;
  return strays < frames ? { ...memory, strays } : { ...memory, strays: 0, anchor: { x, y, at: time } };
};

/** Broken since a moment, once `time` has come to it. */
const from = (memory: Memory, moment: Instant, time: Instant): Memory => ({
  ...memory,
  since: time >= moment ? moment : undefined,
});

const isNear = (thing: Box, { box }: DetectedObject): boolean => {
  const [x, y] = footOf(thing);
  const [ownerX, ownerY] = footOf(box);
  return Math.hypot(x - ownerX, y - ownerY) <= nearWithin * box.height;
};

type RuleOf<Name extends RuleName> = Extract<Rule, { rule: Name }>;

const stopped = (memory: Memory, { after }: RuleOf<'stopped'>, sight: Sight): Memory => {
  const next = stand(memory, sight);
  return from(next, next.anchor.at + after, sight.time);
};

const wrongWay = (memory: Memory, rule: RuleOf<'wrong-way'>, { box, time }: Sight): Memory => {
  const [x, y] = footOf(box);
  const { anchor, wrong, since } = memory;
  const [alongX, alongY] = [x - anchor.x, y - anchor.y];
  const length = Math.hypot(alongX, alongY);
  if (length < strideOf * diagonalOf(box)) return memory;
  const [wayX, wayY] = [rule.to[0] - rule.from[0], rule.to[1] - rule.from[1]];
  const cosine = (alongX * wayX + alongY * wayY) / (length * Math.hypot(wayX, wayY));
  const turned = cosine <= against ? wrong + 1 : cosine >= -against ? wrong - 1 : wrong;
  const next = Math.min(surely, Math.max(0, turned));
  const isBroken = since === undefined ? next === surely : next > 0;
  return { ...memory, anchor: { x, y, at: time }, wrong: next, since: isBroken ? (since ?? time) : undefined };
};

const leftBehind = (memory: Memory, { after, owners }: RuleOf<'left-behind'>, sight: Sight): Memory => {
  const { box, around, time } = sight;
  const next = stand(memory, sight);
  // Whoever passes a thing that was left behind does not take it.
  if (memory.since !== undefined && next.anchor.at === memory.anchor.at) return next;
  const isAttended = around.some(each => owners.includes(each.label) && isNear(box, each));
  const attendedAt = isAttended ? time : next.attendedAt;
  return from({ ...next, attendedAt }, Math.max(next.anchor.at, attendedAt) + after, time);
};

/** With one more frame. */
export const judge = (memory: Memory, rule: Rule, sight: Sight): Memory => {
  const { time, enteredAt, isForbidden } = sight;
  switch (rule.rule) {
    case 'loitering':
      return from(memory, enteredAt + rule.after, time);
    case 'restricted-hours':
      return { ...memory, since: isForbidden(rule.hours, time) ? (memory.since ?? time) : undefined };
    case 'stopped':
      return stopped(memory, rule, sight);
    case 'wrong-way':
      return wrongWay(memory, rule, sight);
    case 'left-behind':
      return leftBehind(memory, rule, sight);
  }
};

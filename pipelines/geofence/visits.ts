/** Entering and leaving zones, and what is asked of a vessel inside one. */
import { boundaryOf, tellCrossing } from './borders.ts';
import { clear, clearAll, openIn, raise, weighIn } from './conditions.ts';
import {
  type Beside,
  type Episode,
  type Followed,
  type Passage,
  refreshZones,
  toToldZone,
  type Visit,
} from './followed.ts';
import { emit, type Outcome } from './outcome.ts';
import { isAway, isSettled, passageOf, unseen } from './passage.ts';
import type { Report } from './report.ts';
import { type Judged, type Rule, rules, speedOf } from './rules.ts';
import { correlationOf, type LeaveReason, tellCondition, tellEntered, tellLeft } from './tell.ts';
import { isInEffect, type Zone } from './zone.ts';

export const visitIn = ({ visits }: Followed, id: string): Visit | undefined =>
  visits.find(({ zone }) => zone.id === id);

/** `here` are the zones that hold the position. */
export const visitZones = (report: Report, here: ReadonlySet<Zone>): void => {
  const { map, followed } = report;
  const { visits } = followed;
  for (const visit of visits) {
    const zone = map.byId.get(visit.zone.id);
    if (zone === undefined) continue;
    if (here.has(zone)) delete visit.leaving;
    else goOut(report, visit, zone);
  }
  if (followed.besides.length > 0) leaveBehind(report, here);
  for (const zone of here) if (visitIn(followed, zone.here.id) === undefined) goIn(report, zone);
  if (followed.visits !== visits) refreshZones(followed, map.byId);
  judgeVisits(report);
};

const goOut = ({ followed, before, config, outcome }: Report, visit: Visit, zone: Zone): void => {
  const { fix } = followed;
  if (!isInEffect(zone, fix.time)) {
    const { effectiveTo = fix.time } = zone;
    leave(outcome, followed, visit, 'config-removed', unseen(fix, Math.min(effectiveTo, fix.time)));
    return;
  }
  visit.leaving ??= { passage: passageOf(zone, before, fix, 'last', config), positions: 0 };
  visit.leaving.positions++;
  if (!isSettled(zone, fix, visit.leaving, config)) return;
  const { passage } = visit.leaving;
  leave(outcome, followed, visit, 'moved', passage);
  if (visit.zone.kind === 'boundary')
    tellCrossing(outcome, followed, boundaryOf(zone), 'outward', passage, config.bridgeWithin);
  if (!isAway(zone, fix, config)) followed.besides = [...followed.besides, { zone: visit.zone.id }];
};

/** Forgets the zones that the vessel went away from. */
const leaveBehind = ({ map, followed, config }: Report, here: ReadonlySet<Zone>): void => {
  const { fix } = followed;
  followed.besides = followed.besides.filter(beside => {
    const zone = map.byId.get(beside.zone);
    if (zone === undefined) return false;
    if (here.has(zone)) return true;
    delete beside.entering;
    return !isAway(zone, fix, config);
  });
};

const goIn = (report: Report, zone: Zone): void => {
  const { followed, before, config } = report;
  const { fix, besides } = followed;
  const beside = besides.find(({ zone: id }) => id === zone.here.id);
  const passage = beside?.entering?.passage ?? passageOf(zone, before, fix, 'first', config);
  if (beside !== undefined) {
    const entering: NonNullable<Beside['entering']> = beside.entering ?? { passage, positions: 0 };
    beside.entering = entering;
    entering.positions++;
    if (!isSettled(zone, fix, entering, config)) return;
    followed.besides = besides.filter(other => other !== beside);
  }
  enter(report, zone, passage);
};

const enter = ({ followed, config, outcome }: Report, zone: Zone, passage: Passage): void => {
  const { id, kind } = zone.here;
  const visit: Visit = {
    zone: toToldZone(zone),
    enteredAt: passage.time,
    correlation: correlationOf('visit', id, followed.vessel, passage.time),
    beliefs: [],
  };
  followed.visits = [...followed.visits, visit];
  outcome.touched.add(followed);
  if (kind === 'boundary') tellCrossing(outcome, followed, boundaryOf(zone), 'inward', passage, config.bridgeWithin);
  else emit(outcome, followed, tellEntered(followed, visit, passage, zone.severity));
};

/** Of the kind `boundary` the crossing is told, not the leaving. */
export const leave = (
  outcome: Outcome,
  followed: Followed,
  visit: Visit,
  reason: LeaveReason,
  passage: Passage,
): void => {
  const cleared = reason === 'moved' ? 'recovered' : reason;
  clearAll(outcome, followed, visit, cleared, Math.max(passage.time, followed.fix.time));
  followed.visits = followed.visits.filter(other => other !== visit);
  outcome.touched.add(followed);
  if (visit.zone.kind !== 'boundary') emit(outcome, followed, tellLeft(followed, visit, reason, passage));
};

const judgeVisits = ({ map, followed, before, motion, gears, config, outcome }: Report): void => {
  const { fix, visits } = followed;
  const speedKnots = speedOf(fix, motion);
  for (const visit of visits) {
    const zone = map.byId.get(visit.zone.id);
    if (zone === undefined || visit.leaving !== undefined) continue;
    const judged: Judged = { zone, visit, followed, fix, before, speedKnots, config, gears };
    for (const rule of rules) {
      const limits = rule.limitsOf(zone);
      if (limits !== undefined) judge(outcome, judged, rule, limits);
    }
  }
};

const judge = (outcome: Outcome, judged: Judged, rule: Rule, limits: Episode['data']): void => {
  const { zone, visit, followed, fix, before, config } = judged;
  const { name } = rule;
  const open = openIn(visit, name);
  const holds = rule.holds(judged, open !== undefined);
  const changed = weighIn(visit, name, holds, fix.time, rule.patience(config));
  if (changed === undefined) {
    if (open === undefined || rule.goOn?.(judged, open) !== true) return;
    const phase = { verb: 'updated', severity: zone.severity } as const;
    emit(outcome, followed, tellCondition(followed, name, phase, visit.zone, open, before, fix.time));
  } else if (open !== undefined) clear(outcome, followed, visit, name, { reason: rule.end, time: fix.time, before });
  else {
    const { belief, sure } = changed;
    const data = { visit: visit.correlation, ...limits, ...rule.dataOf(judged, sure) };
    raise(outcome, followed, visit, zone, belief, { since: sure.since, data, before });
  }
};

/** What another file of zones does to what goes on. */
import type { StageFile } from '../../core/stage.ts';
import { limitsOf as limitsOfBoundary } from './borders.ts';
import { clear, clearAll, openIn } from './conditions.ts';
import type { GeofenceConfig } from './config.ts';
import {
  type Border,
  type ConditionName,
  type Fields,
  type Followed,
  type Kept,
  refreshZones,
  toToldZone,
  type Visit,
} from './followed.ts';
import type { Outcome } from './outcome.ts';
import { isAway, unseen } from './passage.ts';
import { isByLimits, rules } from './rules.ts';
import { leave } from './visits.ts';
import { isInside, type Zone, type ZoneMap } from './zone.ts';

/** Visits, boundaries and conditions that the new zones do not know, or know by other limits, end. */
export const revise = (
  followed: Followed,
  map: ZoneMap,
  { time }: StageFile,
  config: GeofenceConfig,
  outcome: Outcome,
): void => {
  const end = (kept: Kept, name: ConditionName, limits: Fields | undefined): void => {
    const open = openIn(kept, name);
    if (limits === undefined || (open !== undefined && !isByLimits(open, limits)))
      clear(outcome, followed, kept, name, { reason: 'config-removed', time });
  };

  const reviseVisit = (visit: Visit, zone: Zone | undefined): void => {
    if (zone === undefined || !isSameVisit(visit, zone) || !isStillThere(zone)) {
      leave(outcome, followed, visit, 'config-removed', unseen(followed.fix, time));
      return;
    }
    for (const { name, limitsOf } of rules) end(visit, name, limitsOf(zone));
    visit.zone = toToldZone(zone);
  };

  const isStillThere = (zone: Zone): boolean => isInside(zone, followed.fix) || !isAway(zone, followed.fix, config);

  const reviseBorder = (border: Border, zone: Zone | undefined): boolean => {
    if (zone?.here.kind !== 'boundary') {
      clearAll(outcome, followed, border, 'config-removed', time);
      return false;
    }
    end(border, 'boundary-approach', limitsOfBoundary(zone));
    border.zone = toToldZone(zone);
    return true;
  };

  for (const visit of followed.visits) reviseVisit(visit, map.byId.get(visit.zone.id));
  followed.besides = followed.besides.filter(({ zone }) => map.byId.has(zone));
  followed.borders = followed.borders.filter(border => reviseBorder(border, map.byId.get(border.zone.id)));
  refreshZones(followed, map.byId);
};

/** A boundary is crossed, other zones are entered and left: the end of a visit is told in the terms of its begin. */
const isSameVisit = (visit: Visit, { here }: Zone): boolean =>
  (visit.zone.kind === 'boundary') === (here.kind === 'boundary');

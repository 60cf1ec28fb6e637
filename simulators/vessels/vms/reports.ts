/** What the VMS devices of the world's fishing vessels report, and when. */
import { parseRegistrationMark } from '../../../core/registration-mark.ts';
import type { Duration, Instant } from '../../../core/time.ts';
import { hash } from '../../world/random.ts';
import type { VesselState, VmsReport, World } from '../../world/world.ts';

const fishing = 30;

/** A provider that was away hands over this much of the past, and no more. */
const mostMissed = 24;

const toReport = ({ vessel, longitude, latitude, sogKnots, cogDegrees }: VesselState, time: Instant): VmsReport => ({
  vmsId: `BX${vessel.mmsi % 1_000_000}`,
  mark: parseRegistrationMark(vessel.name) ?? vessel.name,
  name: vessel.name,
  callSign: vessel.callSign,
  time,
  longitude,
  latitude,
  sogKnots,
  cogDegrees,
});

/**
 * Each fishing vessel reports once in `every`, at a moment of its own. The returned function gives, oldest first, what
 * fell due since it was asked before; the first time, the last report of each. Where the world's vessels have devices of
 * their own, it is what these report to `provider`.
 */
export const createVmsReports = (
  world: World,
  every: Duration,
  provider?: string,
): ((now: Instant) => readonly VmsReport[]) => {
  let asked: Instant | undefined;
  return now => {
    const from = Math.max(asked ?? now - every, now - mostMissed * every);
    asked = now;
    if (world.vmsReportsBetween !== undefined) return world.vmsReportsBetween(from, now, provider);
    const due: VmsReport[] = [];
    for (const [index, { vessel }] of world.vesselsAt(now).entries()) {
      if (vessel.shipType !== fishing) continue;
      const phase = hash(world.seed, 'vms', vessel.mmsi) % every;
      for (let time = Math.floor((now - phase) / every) * every + phase; time > from; time -= every) {
        const state = world.vesselsAt(time)[index];
        if (state !== undefined) due.push(toReport(state, time));
      }
    }
    return due.sort((a, b) => a.time - b.time);
  };
};

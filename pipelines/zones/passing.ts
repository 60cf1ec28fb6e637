/** What one more sight of an object, or its end, means among zones, rules and lines. */
import type { DetectedObject, Detections } from '../../core/observation.ts';
import { pictureOf } from '../../core/picture-of.ts';
import { footOf } from '../../core/polygon.ts';
import type { Instant } from '../../core/time.ts';
import { watchRules } from './breaches.ts';
import type { Line, Zone } from './config.ts';
import { countPassage } from './counts.ts';
import {
  breachCleared,
  breachRaised,
  crossed,
  entered,
  type LeaveReason,
  left,
  type ObjectEnd,
  observed,
  told,
} from './events.ts';
import { type Followed, isNews, type Track } from './life.ts';
import { crossLine } from './lines.ts';
import { rememberFoot, speedOf } from './plane.ts';
import type { Turn } from './state.ts';
import { type Visit, visitZone } from './visits.ts';

export const watches = (
  { camera, classes }: Pick<Zone | Line, 'camera' | 'classes'>,
  device: string,
  label?: string,
): boolean =>
  (camera === undefined || camera === device) &&
  (classes === undefined || label === undefined || classes.includes(label));

const count = (
  turn: Turn,
  device: string,
  ...passage: readonly [place: Parameters<typeof countPassage>[1], label: string, way: 'in' | 'out', time: Instant]
): void => {
  const { counts } = turn.settings;
  const counter = turn.state.counters.get(device);
  if (counter === undefined || counts === undefined) return;
  countPassage(counter, ...passage, counts.every);
  turn.passages++;
};

/** How a track ends, and what its visits say of it. */
const endings = {
  left: { reason: 'gone', end: 'left' },
  interrupted: { reason: 'interrupted', end: 'interrupted' },
  'source-lost': { reason: 'source-lost', end: 'source-lost' },
} as const satisfies Record<ObjectEnd, { readonly reason: LeaveReason; readonly end: ObjectEnd }>;

/** The visit ends, and with it what was wrong in it. */
export const leave = ({ site, output }: Turn, track: Track, visit: Visit, reason: LeaveReason, time: Instant): void => {
  for (const { breach } of visit.rules.values())
    if (breach !== undefined) output.push(breachCleared(track, visit, breach, reason, time, site));
  output.push(left(track, visit, reason, time, site));
};

/** Its visits end, and its life is told. */
export const finish = (turn: Turn, key: string, followed: Followed, end: ObjectEnd, now: Instant): void => {
  const { state, site, save, output } = turn;
  const { reason } = endings[end];
  state.followed.delete(key);
  state.changed.delete(key);
  save.set(key, undefined);
  const { track, visits } = followed;
  for (const [zone, visit] of visits) {
    leave(turn, track, visit, reason, track.lastSeen);
    if (reason === 'gone') count(turn, track.device, { kind: 'zones', id: zone }, track.label, 'out', track.lastSeen);
  }
  output.push(observed(track, end, now, site));
};

/** Its foot in one frame, among the zones. */
export const passZones = (turn: Turn, followed: Followed, detections: Detections, object: DetectedObject): void => {
  const { settings, site, output } = turn;
  const { device, time } = detections;
  const { label, confidence, box } = object;
  const snapshot = pictureOf(detections, followed.track.label);
  for (const zone of settings.zones) {
    if (!watches(zone, device, label)) continue;
    const passage = visitZone(followed, zone, footOf(box), time, settings.frames);
    if (passage === undefined) continue;
    const { kind, visit } = passage;
    if (kind === 'left') leave(turn, followed.track, visit, 'moved', time);
    else output.push(entered(followed.track, visit, zone.severity, { confidence, snapshot }, site));
    count(turn, device, { kind: 'zones', id: zone.id }, followed.track.label, kind === 'left' ? 'out' : 'in', time);
  }
};

/** What it does in one frame, by the rules of the zones in which it is. */
export const passRules = (turn: Turn, followed: Followed, detections: Detections, object: DetectedObject): void => {
  const { state, settings, site, output } = turn;
  const { track, visits } = followed;
  const { device, time, objects } = detections;
  const { label, confidence, box } = object;
  for (const zone of settings.zones) {
    const visit = visits.get(zone.id);
    if (visit === undefined || !watches(zone, device, label)) continue;
    const sight = {
      ...{ time, box, around: objects, frames: settings.frames },
      enteredAt: visit.enteredAt,
      isForbidden: state.isForbidden,
    };
    for (const each of watchRules(visit.rules, zone.rules, label, sight)) {
      const { breach } = each;
      if (each.kind === 'cleared') output.push(breachCleared(track, visit, breach, each.reason, time, site));
      else {
        const seen = { confidence, snapshot: pictureOf(detections, track.label) };
        output.push(breachRaised(track, visit, breach, each.rule.severity, seen, site));
      }
    }
  }
};

/** Its step since the frame before, among the lines. */
export const passLines = (turn: Turn, followed: Followed, detections: Detections, object: DetectedObject): void => {
  const { state, settings, site, output } = turn;
  const { device, time } = detections;
  const { label, confidence, box } = object;
  const snapshot = pictureOf(detections, followed.track.label);
  const { track, foot: from, pending, crossings } = followed;
  const [x, y] = footOf(box);
  const to = { x, y, at: time };
  followed.foot = to;
  const plane = state.planes.get(device);
  if (plane !== undefined) rememberFoot(followed.feet, to);
  if (from === undefined) return;
  for (const line of settings.lines) {
    if (!watches(line, device, label)) continue;
    const outcome = crossLine(line.points, pending.get(line.id), from, to, settings.frames);
    if (outcome.pending === undefined) pending.delete(line.id);
    else pending.set(line.id, outcome.pending);
    const { crossing } = outcome;
    if (crossing === undefined) continue;
    const number = (crossings.get(line.id) ?? 0) + 1;
    crossings.set(line.id, number);
    const way = crossing.to === line.inward ? 'in' : 'out';
    count(turn, device, { kind: 'lines', id: line.id }, track.label, way, crossing.at);
    if (line.crossings !== 'told') continue;
    const speed = plane && speedOf(plane, followed.feet);
    output.push(crossed(track, line, crossing, number, { confidence, snapshot, speed }, site));
  }
};

export const tellLife = ({ settings, site, output }: Turn, followed: Followed): void => {
  const { track, visits } = followed;
  const isAskedFor = settings.zones.some(({ id, objects }) => objects === 'while-there' && visits.has(id));
  if (!(isAskedFor && isNews(followed, settings.update))) return;
  const number = (followed.telling?.number ?? 0) + 1;
  followed.telling = { at: track.lastSeen, box: track.lastBox, number };
  output.push(told(track, number, site));
};

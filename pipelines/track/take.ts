/** What each report, by AIS, by VMS or by radio, and the registry change, and the news that they are. */
import type { Item } from '../../core/conclusion.ts';
import type { VesselPosition, VesselStatic, VesselStatusOrder, VmsCall, VmsPosition } from '../../core/observation.ts';
import type { Instant } from '../../core/time.ts';
import type { PositionSource, VesselFix, VesselUpdate } from '../../core/vessel.ts';
import type { TrackConfig } from './config.ts';
import { identified } from './events.ts';
import { judge, motionOf } from './filter.ts';
import { countHeard } from './hearing.ts';
import { type Facts, factsOf, settle, untold } from './identify.ts';
import { hear } from './receivers.ts';
import { matchOf, type Registry } from './registry.ts';
import { type Consumed, makeRoom, markChanged, newestFix, type Outcome, type State, saveNow } from './state.ts';
import { trackKeyOf } from './stored.ts';
import { lastSeenOf, of, type Track, trailOf, vmsNameOf } from './tracks.ts';
import { isRepetition, readFix } from './trail.ts';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Of what a provider says; AIS itself is shorter. */
const longestName = 64;
const longestCallSign = 16;

const cell = ({ numbers, offset }: Track, column: number): number => numbers[offset + column] ?? Number.NaN;

type News = Pick<
  Writable<VesselUpdate>,
  'cause' | 'device' | 'time' | 'timeFrom' | 'fix' | 'previous' | 'motion' | 'implausible' | 'late' | 'order'
>;

const emit = (track: Track, news: News, formerKeys: readonly string[]): VesselUpdate => {
  const update: Writable<VesselUpdate> = {
    kind: 'vessel-update',
    cause: news.cause,
    device: news.device,
    time: news.time,
    timeFrom: news.timeFrom,
    vessel: track.identity,
    slot: track.slot,
    receivers: track.receivers,
    firstSeen: cell(track, of.firstSeen),
    lastSeen: lastSeenOf(track),
  };
  if (formerKeys.length > 0) update.formerKeys = formerKeys;
  if (news.fix !== undefined) update.fix = news.fix;
  if (news.previous !== undefined) update.previous = news.previous;
  if (news.motion !== undefined) update.motion = news.motion;
  if (news.implausible !== undefined) update.implausible = true;
  if (news.late !== undefined) update.late = true;
  if (news.order !== undefined) update.order = news.order;
  return update;
};

interface Naming {
  readonly track: Track;
  readonly isChanged: boolean;
  readonly formerKeys: readonly string[];
}

/** Settles who the vessel is; tells which names are found to be one, and saves it when its key is another one. */
const name = (
  state: State,
  subject: Track,
  facts: Facts,
  { time, device }: { readonly time: Instant; readonly device?: string },
  outcome: Pick<Outcome, 'output' | 'save'>,
): Naming => {
  const { tracks, registry, gone } = state;
  const { track, isChanged, formerKeys, links, gone: keys } = settle(tracks, registry, subject, facts);
  for (const key of keys) {
    gone.delete(trackKeyOf({ key }));
    outcome.save.set(trackKeyOf({ key }), undefined);
  }
  const fix = links.length > 0 ? newestFix(track) : undefined;
  for (const link of links)
    outcome.output.push(identified(link, track.identity, { time, fix, ...(device !== undefined && { device }) }));
  if (links.length > 0 || keys.length > 0) saveNow(state, track, outcome.save);
  return { track, isChanged, formerKeys };
};

const fixOfAis = (report: VesselPosition): VesselFix => {
  const { time, longitude, latitude, accurate, stationClass, messageType } = report;
  const fix: Writable<VesselFix> = { source: 'ais', time, longitude, latitude, accurate, stationClass, messageType };
  if (report.sogKnots !== undefined) fix.sogKnots = report.sogKnots;
  if (report.cogDegrees !== undefined) fix.cogDegrees = report.cogDegrees;
  if (report.headingDegrees !== undefined) fix.headingDegrees = report.headingDegrees;
  if (report.rateOfTurnDegreesPerMinute !== undefined)
    fix.rateOfTurnDegreesPerMinute = report.rateOfTurnDegreesPerMinute;
  if (report.navigationStatus !== undefined) fix.navigationStatus = report.navigationStatus;
  if (report.altitudeMetres !== undefined) fix.altitudeMetres = report.altitudeMetres;
  return fix;
};

/** Of a time that nobody can have reported yet. */
const isAhead = ({ now }: State, time: Instant, { ahead }: TrackConfig): boolean =>
  now !== undefined && time > now + ahead;

const create = (state: State, { device, time }: Pick<Consumed, 'device' | 'time'>, config: TrackConfig): Track =>
  state.tracks.create({ key: untold }, device, isAhead(state, time, config) ? (state.now ?? time) : time);

/** A report of a known vessel: into its trail, and on to the stages behind when it is no repetition. */
const report = (
  state: State,
  track: Track,
  fix: VesselFix,
  { device, timeFrom }: { readonly device: string; readonly timeFrom: 'device' | 'gateway' },
  formerKeys: readonly string[],
  config: TrackConfig,
  outcome: Outcome,
): void => {
  const { tracks, combinations } = state;
  const { source, time } = fix;
  hear(track, device, time, config.heard, combinations);
  const row = tracks.beginTrail(track, source);
  if (isRepetition(row, fix, config)) {
    outcome.repeated++;
    // A name that was found is told with the next report otherwise, which may come much later.
    if (formerKeys.length > 0)
      outcome.output.push(
        emit(track, { cause: 'identity', device, time, timeFrom, ...fixAndMotion(track) }, formerKeys),
      );
    return;
  }
  track.device = device;
  const news: News = { cause: 'position', device, time, timeFrom, fix };
  const previous = readFix(row, source);
  const cannotBe = isAhead(state, time, config);
  const verdict = cannotBe ? 'implausible' : judge(row, fix, timeFrom, config);
  if (verdict === 'late') news.late = true;
  else if (previous !== undefined) news.previous = previous;
  if (verdict === 'implausible') news.implausible = true;
  const motion = motionOf(row);
  if (motion !== undefined) news.motion = motion;
  if (!cannotBe) {
    const { numbers, offset } = track;
    if (time > lastSeenOf(track)) numbers[offset + of.lastSeen] = time;
    if (time < cell(track, of.firstSeen)) numbers[offset + of.firstSeen] = time;
  }
  outcome.output.push(emit(track, news, formerKeys));
  if (source === 'ais') markChanged(state, track);
  else saveNow(state, track, outcome.save);
};

const fixAndMotion = (track: Track): Pick<News, 'fix' | 'motion'> => {
  const fix = newestFix(track);
  if (fix === undefined) return {};
  const row = trailOf(track, fix.source);
  const motion = row === undefined ? undefined : motionOf(row);
  return { fix, ...(motion !== undefined && { motion }) };
};

const noKeys: readonly string[] = [];

const takeAis = (state: State, position: VesselPosition, config: TrackConfig, outcome: Outcome): void => {
  const { device, mmsi } = position;
  countHeard(state.hearing, device, mmsi);
  const fix = fixOfAis(position);
  const known = state.tracks.byMmsi.get(mmsi);
  if (known !== undefined) {
    report(state, known, fix, position, noKeys, config, outcome);
    return;
  }
  const { track, formerKeys } = name(state, create(state, position, config), { mmsi }, position, outcome);
  report(state, track, fix, position, formerKeys, config, outcome);
  makeRoom(state, config);
};

/** What is new of a vessel, told by a message or by the registry. */
const tellIdentity = (
  state: State,
  { track, isChanged, formerKeys }: Naming,
  { device, time, timeFrom }: Pick<News, 'device' | 'time' | 'timeFrom'>,
  output: Item[],
): void => {
  if (!isChanged && formerKeys.length === 0) return;
  output.push(emit(track, { cause: 'identity', device, time, timeFrom, ...fixAndMotion(track) }, formerKeys));
  markChanged(state, track);
};

const takeStatic = (state: State, told: VesselStatic, config: TrackConfig, outcome: Outcome): void => {
  const { kind, device, time, timeFrom, ...facts } = told;
  countHeard(state.hearing, device, told.mmsi);
  const known = state.tracks.byMmsi.get(told.mmsi);
  const track = known ?? create(state, told, config);
  hear(track, device, time, config.heard, state.combinations);
  const naming = name(state, track, { ...factsOf(track.identity), ...facts }, told, outcome);
  if (naming.isChanged) tellIdentity(state, naming, told, outcome.output);
  else outcome.repeated++;
  if (known === undefined) makeRoom(state, config);
};

interface VmsNaming extends Naming {
  readonly isNew: boolean;
}

/**
 * Who a report by satellite or radio is from; undefined where it does not say. What the vessel says of itself over AIS
 * stands above it.
 */
const nameVms = (
  state: State,
  report: VmsPosition | VmsCall,
  config: TrackConfig,
  outcome: Outcome,
): VmsNaming | undefined => {
  const { device, time, provider, mark, mmsi, callSign, imo } = report;
  const { tracks, registry } = state;
  const vmsId = report.vmsId ?? (mark === undefined && mmsi === undefined ? callSign : undefined);
  if (vmsId === undefined && mark === undefined && mmsi === undefined) {
    outcome.unidentified++;
    return undefined;
  }
  const ids: Facts = {
    ...(mmsi !== undefined && { mmsi }),
    ...(sourceOf(report) === 'vms' && vmsId !== undefined && { provider, vmsId }),
    ...(callSign !== undefined && { callSign: callSign.slice(0, longestCallSign) }),
    ...(report.name !== undefined && { name: report.name.slice(0, longestName) }),
    ...(imo !== undefined && { imo }),
  };
  const byDevice = vmsId === undefined ? undefined : tracks.byVms.get(vmsNameOf(provider, vmsId));
  const match = byDevice === undefined ? matchOf(registry, ids, mark) : undefined;
  const held = match?.entry.mark ?? mark;
  const known =
    byDevice ??
    (held === undefined ? undefined : tracks.byMark.get(held)) ??
    (mmsi === undefined ? undefined : tracks.byMmsi.get(mmsi));
  const track = known ?? create(state, report, config);
  // A vessel may carry two devices, of which one reports at a time.
  if (ids.vmsId !== undefined) tracks.nameVms(track, vmsNameOf(provider, ids.vmsId));
  if (mark !== undefined) track.mark ??= mark;
  const before = factsOf(track.identity);
  const facts: Facts = before.mmsi === undefined ? { ...before, ...ids } : { ...ids, ...before };
  return { ...name(state, track, facts, { time, device }, outcome), isNew: known === undefined };
};

const sourceOf = ({ provider }: VmsPosition | VmsCall): PositionSource =>
  provider === 'duty-officer' ? 'duty-officer' : 'vms';

const takeVms = (state: State, position: VmsPosition, config: TrackConfig, outcome: Outcome): void => {
  const { time, longitude, latitude, sogKnots, cogDegrees, alarm } = position;
  const naming = nameVms(state, position, config, outcome);
  if (naming === undefined) return;
  const fix: VesselFix = {
    source: sourceOf(position),
    time,
    longitude,
    latitude,
    ...(sogKnots !== undefined && { sogKnots }),
    ...(cogDegrees !== undefined && { cogDegrees }),
    ...(alarm !== undefined && { alarm }),
  };
  if (naming.isChanged && !naming.isNew && naming.formerKeys.length === 0)
    tellIdentity(state, naming, position, outcome.output);
  report(state, naming.track, fix, position, naming.formerKeys, config, outcome);
  if (naming.isNew) makeRoom(state, config);
};

/** Never a repetition: whether it is the call that was told is for the stages behind to know. */
const takeCall = (state: State, call: VmsCall, config: TrackConfig, outcome: Outcome): void => {
  const { device, time, timeFrom } = call;
  const naming = nameVms(state, call, config, outcome);
  if (naming === undefined) return;
  const { track, formerKeys } = naming;
  hear(track, device, time, config.heard, state.combinations);
  outcome.output.push(emit(track, { cause: 'call', device, time, timeFrom, ...fixAndMotion(track) }, formerKeys));
  saveNow(state, track, outcome.save);
  if (naming.isNew) makeRoom(state, config);
};

const takeStatus = (state: State, order: VesselStatusOrder, config: TrackConfig, outcome: Outcome): void => {
  const { tracks } = state;
  const { device, time, timeFrom, mark, mmsi, status, by, reason } = order;
  if (mark === undefined && mmsi === undefined) {
    outcome.unidentified++;
    return;
  }
  const known =
    (mark === undefined ? undefined : tracks.byMark.get(mark)) ??
    (mmsi === undefined ? undefined : tracks.byMmsi.get(mmsi));
  const track = known ?? create(state, order, config);
  if (mark !== undefined) track.mark ??= mark;
  const facts = { ...(mmsi !== undefined && { mmsi }), ...factsOf(track.identity) };
  const naming = name(state, track, facts, order, outcome);
  const news: News = { cause: 'status', device, time, timeFrom, order: { status, by, reason } };
  outcome.output.push(emit(naming.track, { ...news, ...fixAndMotion(naming.track) }, naming.formerKeys));
  saveNow(state, naming.track, outcome.save);
  if (known === undefined) makeRoom(state, config);
};

export const take = (state: State, item: Consumed, config: TrackConfig, outcome: Outcome): void => {
  switch (item.kind) {
    case 'vessel-position':
      takeAis(state, item, config, outcome);
      break;
    case 'vessel-static':
      takeStatic(state, item, config, outcome);
      break;
    case 'vms-position':
      takeVms(state, item, config, outcome);
      break;
    case 'vms-call':
      takeCall(state, item, config, outcome);
      break;
    case 'vessel-status':
      takeStatus(state, item, config, outcome);
      break;
  }
};

/** Every track is held against the registry; tells those of which something else is known now. */
export const takeRegistry = (state: State, registry: Registry, time: Instant): Pick<Outcome, 'output' | 'save'> => {
  const { tracks } = state;
  state.registry = registry;
  // First every name is free that another vessel may have now.
  for (const track of tracks.all) {
    const held = track.identity.registry?.mark;
    if (held === undefined || tracks.byMark.get(held) !== track) continue;
    if (matchOf(registry, track.identity, track.mark)?.entry.mark !== held) tracks.byMark.delete(held);
  }
  const outcome = { output: [] as Item[], save: new Map<string, Uint8Array | undefined>() };
  for (const track of [...tracks.all]) {
    if (!tracks.all.has(track)) continue;
    const { device } = track;
    const naming = name(state, track, factsOf(track.identity), { time, device }, outcome);
    tellIdentity(state, naming, { device, time, timeFrom: 'gateway' }, outcome.output);
  }
  return outcome;
};

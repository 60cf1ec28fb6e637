/**
 * Reports of vessels, by AIS, by VMS and by radio → one piece of news of each that says something new, under the one
 * name of its vessel. The stages behind it read these, and know nothing of receivers and providers.
 *
 * Positions are saved by and by: after a crash a track may be some minutes old. What a source does not send again (VMS,
 * orders, names) is saved at once.
 */
import type { Item } from '../../core/conclusion.ts';
import type { VesselPosition, VesselStatic, VesselStatusOrder, VmsPosition } from '../../core/observation.ts';
import type { Site } from '../../core/site.ts';
import { defineStage, type Save, type StageFile, type Step } from '../../core/stage.ts';
import { type ClockShift, type Duration, type Instant, minutes, seconds, shiftInstant } from '../../core/time.ts';
import { type PositionSource, positionSources, type VesselFix, type VesselUpdate } from '../../core/vessel.ts';
import { type TrackConfig, trackConfig } from './config.ts';
import { identified } from './events.ts';
import { judge, motionOf } from './filter.ts';
import { countHeard, createHearing, type HearingState, interruptHearing, listen, restoreReceiver } from './hearing.ts';
import { type Facts, factsOf, settle, untold } from './identify.ts';
import { type Combinations, hear } from './receivers.ts';
import { emptyRegistry, matchOf, parseRegistry, type Registry } from './registry.ts';
import { encodeTrack, restoreTracks, trackKeyOf } from './stored.ts';
import { createTracks, lastSeenOf, mostReceivers, of, type Track, type Tracks, trailOf, vmsNameOf } from './tracks.ts';
import { at, isRepetition, readFix, shiftTrail } from './trail.ts';

type Consumed = VesselPosition | VesselStatic | VmsPosition | VesselStatusOrder;
type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
type Changes = Map<string, Uint8Array | undefined>;

interface State {
  readonly tracks: Tracks;
  registry: Registry;
  readonly hearing: HearingState;
  readonly combinations: Combinations;
  /** At the last tick; undefined before the first. */
  now: Instant | undefined;
  steady: Duration | undefined;
  /** When it was last looked for vessels that were silent for too long. */
  lookedAt: Instant;
  /** Tracks that wait to be saved, those that wait longest first. */
  changed: Track[];
  /** Saved keys of tracks that are no more. */
  readonly gone: Set<string>;
}

/** A vessel under way changes all the time: it is saved no more often than this. */
const savedEvery = seconds(60);
const lookEvery = minutes(1);

/** About 1.5 MB: so much may go to the disk at a checkpoint. */
const mostSaved = 2000;

/** Of what a provider says; AIS itself is shorter. */
const longestName = 64;
const longestCallSign = 16;

/** What came of one observation. */
interface Outcome {
  readonly output: Item[];
  readonly save: Changes;
  repeated: number;
  unidentified: number;
}

const cell = ({ numbers, offset }: Track, column: number): number => numbers[offset + column] ?? Number.NaN;

const markChanged = (state: State, track: Track): void => {
  if (track.isChanged) return;
  track.isChanged = true;
  state.changed.push(track);
};

const saveNow = (state: State, track: Track, save: Changes): void => {
  const key = trackKeyOf(track.identity);
  state.gone.delete(key);
  save.set(key, encodeTrack(track));
  track.savedAt = state.steady;
};

const newestFix = (track: Track): VesselFix | undefined => {
  let newest: VesselFix | undefined;
  for (const source of positionSources) {
    const row = trailOf(track, source);
    const fix = row === undefined ? undefined : readFix(row, source);
    if (fix !== undefined && (newest === undefined || fix.time > newest.time)) newest = fix;
  }
  return newest;
};

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

const forget = ({ tracks, gone }: State, track: Track): void => {
  gone.add(trackKeyOf(track.identity));
  tracks.forget(track);
};

/** Of the most that are configured. One by one they would have to be kept in order at each report. */
const forgottenAtOnce = 0.01;

/** Vessels beyond the most that are configured are forgotten, those silent longest first and the registered ones last. */
const makeRoom = (state: State, { vessels }: TrackConfig): void => {
  const { all } = state.tracks;
  if (all.size <= vessels) return;
  const isStranger = ({ identity }: Track): boolean => identity.registry === undefined;
  const strangers = [...all].filter(isStranger);
  const victims = strangers.length > 0 ? strangers : [...all];
  victims.sort((a, b) => lastSeenOf(a) - lastSeenOf(b));
  for (const track of victims.slice(0, Math.max(1, Math.floor(vessels * forgottenAtOnce)))) forget(state, track);
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

/** Who a report by satellite or radio is from. What the vessel says of itself over AIS stands above it. */
const takeVms = (state: State, position: VmsPosition, config: TrackConfig, outcome: Outcome): void => {
  const { device, time, provider, mark, mmsi, callSign, imo, longitude, latitude, sogKnots, cogDegrees, alarm } =
    position;
  const { tracks, registry } = state;
  const source: PositionSource = provider === 'duty-officer' ? 'duty-officer' : 'vms';
  const vmsId = position.vmsId ?? (mark === undefined && mmsi === undefined ? callSign : undefined);
  if (vmsId === undefined && mark === undefined && mmsi === undefined) {
    outcome.unidentified++;
    return;
  }
  const ids: Facts = {
    ...(mmsi !== undefined && { mmsi }),
    ...(source === 'vms' && vmsId !== undefined && { provider, vmsId }),
    ...(callSign !== undefined && { callSign: callSign.slice(0, longestCallSign) }),
    ...(position.name !== undefined && { name: position.name.slice(0, longestName) }),
    ...(imo !== undefined && { imo }),
  };
  const byDevice = vmsId === undefined ? undefined : tracks.byVms.get(vmsNameOf(provider, vmsId));
  const match = byDevice === undefined ? matchOf(registry, ids, mark) : undefined;
  const held = match?.entry.mark ?? mark;
  const known =
    byDevice ??
    (held === undefined ? undefined : tracks.byMark.get(held)) ??
    (mmsi === undefined ? undefined : tracks.byMmsi.get(mmsi));
  const track = known ?? create(state, position, config);
  // A vessel may carry two devices, of which one reports at a time.
  if (ids.vmsId !== undefined) tracks.nameVms(track, vmsNameOf(provider, ids.vmsId));
  if (mark !== undefined) track.mark ??= mark;
  const before = factsOf(track.identity);
  const fix: VesselFix = {
    source,
    time,
    longitude,
    latitude,
    ...(sogKnots !== undefined && { sogKnots }),
    ...(cogDegrees !== undefined && { cogDegrees }),
    ...(alarm !== undefined && { alarm }),
  };
  const facts: Facts = before.mmsi === undefined ? { ...before, ...ids } : { ...ids, ...before };
  const naming = name(state, track, facts, { time, device }, outcome);
  if (naming.isChanged && known !== undefined && naming.formerKeys.length === 0)
    tellIdentity(state, naming, position, outcome.output);
  report(state, naming.track, fix, position, naming.formerKeys, config, outcome);
  if (known === undefined) makeRoom(state, config);
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

const take = (state: State, item: Consumed, config: TrackConfig, outcome: Outcome): void => {
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
    case 'vessel-status':
      takeStatus(state, item, config, outcome);
      break;
  }
};

/** Every track is held against the registry; tells those of which something else is known now. */
const takeRegistry = (state: State, registry: Registry, time: Instant): Pick<Outcome, 'output' | 'save'> => {
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

const forgetSilent = (state: State, now: Instant, config: TrackConfig): void => {
  for (const track of state.tracks.all) {
    const age = now - lastSeenOf(track);
    if (age <= config.forget) continue;
    if (track.identity.registry === undefined || age > config.forgetRegistered) forget(state, track);
  }
};

const shiftTrack = (track: Track, shift: ClockShift): boolean => {
  const { numbers, offset } = track;
  if (numbers[offset + at.timeFrom] !== 0) return false;
  shiftTrail(track, shift);
  for (let column = of.firstSeen; column < of.heard + mostReceivers; column++)
    numbers[offset + column] = shiftInstant(numbers[offset + column] ?? Number.NaN, shift);
  return true;
};

const decoder = new TextDecoder();

const restore = (config: TrackConfig, saved: ReadonlyMap<string, Uint8Array>): State => {
  const tracks = createTracks();
  const hearing = createHearing();
  const ofTracks: Uint8Array[] = [];
  for (const [key, value] of saved) {
    const [kind = '', device = ''] = key.split('/');
    if (kind === 'track') ofTracks.push(value);
    else if (kind === 'hearing') restoreReceiver(hearing, device, JSON.parse(decoder.decode(value)), config);
  }
  restoreTracks(tracks, ofTracks);
  return {
    tracks,
    registry: emptyRegistry,
    hearing,
    combinations: new Map(),
    now: undefined,
    steady: undefined,
    lookedAt: 0,
    changed: [],
    gone: new Set(),
  };
};

export const stage = defineStage<TrackConfig, State, Consumed['kind']>({
  name: 'track',
  summary: 'Follows each vessel by AIS, VMS and radio under one name, without repetitions, and says who it is.',
  consumes: ['vessel-position', 'vessel-static', 'vms-position', 'vessel-status'],
  config: trackConfig,
  restore,
  step: (state, batch, config): Step => {
    const outcome: Outcome = { output: [], save: new Map(), repeated: 0, unidentified: 0 };
    for (const item of batch) take(state, item, config, outcome);
    const { output, save, repeated, unidentified } = outcome;
    return {
      output,
      save,
      ...(repeated + unidentified > 0 && {
        dropped: { ...(repeated > 0 && { repeated }), ...(unidentified > 0 && { unidentified }) },
      }),
    };
  },
  tick: (state, now, config, site: Site, steady): Step => {
    const isFirst = state.now === undefined;
    state.now = now;
    state.steady = steady;
    if (isFirst || Math.abs(now - state.lookedAt) >= lookEvery) {
      state.lookedAt = now;
      forgetSilent(state, now, config);
    }
    const { output, save }: Pick<Outcome, 'output' | 'save'> =
      isFirst &&
      config.registry === undefined &&
      [...state.tracks.all].some(({ identity }) => identity.registry !== undefined)
        ? takeRegistry(state, emptyRegistry, now)
        : { output: [], save: new Map() };
    output.push(...listen(state.hearing, now, config, site, save));
    return { output, save };
  },
  shift: (state, shift) => {
    for (const track of state.tracks.all) if (shiftTrack(track, shift)) markChanged(state, track);
    interruptHearing(state.hearing);
  },
  files: ({ registry }) => (registry === undefined ? {} : { registry }),
  load: (state, file: StageFile): Step => takeRegistry(state, parseRegistry(file.text, file.version), file.time),
  checkpoint: (state): Save => {
    const save: Changes = new Map();
    for (const key of state.gone) save.set(key, undefined);
    state.gone.clear();
    const later: Track[] = [];
    const { steady = 0 } = state;
    for (const track of state.changed) {
      if (!state.tracks.all.has(track)) continue;
      const isDue = track.savedAt === undefined || steady - track.savedAt >= savedEvery;
      if (!isDue || save.size >= mostSaved) {
        later.push(track);
        continue;
      }
      track.isChanged = false;
      saveNow(state, track, save);
    }
    state.changed = later;
    return save;
  },
});

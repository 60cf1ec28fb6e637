/**
 * Reports of vessels, by AIS, by VMS and by radio → one piece of news of each that says something new, under the one
 * name of its vessel. The stages behind it read these, and know nothing of receivers and providers.
 *
 * Positions are saved by and by: after a crash a track may be some minutes old. What a source does not send again (VMS,
 * orders, names) is saved at once.
 */
import type { Site } from '../../core/site.ts';
import { defineStage, type Save, type StageFile, type Step } from '../../core/stage.ts';
import { type ClockShift, type Instant, minutes, seconds, shiftInstant } from '../../core/time.ts';
import { type TrackConfig, trackConfig } from './config.ts';
import { createHearing, interruptHearing, listen, restoreReceiver } from './hearing.ts';
import { emptyRegistry, parseRegistry } from './registry.ts';
import { type Changes, type Consumed, forget, markChanged, type Outcome, type State, saveNow } from './state.ts';
import { restoreTracks } from './stored.ts';
import { take, takeRegistry } from './take.ts';
import { createTracks, lastSeenOf, mostReceivers, of, type Track } from './tracks.ts';
import { at, shiftTrail } from './trail.ts';

const savedEvery = seconds(60);
const lookEvery = minutes(1);

/** About 1.5 MB: so much may go to the disk at a checkpoint. */
const mostSaved = 2000;

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
  consumes: ['vessel-position', 'vessel-static', 'vms-position', 'vms-call', 'vessel-status'],
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

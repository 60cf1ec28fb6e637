/** What a replay shows on a chart: where the vessels went, the zones of the pipeline, and where alarms were raised. */
import { z } from 'zod';
import type { Conclusion } from '../../core/conclusion.ts';
import { distanceMetres } from '../../core/geodesy.ts';
import type { Site } from '../../core/site.ts';
import type { Step } from '../../core/stage.ts';
import { type Instant, toTimestampSeconds } from '../../core/time.ts';
import type { VesselFix, VesselIdentity } from '../../core/vessel.ts';
import { subjectOf } from '../../core/vessel-fields.ts';
import type { Chain } from '../../pipelines/geofence/chain.ts';
import { parseZoneFile } from '../../pipelines/geofence/zone-file.ts';
import type { Span } from '../replay/replay.ts';
import { type ChartMark, type ChartZone, type Corner, drawChart } from './chart-drawing.ts';
import { isAlarm } from './replay-summary.ts';

export interface ReplayMap {
  /** The text of a file of zones. */
  onZones(text: string): void;
  onStep(step: Step): void;
  onEvent(conclusion: Conclusion): void;
  draw(span: Span, title: string): string;
}

interface Track {
  name: string;
  way: Corner[];
  /** From one corner to the next at least, metres; grows with the way. */
  apart: number;
  /** Of the newest report, of whatever source. */
  time: Instant;
}

/** Beyond these others are not drawn: nobody could tell them apart. */
const mostTracks = 2000;
/** Of a longer way every other corner is let go. */
const mostCorners = 2000;
const leastApartMetres = 10;
const mostMarks = 500;

const nameOf = ({ registry, name, callSign, mmsi, vmsId, key }: VesselIdentity): string =>
  registry?.mark ?? name ?? callSign ?? (mmsi === undefined ? (vmsId ?? key) : String(mmsi));

const placeOf = z.object({
  vessel: z.object({ location: z.object({ coordinates: z.tuple([z.number(), z.number()]) }) }),
});

const cornersOf = ({ longitudes, latitudes }: Chain): readonly Corner[] =>
  Array.from(longitudes, (longitude, index): Corner => [longitude, latitudes[index] ?? 0]);

export const createReplayMap = ({ timeZone }: Pick<Site, 'timeZone'>): ReplayMap => {
  const tracks = new Map<string, Track>();
  const zones: ChartZone[] = [];
  const marks: ChartMark[] = [];
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: '2-digit',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });

  const follow = ({
    vessel,
    formerKeys = [],
  }: {
    vessel: VesselIdentity;
    formerKeys?: readonly string[];
  }): Track | undefined => {
    const subject = subjectOf(vessel);
    let track = tracks.get(subject);
    for (const key of formerKeys) {
      const former = tracks.get(subjectOf({ key }));
      if (former === undefined) continue;
      tracks.delete(subjectOf({ key }));
      if (track === undefined) track = former;
      else track.way.unshift(...former.way);
    }
    if (track === undefined && tracks.size >= mostTracks) return undefined;
    track ??= { name: '', way: [], apart: leastApartMetres, time: Number.NEGATIVE_INFINITY };
    track.name = nameOf(vessel);
    tracks.set(subject, track);
    return track;
  };

  const extend = (track: Track, { time, longitude, latitude }: VesselFix): void => {
    if (time < track.time) return;
    track.time = time;
    const last = track.way.at(-1);
    const place = { longitude, latitude };
    if (last !== undefined && distanceMetres({ longitude: last[0], latitude: last[1] }, place) < track.apart) return;
    track.way.push([longitude, latitude]);
    if (track.way.length <= mostCorners) return;
    track.way = track.way.filter((_, index) => index % 2 === 0);
    track.apart *= 2;
  };

  return {
    onZones: text => {
      for (const { here, areas, borders } of parseZoneFile(text))
        zones.push({
          name: here.name,
          kind: here.kind,
          borders: borders.map(cornersOf),
          shape: areas.length > 0 ? 'area' : 'line',
        });
    },
    onStep: ({ output }) => {
      for (const item of output) {
        if (item.kind !== 'vessel-update') continue;
        const track = follow(item);
        const { fix } = item;
        if (track === undefined || fix === undefined || item.implausible === true || item.late === true) continue;
        extend(track, fix);
      }
    },
    onEvent: conclusion => {
      if (!isAlarm(conclusion) || marks.length >= mostMarks) return;
      const { subject, event, time, data } = conclusion;
      const track = tracks.get(subject);
      const place: Corner | undefined = placeOf.safeParse(data).data?.vessel.location.coordinates ?? track?.way.at(-1);
      if (place === undefined) return;
      const what = event
        .replace(/^[a-z-]+\./, '')
        .replace(/\.raised$/, '')
        .replace('.', ' ');
      const words = `${clock.format(time)}  ${what}: ${track?.name ?? subject}`;
      marks.push({ place, words, urgency: conclusion.severity === 'CRITICAL' ? 'alert' : 'event' });
    },
    draw: ({ from, to }, title) =>
      drawChart({
        title,
        subtitle: `${toTimestampSeconds(from)} to ${toTimestampSeconds(to)}; times in the list: ${timeZone}`,
        zones,
        tracks: [...tracks.values()].filter(({ way }) => way.length > 0),
        marks,
      }),
  };
};

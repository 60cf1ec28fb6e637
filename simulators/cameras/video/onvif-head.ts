/** The head of a simulated camera: it turns at a finite speed, remembers places, and stops when its time is over. */
import { type Duration, type Instant, seconds } from '../../../core/time.ts';

/** In the generic spaces: −1…1, zoom 0…1. */
export interface HeadPosition {
  readonly pan: number;
  readonly tilt: number;
  readonly zoom: number;
}

export interface SimulatedHead {
  goTo(position: Partial<HeadPosition>, now: Instant): void;
  goBy(translation: Partial<HeadPosition>, now: Instant): void;
  /** Until `timeout` has passed, or an end is reached. */
  turn(velocity: Partial<HeadPosition>, timeout: Duration, now: Instant): void;
  stop(now: Instant): void;
  at(now: Instant): { readonly position: HeadPosition; readonly isMoving: boolean };
  readonly presets: ReadonlyMap<string, { readonly name: string; readonly position: HeadPosition }>;
}

interface Movement {
  readonly from: HeadPosition;
  readonly perSecond: HeadPosition;
  readonly begins: Instant;
  readonly ends: Instant;
  /** Where it ends exactly, for one that goes somewhere. */
  readonly to?: HeadPosition;
}

const home: HeadPosition = { pan: 0, tilt: 0, zoom: 0 };

/** Of the generic space a second, at full speed. */
const fullSpeed = 0.5;

const clamp = (value: number, low: number): number => Math.min(1, Math.max(low, value));
const within = ({ pan, tilt, zoom }: HeadPosition): HeadPosition => ({
  pan: clamp(pan, -1),
  tilt: clamp(tilt, -1),
  zoom: clamp(zoom, 0),
});

/** `never-stops` ignores the time-out of a movement, as some cameras do. */
export const createHead = (kind: 'turns' | 'never-stops'): SimulatedHead => {
  let movement: Movement = { from: home, perSecond: home, begins: 0, ends: 0 };

  const positionAt = (now: Instant): HeadPosition => {
    const { from, perSecond, begins, ends, to } = movement;
    if (to !== undefined && now >= ends) return to;
    const elapsed = Math.max(0, Math.min(now, ends) - begins) / seconds(1);
    return within({
      pan: from.pan + perSecond.pan * elapsed,
      tilt: from.tilt + perSecond.tilt * elapsed,
      zoom: from.zoom + perSecond.zoom * elapsed,
    });
  };

  const goTo = (wanted: Partial<HeadPosition>, now: Instant): void => {
    const from = positionAt(now);
    const to = within({ ...from, ...wanted });
    const way = { pan: to.pan - from.pan, tilt: to.tilt - from.tilt, zoom: to.zoom - from.zoom };
    const takes = Math.max(...Object.values(way).map(Math.abs)) / fullSpeed;
    const share = takes === 0 ? 0 : 1 / takes;
    const perSecond = { pan: way.pan * share, tilt: way.tilt * share, zoom: way.zoom * share };
    movement = { from, perSecond, begins: now, ends: now + seconds(takes), to };
  };

  return {
    goTo,
    goBy: (translation, now) => {
      const { pan, tilt, zoom } = positionAt(now);
      const { pan: byPan = 0, tilt: byTilt = 0, zoom: byZoom = 0 } = translation;
      goTo({ pan: pan + byPan, tilt: tilt + byTilt, zoom: zoom + byZoom }, now);
    },
    turn: ({ pan = 0, tilt = 0, zoom = 0 }, timeout, now) => {
      movement = {
        from: positionAt(now),
        perSecond: { pan: pan * fullSpeed, tilt: tilt * fullSpeed, zoom: zoom * fullSpeed },
        begins: now,
        ends: kind === 'turns' ? now + timeout : Number.POSITIVE_INFINITY,
      };
    },
    stop: now => {
      movement = { from: positionAt(now), perSecond: home, begins: now, ends: now };
    },
    at: now => ({ position: positionAt(now), isMoving: now < movement.ends }),
    presets: new Map([
      ['1', { name: 'gate', position: { pan: -0.5, tilt: 0.1, zoom: 0 } }],
      ['2', { name: 'quay', position: { pan: 0.25, tilt: -0.1, zoom: 0.4 } }],
    ]),
  };
};

/**
 * Decides which pictures are inferred: by what moves in them, by what the camera says of motion itself, or by either. A camera
 * whose events cannot be read says nothing, nor does one whose motion detection is off; then its pictures decide. Pure but
 * for its own memory.
 */
import type { CameraSignalName } from '../../core/camera-signals.ts';
import type { CameraSignal, Frame } from '../../core/observation.ts';
import { isInside } from '../../core/polygon.ts';
import { seconds } from '../../core/time.ts';
import type { DetectConfig } from './config.ts';
import { createMotionGate, motionGrid, type Sight } from './motion-gate.ts';

/** Signals that say that something moves. */
const motions: ReadonlySet<CameraSignalName> = new Set(['motion', 'field-entered', 'line-crossed']);

/** After the camera has said that nothing moves any more, or that something happened, it is looked at for so long. */
const hold = seconds(5);
/** A camera that was only just connected has not said anything yet, which is nothing to tell. */
const tellsAfter = seconds(30);
/** What a camera says to have begun; one that says more than this is looked at anyway. */
const mostOpen = 100;

/** Of each cell of the gate, by its middle. */
const sensitivityOf = ({ sensitivity, zones }: DetectConfig['motion']): Float32Array => {
  const { columns, rows } = motionGrid;
  return Float32Array.from({ length: columns * rows }, (_, cell) => {
    const middle = [((cell % columns) + 0.5) / columns, (Math.floor(cell / columns) + 0.5) / rows] as const;
    return zones.findLast(({ polygon }) => isInside(polygon, middle))?.sensitivity ?? sensitivity;
  });
};

/** Who decides now. */
export type Decider = 'camera' | 'pictures' | 'both';

/** Why the camera does not: its events cannot be read, or it has not said how it is with motion, not even that there is none. */
export type Missing = 'unheard' | 'untold';

export interface Gate {
  hear(signal: CameraSignal): void;
  judge(frame: Frame): Sight;
}

/** `onDecider` is called where another one decides than the configuration says, after a while, and when that one does again. */
export const createGate = (
  { gate, look, motion }: Pick<DetectConfig, 'gate' | 'look' | 'motion'>,
  onDecider: (decider: Decider, missing?: Missing) => void = () => {},
): Gate => {
  const wanted: Decider = gate === 'own' ? 'pictures' : gate === 'events' ? 'camera' : 'both';
  const judgePicture = createMotionGate({ look, sensitivity: sensitivityOf(motion) });
  const open = new Set<string>();
  let decider = wanted;
  let decidesSince = Number.NEGATIVE_INFINITY;
  let told = wanted;
  let heard = false;
  let hasSpoken = false;
  let movedAt = Number.NEGATIVE_INFINITY;
  let lookedAt = Number.NEGATIVE_INFINITY;

  const judgeSignals = (time: number): Sight => {
    if (heard || open.size > 0 || time < movedAt) movedAt = time;
    heard = false;
    if (time < lookedAt) lookedAt = Number.NEGATIVE_INFINITY;
    const sight = time - movedAt <= hold ? 'motion' : time - lookedAt >= look ? 'look' : 'still';
    if (sight !== 'still') lookedAt = time;
    return sight;
  };

  return {
    hear: ({ signal, state, source = '', rule = '', object = '' }) => {
      if (!motions.has(signal)) return;
      hasSpoken = true;
      const key = JSON.stringify([signal, source, rule, object]);
      const hadBegun = open.delete(key);
      heard ||= state !== 'ended' || hadBegun;
      if (state === 'begun' && open.size < mostOpen) open.add(key);
    },
    judge: frame => {
      if (frame.events !== 'heard') {
        // What was begun is said again when its events are read again.
        open.clear();
        heard = false;
        hasSpoken = false;
      }
      const missing = frame.events !== 'heard' ? 'unheard' : hasSpoken ? undefined : 'untold';
      const now = missing === undefined ? wanted : 'pictures';
      if (now !== decider) {
        decider = now;
        decidesSince = frame.time;
      }
      if (now !== told && Math.abs(frame.time - decidesSince) >= tellsAfter) {
        told = now;
        onDecider(now, missing);
      }
      if (now === 'camera') return judgeSignals(frame.time);
      const seen = judgePicture(frame, frame.time);
      if (seen !== 'still') lookedAt = frame.time;
      return now === 'both' && judgeSignals(frame.time) === 'motion' ? 'motion' : seen;
    },
  };
};

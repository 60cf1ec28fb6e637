/**
 * Frames → detections, and what a camera says by itself as it is: the one transform that is not a stage, because frames cross no border. It runs beside the
 * camera's driver; the source keeps only the latest frame while the model is busy.
 */
import type { Batch } from '../../core/batch.ts';
import type { Box, CameraClip, CameraSignal, Detections, Detector, Frame, Picture } from '../../core/observation.ts';
import { type Instant, seconds } from '../../core/time.ts';
import type { DetectConfig } from './config.ts';
import { createGate, type Decider, type Missing } from './gate.ts';
import type { Health } from './health.ts';
import type { Detection } from './interpret.ts';
import { createKeeper, type Keep } from './keeper.ts';
import { createPace } from './pace.ts';
import { type Closer, type FoundInRegion, join } from './regions.ts';
import { doubtfulFrom } from './thresholds.ts';
import { createTracker } from './tracker.ts';

/** Whoever looks at the pictures themselves. */
export interface View {
  /** Whether the next picture is inferred and shown in any case, also when nothing moves in it. */
  wants(): boolean;
  /** A large picture that was inferred, with all that was found in it, doubtful ones too. Returns at once. */
  show(picture: Picture, found: readonly Detection[], time: Instant): void;
}

/** What was ordered. */
export interface Viewer {
  /** A picture, of the larger stream where that delivers. */
  readonly still: View;
  /** Some seconds of the stream that is watched. */
  readonly moving: View;
}

/** Whoever records clips of what begins to be followed. Both return at once. */
export interface Recorder {
  /** Each picture that was inferred, with all that was found in it; `begun` are the tracks of `seen` that are new. */
  show(picture: Picture, found: readonly Detection[], seen: Detections, begun: readonly string[]): void;
  /** The clips that were done since the last call. */
  take(): readonly CameraClip[];
}

export interface DetectOptions {
  readonly config: DetectConfig;
  /** Asked for each picture: its thresholds may change meanwhile. */
  readonly detector: () => Detector;
  /**
   * Best first, also those well below the threshold. Owns the picture's pixels from then on. A `look` can wait: nothing is
   * known to move in it, and nobody ordered it.
   */
  readonly infer: (picture: Picture, urgency: 'motion' | 'look') => Promise<readonly Detection[]>;
  /** What the model says: where objects are, or what the whole picture shows. */
  readonly sees: 'objects' | 'scene';
  readonly nameOf: () => string;
  /** Absent where the configuration asks for none. */
  readonly keep?: Keep;
  readonly viewer?: Viewer;
  readonly recorder?: Recorder;
  /** Told who decides which pictures are inferred, when it is not who was configured, and when it is again. */
  readonly onDecider?: (decider: Decider, missing?: Missing) => void;
  /** How the camera sees, kept over its connections. */
  readonly health?: Health;
  /** Which parts of the large picture are inferred beside the whole. */
  readonly closer?: Closer;
  /** Of the pictures that come, the share that is looked at; asked for each. All of them when absent. */
  readonly share?: () => number;
}

/** An empty batch tells that a camera is alive: at its first picture, and this often while none is inferred. */
const proofOfLifeEvery = seconds(1);

const release = (frame: Frame): void => {
  frame.release?.();
  frame.large?.release?.();
};

export async function* detect(
  source: AsyncIterable<Batch<Frame | CameraSignal>>,
  {
    config,
    detector: detectorNow,
    infer,
    sees,
    nameOf,
    keep,
    viewer,
    recorder,
    health,
    onDecider,
    closer,
    share = () => 1,
  }: DetectOptions,
): AsyncGenerator<Batch<Detections | CameraSignal | CameraClip>, void> {
  const gate = createGate(config, onDecider);
  const isDue = createPace(config.fps, share);
  const tracker = createTracker(nameOf);
  let aliveAt: Instant | undefined;
  const keeper = keep && createKeeper(keep, config.snapshot?.every ?? 0);
  let followed: readonly Box[] = [];

  /** Of the larger stream: looked at only for its picture. */
  const lookAtLarger = async (frame: Frame): Promise<void> => {
    const { large, time } = frame;
    const isKept = keeper?.wants(frame) === true;
    const isOrdered = viewer?.still.wants() === true;
    if (large === undefined || !(isKept || isOrdered)) {
      release(frame);
      return;
    }
    const found = await infer(frame, 'motion');
    if (isOrdered) viewer.still.show(large, found, time);
    if (isKept) await keeper.larger(frame, found);
  };

  for await (const { items } of source) {
    for (const frame of items) {
      if (frame.kind !== 'frame') {
        gate.hear(frame);
        yield { items: [frame] };
        continue;
      }
      if (frame.stream === 'evidence') {
        await lookAtLarger(frame);
        continue;
      }
      const { device, time } = frame;
      if (aliveAt === undefined) {
        // Not only when it was inferred: where many cameras start together its turn can come later than silence is borne.
        aliveAt = time;
        yield { items: [] };
      }
      const clips = recorder?.take() ?? [];
      if (clips.length > 0) yield { items: clips };
      const changes = health?.look(frame, time) ?? [];
      if (changes.length > 0) {
        yield {
          items: changes.map(change => ({
            ...change,
            kind: 'camera-signal',
            device,
            time,
            timeFrom: 'gateway',
            by: 'gateway',
          })),
        };
      }
      const sight = isDue(time) ? gate.judge(frame) : 'still';
      const views =
        viewer === undefined ? [] : keeper?.delivers(time) ? [viewer.moving] : [viewer.still, viewer.moving];
      const isOrdered = keeper?.waits() === true || views.some(view => view.wants());
      if (sight === 'still' && !isOrdered) {
        release(frame);
        if (Math.abs(time - aliveAt) < proofOfLifeEvery) continue;
        aliveAt = time;
        yield { items: [] };
        continue;
      }
      const urgency = sight === 'look' && !isOrdered ? 'look' : 'motion';
      const cuts = closer?.(frame, followed) ?? [];
      const all = await infer(frame, urgency);
      const inRegions: FoundInRegion[] = [];
      for (const { picture, ...place } of cuts) inRegions.push({ ...place, found: await infer(picture, urgency) });
      const { objects: sighted, boxes: found } = join(frame, sees === 'objects' ? all : [], inRegions);
      if (frame.large !== undefined) for (const view of views) if (view.wants()) view.show(frame.large, found, time);
      const detector = detectorNow();
      const { threshold, thresholds = {} } = detector;
      const lowest = (label: string): number => thresholds[label] ?? threshold;
      const { objects, begun, ended } = tracker.step(
        sighted.filter(({ label, score }) => score >= lowest(label)),
        time,
        sighted.filter(({ label, score }) => score < lowest(label) && score >= doubtfulFrom(lowest(label))),
      );
      followed = objects.filter(({ track }) => track !== undefined).map(({ box }) => box);
      const pictures = await keeper?.watched(frame, found, objects, begun.length > 0);
      aliveAt = time;
      const common = { kind: 'detections', device, time, timeFrom: 'gateway' } as const;
      const scene = sees === 'scene' && { scene: all.map(({ label, score }) => ({ label, confidence: score })) };
      const seen: Detections = { ...common, objects, ended, detector, ...scene, ...pictures };
      if (frame.large !== undefined) recorder?.show(frame.large, found, seen, begun);
      yield { items: [seen] };
    }
  }
}

/** The models of the vision process, in a worker thread of their own: `session.run` blocks, and pipes must be drained. */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { GatewayError } from '../../core/errors.ts';
import type { Picture } from '../../core/observation.ts';
import { type Duration, seconds, systemClock } from '../../core/time.ts';
import type { Detection } from '../../pipelines/detect/interpret.ts';
import {
  type InferenceAnswer,
  type InferenceRequest,
  inferenceAnswerSchema,
  type LoadedModel,
} from './inference-messages.ts';
import { fromWireError } from './messages.ts';
import { createTurns, type Turn } from './turns.ts';

export interface Inference extends AsyncDisposable {
  /** Throws as `loadModel`. Loading the same folder again costs nothing. */
  load(folder: string): Promise<LoadedModel>;
  /** Takes the pixels away from `picture`. */
  infer(request: PictureRequest): Promise<Inferred>;
  /** The camera asks nothing more. */
  forget(camera: number): void;
}

export interface PictureRequest extends Pick<Turn<unknown>, 'camera' | 'urgency'> {
  readonly folder: string;
  readonly picture: Picture;
  readonly threshold: number;
}

export interface Inferred {
  /** Best first. */
  readonly found: readonly Detection[];
  /** Until it was the turn of the picture. */
  readonly waited: Duration;
}

/** A model that takes longer is stuck; no model of an edge box takes a tenth of it. */
const longestAnswer = seconds(60);

interface Waiting {
  readonly resolve: (answer: InferenceAnswer) => void;
  readonly reject: (failure: GatewayError) => void;
}

/** `onFailure` is called once when the thread died or is stuck: nothing can be inferred any more. */
export const openInference = (onFailure: (failure: GatewayError) => void): Inference => {
  const worker = new Worker(new URL(`./inference-worker${path.extname(import.meta.url)}`, import.meta.url));
  const waiting = new Map<number, Waiting>();
  let count = 0;
  let closed = false;

  const fail = (message: string, cause?: unknown): void => {
    if (closed) return;
    closed = true;
    // The devices are not to blame: they are opened again in a new process.
    const failure = new GatewayError('unreachable', message, { cause });
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
    onFailure(failure);
  };

  worker.on('message', (raw: unknown) => {
    const answer = inferenceAnswerSchema.parse(raw);
    waiting.get(answer.id)?.resolve(answer);
    waiting.delete(answer.id);
  });
  worker.on('error', cause => fail('the inference thread died', cause));
  worker.on('exit', () => fail('the inference thread ended'));

  const ask = async (
    request: (id: number) => InferenceRequest,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<InferenceAnswer> => {
    if (closed) throw new GatewayError('unreachable', 'the inference thread is closed');
    const id = ++count;
    const timer = setTimeout(() => fail(`no answer of the model within ${longestAnswer / 1000} s`), longestAnswer);
    try {
      const answer = await new Promise<InferenceAnswer>((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        worker.postMessage(request(id), [...transfer]);
      });
      if (answer.error !== undefined) throw fromWireError(answer.error);
      return answer;
    } finally {
      clearTimeout(timer);
    }
  };

  const inferNow = async ({ folder, picture, threshold }: PictureRequest): Promise<readonly Detection[]> => {
    const { width, height, pixels } = picture;
    const { buffer } = pixels;
    const { detections = [] } = await ask(
      id => ({ kind: 'infer', id, folder, threshold, width, height, pixels }),
      buffer instanceof ArrayBuffer ? [buffer] : [],
    );
    return detections;
  };

  const turns = createTurns<() => Promise<void>>();
  let isServing = false;

  const serve = async (): Promise<void> => {
    if (isServing) return;
    isServing = true;
    for (let turn = turns.next(systemClock.steady()); turn !== undefined; turn = turns.next(systemClock.steady())) {
      await turn.work();
    }
    isServing = false;
  };

  return {
    load: async folder => {
      const { loaded } = await ask(id => ({ kind: 'load', id, folder }));
      if (loaded === undefined) throw new GatewayError('defect', 'the inference thread loaded nothing');
      return loaded;
    },
    infer: request =>
      new Promise<Inferred>((resolve, reject) => {
        const { camera, urgency } = request;
        const since = systemClock.steady();
        const work = async (): Promise<void> => {
          const waited = systemClock.steady() - since;
          await inferNow(request).then(found => resolve({ found, waited }), reject);
        };
        turns.ask({ camera, urgency, since, work });
        void serve();
      }),
    forget: turns.forget,
    [Symbol.asyncDispose]: async () => {
      closed = true;
      await worker.terminate();
    },
  };
};

/** Entry point of the inference thread: one session a model, one picture at a time, in the order asked for. */
import { parentPort } from 'node:worker_threads';
import { loadModel, type Model } from '../../models/load.ts';
import { createInterpret, type Interpret } from '../../pipelines/detect/interpret.ts';
import { createPreparation, type Preparation } from '../../pipelines/detect/prepare.ts';
import { shrinkInto } from '../../pipelines/detect/shrink.ts';
import { type InferenceAnswer, type InferenceRequest, inferenceRequestSchema } from './inference-messages.ts';
import { toWireError } from './messages.ts';

interface Loaded {
  readonly model: Model;
  readonly preparation: Preparation;
  readonly interpret: Interpret;
}

const models = new Map<string, Loaded>();

const load = async (folder: string): Promise<Loaded> => {
  const known = models.get(folder);
  if (known !== undefined) return known;
  const model = await loadModel(folder);
  const { manifest } = model;
  const loaded = { model, preparation: createPreparation(manifest), interpret: createInterpret(manifest) };
  // The first run allocates and is slow; it also finds a manifest that does not fit its weights.
  loaded.interpret(
    await model.run(loaded.preparation.tensor),
    { left: 0, top: 0, width: manifest.input.width, height: manifest.input.height },
    manifest.threshold,
  );
  models.set(folder, loaded);
  return loaded;
};

const answer = async (request: InferenceRequest): Promise<Omit<InferenceAnswer, 'id'>> => {
  const { model, preparation, interpret } = await load(request.folder);
  if (request.kind === 'load') return { loaded: { provider: model.provider, refused: [...model.refused] } };
  // Cameras send what their usual model takes; a smaller one stands in for it now and then.
  const placement = preparation.prepare(shrinkInto(request, model.manifest.input));
  return { detections: [...interpret(await model.run(preparation.tensor), placement, request.threshold)] };
};

let last = Promise.resolve();

parentPort?.on('message', (raw: unknown) => {
  const request = inferenceRequestSchema.parse(raw);
  last = last.then(async () => {
    let message: InferenceAnswer;
    try {
      message = { id: request.id, ...(await answer(request)) };
    } catch (failure) {
      message = { id: request.id, error: toWireError(failure) };
    }
    parentPort?.postMessage(message);
  });
});

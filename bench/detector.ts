/** A detector and pictures for the rows that measure it: a real one where the real captures are, else the shipped one. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { GatewayError } from '../core/errors.ts';
import type { Picture } from '../core/observation.ts';
import { decodeVideo } from '../drivers/transports/ffmpeg.ts';
import { loadModel, modelFolder, type OutputTensor } from '../models/load.ts';
import type { Manifest } from '../models/manifest.ts';
import { createInterpret, type Detection } from '../pipelines/detect/interpret.ts';
import { createPreparation, type Placement, type Preparation } from '../pipelines/detect/prepare.ts';
import { dataFile, missingData } from '../tests/support/resources.ts';

export interface SampleModel {
  readonly folder: string;
  /** Path of the ONNX file. */
  readonly weights: string;
}

export const sampleModel = (): SampleModel =>
  missingData() === undefined
    ? { folder: modelFolder('yolox-nano'), weights: dataFile('models', 'yolox_nano', 'yolox_nano.onnx') }
    : { folder: modelFolder('simulated-scenes'), weights: path.join(modelFolder('simulated-scenes'), 'model.onnx') };

export interface SampleDetector extends AsyncDisposable {
  readonly manifest: Manifest;
  readonly preparation: Preparation;
  readonly pictures: readonly Picture[];
  /** Steps of one frame; `index` counts through the pictures and begins again. */
  prepare(index: number): Placement;
  infer(index: number): Promise<readonly OutputTensor[]>;
  interpret(output: readonly OutputTensor[], placement: Placement): readonly Detection[];
  detect(index: number): Promise<readonly Detection[]>;
}

const pictureCount = 8;

const gray = ({ input: { width, height } }: Manifest): Picture => ({
  width,
  height,
  pixels: new Uint8Array(width * height * 3).fill(128),
});

const samplePictures = async (manifest: Manifest): Promise<readonly Picture[]> => {
  if (missingData() !== undefined) return [gray(manifest)];
  const files = (await readdir(dataFile('pictures'))).filter(file => file.endsWith('.jpg')).sort();
  const pictures: Picture[] = [];
  for (const file of files) {
    if (pictures.length === pictureCount) break;
    for await (const { picture } of decodeVideo(
      { args: ['-i', dataFile('pictures', file)] },
      { ...manifest.input, maximumFps: 1 },
      {
        signal: AbortSignal.timeout(20_000),
        explain: complaints => new GatewayError('protocol', complaints),
        keep: 'all',
      },
    )) {
      // As a camera's, they all have one size.
      if (pictures[0] === undefined || pictures[0].height === picture.height) pictures.push(picture);
    }
  }
  return pictures;
};

export const openDetector = async (): Promise<SampleDetector> => {
  const { folder, weights } = sampleModel();
  const model = await loadModel(folder, { weights });
  const { manifest } = model;
  const pictures = await samplePictures(manifest);
  const preparation = createPreparation(manifest);
  const read = createInterpret(manifest);
  const prepare = (index: number): Placement =>
    preparation.prepare(pictures[index % pictures.length] ?? gray(manifest));
  const infer = async (index: number): Promise<readonly OutputTensor[]> => {
    prepare(index);
    return model.run(preparation.tensor);
  };
  const interpret = (output: readonly OutputTensor[], placement: Placement): readonly Detection[] =>
    read(output, placement, manifest.threshold);
  return {
    manifest,
    preparation,
    pictures,
    prepare,
    infer,
    interpret,
    detect: async index => {
      const placement = prepare(index);
      return interpret(await model.run(preparation.tensor), placement);
    },
    [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
  };
};

/** Folders with a model of a test's own. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ManifestFile } from '../../models/manifest.ts';

/** All that a manifest needs beside the output, for an input of 64 × 40 pixels named `images`. */
export const manifestOf = (
  weights: Uint8Array,
  {
    input,
    ...parts
  }: Omit<Partial<ManifestFile>, 'input'> &
    Pick<ManifestFile, 'output'> & { readonly input?: Partial<ManifestFile['input']> },
): ManifestFile => ({
  name: 'tiny',
  version: '1.0.0',
  summary: 'A test.',
  weights: 'model.onnx',
  sha256: createHash('sha256').update(weights).digest('hex'),
  license: 'Apache-2.0',
  origin: 'a test',
  card: 'card.md',
  input: {
    name: 'images',
    width: 64,
    height: 40,
    layout: 'nchw',
    colors: 'rgb',
    letterbox: { placement: 'top-left', pad: 114 },
    resampling: 'bilinear',
    ...input,
  },
  labels: ['person', 'car'],
  redact: { person: ['person'], vehicle: ['car'] },
  threshold: 0.5,
  ...parts,
});

/** Puts the weights and their manifest into the folder. */
export const writeModel = async (folder: string, weights: Uint8Array, manifest: ManifestFile): Promise<void> => {
  await writeFile(path.join(folder, 'model.onnx'), weights);
  await writeFile(path.join(folder, 'manifest.json'), JSON.stringify(manifest));
};

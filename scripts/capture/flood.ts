/** A model that sees a flood in every picture: what such a model tells is recorded, not how well it sees. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { manifestOf, writeModel } from '../../tests/support/models.ts';
import { encodeConstants } from '../../tests/support/onnx.ts';

/** Returns the folder of the model, inside `parent`. */
export const writeFloodModel = async (parent: string): Promise<string> => {
  const folder = path.join(parent, 'street-states');
  await mkdir(folder);
  const weights = encodeConstants(
    { type: 'float32', dimensions: [1, 3, 40, 64] },
    { scores: { type: 'float32', dimensions: [1, 2], values: [0.07, 0.93] } },
  );
  await writeModel(
    folder,
    weights,
    manifestOf(weights, {
      name: 'street-states',
      output: { family: 'classification', name: 'scores', scores: 'probabilities' },
      labels: ['dry', 'flood'],
      redact: { person: [], vehicle: [] },
      threshold: 0.6,
    }),
  );
  return folder;
};

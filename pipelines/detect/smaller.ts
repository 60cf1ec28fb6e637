/** Whether a smaller model can stand in for a camera's own: zones, counts and the blurring of pictures go by its labels. */
import { seesScene } from '../../models/families.ts';
import type { Manifest } from '../../models/manifest.ts';

type Judged = Pick<Manifest, 'name' | 'labels' | 'output'>;

const without = (labels: readonly string[], others: readonly string[]): readonly string[] =>
  labels.filter(label => !others.includes(label));

export const adviceForSmaller = 'Name a model with the same labels, or leave "smaller" out.';

/** What is wrong with it, as a sentence without an end; undefined where it can. */
export const unfitSmaller = (usual: Judged, smaller: Judged): string | undefined => {
  if (seesScene(usual.output) !== seesScene(smaller.output)) {
    return `${smaller.name} and ${usual.name} do not tell the same: one finds objects, one classifies whole pictures`;
  }
  const lacking = without(usual.labels, smaller.labels);
  if (lacking.length > 0)
    return `${smaller.name} does not know ${lacking.slice(0, 10).join(', ')}, as ${usual.name} does`;
  const foreign = without(smaller.labels, usual.labels);
  return foreign.length === 0
    ? undefined
    : `${smaller.name} also knows ${foreign.slice(0, 10).join(', ')}, which ${usual.name} does not`;
};

/** Whether the smaller model of a camera can stand in for its usual one: else the camera would not start. */
import type { Problem } from '../../config/load.ts';
import type { PlacedText } from '../../config/parse.ts';
import type { Config } from '../../config/schema.ts';
import { loadManifest, modelFolder } from '../../models/load.ts';
import { detectSchema } from '../../pipelines/detect/config.ts';
import { adviceForSmaller, unfitSmaller } from '../../pipelines/detect/smaller.ts';

const manifestOf = (model: string) => loadManifest(modelFolder(model)).catch(() => undefined);

/** Only warnings: a configuration may be checked elsewhere than where it runs, and a model that cannot be read is told there. */
export const checkSmaller = async (
  { devices }: Pick<Config, 'devices'>,
  texts: readonly PlacedText[],
): Promise<readonly Problem[]> => {
  const problems: Problem[] = [];
  for (const [index, { detect }] of devices.entries()) {
    const { model, smaller } = detectSchema.safeParse(detect).data ?? {};
    if (model === undefined || smaller === undefined) continue;
    const [usual, small] = await Promise.all([manifestOf(model), manifestOf(smaller)]);
    const message = usual && small && unfitSmaller(usual, small);
    if (message === undefined) continue;
    const path = `devices[${index}].detect.smaller`;
    const { line = 1, column = 1 } = texts.find(text => text.path === path) ?? {};
    problems.push({ line, column, path, message, advice: adviceForSmaller });
  }
  return problems;
};

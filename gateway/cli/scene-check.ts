/** Whether the states of scenes that a pipeline is to tell are known to a model of its cameras: else it never would. */
import type { Problem } from '../../config/load.ts';
import type { PlacedText } from '../../config/parse.ts';
import type { Config } from '../../config/schema.ts';
import { seesScene } from '../../models/families.ts';
import { loadManifest, modelFolder } from '../../models/load.ts';
import type { Manifest } from '../../models/manifest.ts';
import { detectSchema } from '../../pipelines/detect/config.ts';
import { scenesConfig } from '../../pipelines/scenes/config.ts';

/** Undefined where one cannot be read, which is told of elsewhere. */
const manifestsOf = async (
  from: readonly string[],
  devices: Config['devices'],
): Promise<readonly Manifest[] | undefined> => {
  const manifests: Manifest[] = [];
  for (const { profile, detect } of devices) {
    if (!from.some(name => name === profile.id || profile.tags.includes(name))) continue;
    const { model } = detectSchema.safeParse(detect).data ?? {};
    if (model === undefined) continue;
    const manifest = await loadManifest(modelFolder(model)).catch(() => undefined);
    if (manifest === undefined) return undefined;
    manifests.push(manifest);
  }
  return manifests;
};

/** Only warnings: a configuration may be checked elsewhere than where it runs. */
export const checkScenes = async (
  { devices, pipelines }: Pick<Config, 'devices' | 'pipelines'>,
  texts: readonly PlacedText[],
): Promise<readonly Problem[]> => {
  const problems: Problem[] = [];
  const add = (path: string, message: string, advice: string): void => {
    const { line = 1, column = 1 } = texts.find(text => text.path === path) ?? {};
    problems.push({ line, column, path, message, advice });
  };
  for (const [index, { from, stages }] of pipelines.entries()) {
    for (const [position, { stage, ...config }] of stages.entries()) {
      if (stage !== 'scenes') continue;
      const at = `pipelines[${index}].stages[${position}]`;
      const { classes = [] } = scenesConfig.safeParse(config).data ?? {};
      const manifests = await manifestsOf(from, devices);
      if (manifests === undefined) continue;
      const labels = manifests.filter(({ output }) => seesScene(output)).flatMap(manifest => manifest.labels);
      if (labels.length === 0) {
        add(
          `${at}.stage`,
          'no camera of this pipeline has a model that classifies whole pictures, so this never tells anything',
          'Name such a model under "detect" of a device of the pipeline; `haidang models add` makes one of an ONNX file.',
        );
        continue;
      }
      for (const [place, { label }] of classes.entries()) {
        if (labels.includes(label)) continue;
        add(
          `${at}.classes[${place}].label`,
          `no model of this pipeline's cameras knows "${label}", so it is never told`,
          `What they know: ${[...new Set(labels)].slice(0, 20).join(', ')}.`,
        );
      }
    }
  }
  return problems;
};

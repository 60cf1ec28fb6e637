/** Whether zones and lines can ever be told: of a camera that is there, of classes that its model knows, of looks often enough. */
import type { Problem } from '../../config/load.ts';
import type { PlacedText } from '../../config/parse.ts';
import type { Config } from '../../config/schema.ts';
import { nearest } from '../../core/nearest.ts';
import { formatDuration } from '../../core/time.ts';
import { loadManifest, modelFolder } from '../../models/load.ts';
import { type DetectConfig, detectSchema } from '../../pipelines/detect/config.ts';
import { zonesConfig } from '../../pipelines/zones/config.ts';

interface Camera {
  readonly id: string;
  /** Undefined where it detects by itself. */
  readonly detect: DetectConfig | undefined;
  /** Undefined where nobody knows what it finds. */
  readonly labels: readonly string[] | undefined;
}

/** Those of a pipeline. A model that cannot be read is told of elsewhere. */
const camerasOf = async (from: readonly string[], devices: Config['devices']): Promise<readonly Camera[]> =>
  Promise.all(
    devices
      .filter(({ profile }) => from.some(name => name === profile.id || profile.tags.includes(name)))
      .map(async ({ profile, detect: raw }): Promise<Camera> => {
        const detect = detectSchema.safeParse(raw).data;
        const manifest = detect && (await loadManifest(modelFolder(detect.model)).catch(() => undefined));
        return { id: profile.id, detect, labels: manifest?.labels };
      }),
  );

/** Only warnings: a configuration may be checked elsewhere than where it runs. */
export const checkZones = async (
  { devices, pipelines }: Pick<Config, 'devices' | 'pipelines'>,
  texts: readonly PlacedText[],
): Promise<readonly Problem[]> => {
  const problems: Problem[] = [];
  const add = (paths: readonly string[], message: string, advice: string): void => {
    const place = paths.map(path => texts.find(text => text.path === path)).find(found => found !== undefined);
    const { line = 1, column = 1, path = paths[0] ?? '' } = place ?? {};
    problems.push({ line, column, path, message, advice });
  };
  for (const [index, { from, stages }] of pipelines.entries()) {
    for (const [position, { stage, ...raw }] of stages.entries()) {
      const config = stage === 'zones' ? zonesConfig.safeParse(raw).data : undefined;
      if (config === undefined) continue;
      const at = `pipelines[${index}].stages[${position}]`;
      const cameras = await camerasOf(from, devices);
      const ids = cameras.map(({ id }) => id);
      for (const key of ['zones', 'lines', 'planes'] as const) {
        for (const [number, { camera }] of config[key].entries()) {
          if (camera === undefined || ids.includes(camera)) continue;
          const near = nearest(camera, ids);
          add(
            [`${at}.${key}[${number}].camera`],
            `no camera of this pipeline is named "${camera}", so nothing is told of it`,
            near === undefined ? `There is: ${ids.slice(0, 20).join(', ')}.` : `Did you mean ${near}?`,
          );
        }
      }
      for (const key of ['zones', 'lines'] as const) {
        for (const [number, { camera, classes = [] }] of config[key].entries()) {
          const watched = cameras.filter(({ id }) => camera === undefined || camera === id);
          const known = watched.flatMap(({ labels }) => labels ?? []);
          if (watched.length === 0 || watched.some(({ labels }) => labels === undefined)) continue;
          for (const [each, label] of classes.entries()) {
            if (known.includes(label)) continue;
            add(
              [`${at}.${key}[${number}].classes[${each}]`],
              `no model of its cameras knows "${label}", so it is never told`,
              `What they know: ${[...new Set(known)].slice(0, 20).join(', ')}.`,
            );
          }
        }
      }
      for (const { id, detect } of cameras) {
        if (detect === undefined || detect.look < config.lost) continue;
        const number = devices.findIndex(({ profile }) => profile.id === id);
        add(
          [`devices[${number}].detect.look`, `${at}.lost`, `${at}.stage`],
          `a still picture of "${id}" is looked at every ${formatDuration(detect.look)}, and what was not seen for ${formatDuration(config.lost)} is told as lost: what stands there is lost and found again and again`,
          'Make "look" of the camera shorter, or "lost" of the stage longer.',
        );
      }
    }
  }
  return problems;
};

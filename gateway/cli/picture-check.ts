/** Cameras whose pictures would not leave the box, because their model cannot hide persons and vehicles. */
import type { Problem } from '../../config/load.ts';
import type { PlacedText } from '../../config/parse.ts';
import type { Config } from '../../config/schema.ts';
import { toGatewayError } from '../../core/errors.ts';
import { loadManifest, modelFolder } from '../../models/load.ts';
import { detectSchema } from '../../pipelines/detect/config.ts';
import { createRedaction } from '../vision/redact.ts';

/** A model that cannot be read is told of elsewhere. */
export const checkPictures = async (
  { devices }: Pick<Config, 'devices'>,
  texts: readonly PlacedText[],
): Promise<readonly Problem[]> => {
  const problems: Problem[] = [];
  for (const [index, { profile, detect }] of devices.entries()) {
    const { model, snapshot } = detectSchema.safeParse(detect).data ?? {};
    if (model === undefined || snapshot === undefined) continue;
    const manifest = await loadManifest(modelFolder(model)).catch(() => undefined);
    if (manifest === undefined) continue;
    try {
      createRedaction(manifest);
    } catch (thrown) {
      const { message, advice } = toGatewayError(thrown);
      const path = `devices[${index}].detect.model`;
      const place = texts.find(text => text.path === path);
      problems.push({
        line: place?.line ?? 1,
        column: place?.column ?? 1,
        path,
        message: `no picture of "${profile.id}" leaves the box: ${message}`,
        ...(advice !== undefined && { advice }),
      });
    }
  }
  return problems;
};

import type { DeviceConfig } from '../../config/schema.ts';
import { loadManifest, modelFolder } from '../../models/load.ts';
import { detectSchema } from '../../pipelines/detect/config.ts';
import type { ModelInUse } from './reports.ts';

/** The models that the devices ask for, each once. One that is not there is its devices' failure, told by them. */
export const modelsInUse = async (devices: readonly DeviceConfig[]): Promise<readonly ModelInUse[]> => {
  const names = new Set(
    devices.flatMap(({ detect }) => {
      const { model, smaller } = detectSchema.safeParse(detect).data ?? {};
      return [model, smaller].filter(name => name !== undefined);
    }),
  );
  const found = await Promise.all(
    [...names].map(async name => {
      try {
        const { name: model, version, sha256 } = await loadManifest(modelFolder(name));
        return { name: model, version, sha256 };
      } catch {
        return undefined;
      }
    }),
  );
  return found.filter(model => model !== undefined);
};

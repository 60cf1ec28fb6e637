/** What the pictures of cameras would show, or why none would leave the box, given what their model can hide. */
import type { Problem } from '../../config/load.ts';
import type { PlacedText } from '../../config/parse.ts';
import type { Config } from '../../config/schema.ts';
import { toGatewayError } from '../../core/errors.ts';
import { loadManifest, modelFolder } from '../../models/load.ts';
import { detectSchema } from '../../pipelines/detect/config.ts';
import { shownOf } from '../vision/pictures.ts';
import { createRedaction } from '../vision/redact.ts';

/** A model that cannot be read is told of elsewhere. */
export const checkPictures = async (
  { devices }: Pick<Config, 'devices'>,
  texts: readonly PlacedText[],
): Promise<readonly Problem[]> => {
  const problems: Problem[] = [];
  const add = (path: string, message: string, advice: string | undefined): void => {
    const place = texts.find(text => text.path === path);
    problems.push({
      line: place?.line ?? 1,
      column: place?.column ?? 1,
      path,
      message,
      ...(advice !== undefined && { advice }),
    });
  };
  for (const [index, { profile, detect, slice }] of devices.entries()) {
    const { model, snapshot, authorised = [] } = detectSchema.safeParse(detect).data ?? {};
    if (model === undefined) continue;
    const at = (label: number): string => `devices[${index}].detect.authorised[${label}]`;
    if (snapshot === undefined) {
      for (const label of authorised.keys())
        add(at(label), `"${profile.id}" gives no pictures`, 'Add "snapshot", or leave "authorised" out.');
      if (Object.hasOwn(slice, 'evidence'))
        add(
          `devices[${index}].evidence`,
          `"${profile.id}" gives no pictures`,
          'Add "snapshot" to its "detect", or leave "evidence" out.',
        );
      continue;
    }
    const manifest = await loadManifest(modelFolder(model)).catch(() => undefined);
    if (manifest === undefined) continue;
    try {
      createRedaction(manifest);
    } catch (thrown) {
      const { message, advice } = toGatewayError(thrown);
      add(`devices[${index}].detect.model`, `no picture of "${profile.id}" leaves the box: ${message}`, advice);
      continue;
    }
    const shown = shownOf(manifest, authorised);
    const blurred = [...new Set([...manifest.redact.person, ...manifest.redact.vehicle])].join(', ');
    for (const [label, name] of authorised.entries()) {
      if (shown.includes(name))
        add(
          at(label),
          `pictures of events about each "${name}" show it unblurred`,
          'See that a law or a decision allows it, and that the center keeps such pictures apart.',
        );
      else
        add(
          at(label),
          `model ${manifest.name} blurs no "${name}", so this changes nothing`,
          `What it blurs: ${blurred}.`,
        );
    }
  }
  return problems;
};

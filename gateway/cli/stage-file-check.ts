/** The files that people keep for stages, read as the gateway would: what it would refuse is told before it starts. */
import type { Problem } from '../../config/load.ts';
import type { PlacedText } from '../../config/parse.ts';
import type { Config } from '../../config/schema.ts';
import { toGatewayError } from '../../core/errors.ts';
import { stages as registeredStages } from '../../pipelines/registry.generated.ts';
import { bindPipelines } from '../runtime/bind-pipelines.ts';
import { readStageFile, toStageFile } from '../runtime/stage-files.ts';

/** Only warnings: a configuration may be checked elsewhere than where it runs. */
export const checkStageFiles = async (
  { pipelines, site }: Pick<Config, 'pipelines' | 'site'>,
  texts: readonly PlacedText[],
): Promise<readonly Problem[]> => {
  const problems: Problem[] = [];
  for (const [index, { stages }] of bindPipelines(pipelines, site, registeredStages).entries())
    for (const [position, stage] of stages.entries())
      for (const [name, file] of Object.entries(stage.files)) {
        const below = `pipelines[${index}].stages[${position}].`;
        const place = texts.find(({ path, text }) => path.startsWith(below) && text === file);
        try {
          const text = await readStageFile(file);
          stage.start(new Map()).load(toStageFile(name, text, { now: () => Date.now() }));
        } catch (thrown) {
          const { message, advice } = toGatewayError(thrown);
          problems.push({
            line: place?.line ?? 1,
            column: place?.column ?? 1,
            path: place?.path ?? below,
            message: message.includes(file) ? message : `${file}: ${message}`,
            ...(advice !== undefined && { advice }),
          });
        }
      }
  return problems;
};

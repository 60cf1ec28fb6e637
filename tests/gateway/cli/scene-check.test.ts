import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../config/parse.ts';
import { checkScenes } from '../../../gateway/cli/scene-check.ts';
import { siteSections } from '../../support/gateway.ts';
import { manifestOf, writeModel } from '../../support/models.ts';
import { temporaryFolder } from '../../support/resources.ts';

/** What is said of a pipeline that is to tell `classes`, with a classifier in the folder and a camera of `model`. */
const check = async (classes: string, model: 'classifier' | 'simulated-scenes' | '/nowhere') => {
  await using folder = await temporaryFolder();
  const weights = Buffer.from('any');
  const output = { family: 'classification', name: 'scores', scores: 'logits' } as const;
  const redact = { person: [], vehicle: [] };
  await writeModel(folder.path, weights, manifestOf(weights, { output, redact, labels: ['dry', 'flood'] }));
  const text = `${siteSections({ folder: folder.path, apiPort: 8080 })}
devices:
  - id: cam-1
    driver: rtsp-camera
    tags: [underpass]
    url: "rtsp://127.0.0.1/live"
    detect: { model: ${model === 'classifier' ? folder.path : model} }
pipelines:
  - name: scenes
    from: [underpass]
    stages:
      - stage: scenes
        classes: [${classes}]
`;
  const { config, texts } = parseConfig(text, 'gateway.yaml');
  if (config === undefined) throw new Error('the configuration was refused');
  const lines = text.split('\n');
  return (await checkScenes(config, texts)).map(problem => ({ ...problem, text: lines[problem.line - 1]?.trim() }));
};

describe('what scenes are to be told', () => {
  it('is known to the model of a camera, or the check says what is', async () => {
    expect(await check('{ label: flood }', 'classifier')).toEqual([]);
    expect(await check('{ label: flood }, { label: smoke }', 'classifier')).toMatchObject([
      {
        path: 'pipelines[0].stages[0].classes[1].label',
        text: 'classes: [{ label: flood }, { label: smoke }]',
        message: 'no model of this pipeline\'s cameras knows "smoke", so it is never told',
        advice: 'What they know: dry, flood.',
      },
    ]);
  });

  it('needs a model that classifies whole pictures', async () => {
    expect(await check('{ label: person }', 'simulated-scenes')).toMatchObject([
      { path: 'pipelines[0].stages[0].stage', text: '- stage: scenes', message: expect.stringContaining('classifies') },
    ]);
  });

  it('is not judged where a model cannot be read', async () => {
    expect(await check('{ label: flood }', '/nowhere')).toEqual([]);
  });
});

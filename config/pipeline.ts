/** One entry of `pipelines`. */
import { z } from 'zod';
import { stages as allStages } from '../pipelines/registry.generated.ts';
import type { Path } from './explain.ts';
import { isGroup, type Judge, pick, unknownName } from './judge.ts';
import { type PipelineConfig, pipelineFields } from './schema.ts';

const pipelineSchema = z.strictObject(pipelineFields);

const parseStage = (raw: unknown, path: Path, judge: Judge): PipelineConfig['stages'][number] | undefined => {
  if (!isGroup(raw) || typeof raw['stage'] !== 'string') {
    judge.refuse({ path, at: 'value', message: 'expected a stage', advice: 'Write "- stage: NAME" and its own keys.' });
    return undefined;
  }
  const { stage: name, ...config } = raw;
  const stage = allStages.find(known => known.name === name);
  if (stage === undefined) {
    const names = allStages.map(known => known.name);
    judge.refuse(unknownName([...path, 'stage'], 'stage', String(name), names));
    return undefined;
  }
  return judge.parse(stage.schema, config, path, ['stage']) === undefined
    ? undefined
    : { ...config, stage: stage.name };
};

export interface KnownNames {
  readonly devices: readonly { readonly id: string; readonly tags: readonly string[] }[];
}

export const parsePipeline = (
  raw: unknown,
  path: Path,
  known: KnownNames,
  judge: Judge,
): PipelineConfig | undefined => {
  if (!isGroup(raw)) {
    judge.refuse({ path, at: 'value', message: 'expected a group of keys', advice: 'Write "- name: …".' });
    return undefined;
  }
  const shared = judge.parse(
    pipelineSchema,
    pick(raw, key => key !== 'stages'),
    path,
    ['stages'],
  );
  const list = raw['stages'];
  if (!Array.isArray(list)) {
    judge.refuse({ path: [...path, 'stages'], at: 'key', message: '"stages" is missing: expected a list of stages' });
  }
  const stages = (Array.isArray(list) ? list : []).map((stage: unknown, index) =>
    parseStage(stage, [...path, 'stages', index], judge),
  );
  if (shared === undefined) return undefined;
  const names = [...new Set(known.devices.flatMap(({ id, tags }) => [id, ...tags]))];
  for (const [index, from] of shared.from.entries()) {
    if (!names.includes(from)) judge.refuse(unknownName([...path, 'from', index], 'device or tag', from, names));
  }
  return { name: shared.name, from: shared.from, stages: stages.filter(stage => stage !== undefined) };
};

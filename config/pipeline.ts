/** One entry of `pipelines`. */
import { z } from 'zod';
import type { PlacedStage } from '../core/stage.ts';
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

/** The stage that makes `vessel-update` items of what receivers and providers say. */
const follower = 'track';

/** A stage behind `track` would do nothing without it, and nobody would be told. */
const refuseWithoutTrack = (stages: PipelineConfig['stages'], path: Path, judge: Judge): void => {
  const followedFrom = stages.findIndex(({ stage }) => stage === follower);
  for (const [index, { stage: name }] of stages.entries()) {
    const needsVessels = allStages.find(stage => stage.name === name)?.consumes.includes('vessel-update') === true;
    if (needsVessels && (followedFrom < 0 || index < followedFrom))
      judge.refuse({
        path: [...path, index],
        at: 'value',
        message: `the stage "${name}" reads what "${follower}" finds out about vessels, and "${follower}" does not stand before it`,
        advice: `Write "- stage: ${follower}" as the first of the stages.`,
      });
  }
};

/** What a stage needs of those before it, and of the devices. */
const refuseLacks = (stages: PipelineConfig['stages'], devices: readonly string[], path: Path, judge: Judge): void => {
  const before: PlacedStage[] = [];
  for (const [index, { stage: name, ...raw }] of stages.entries()) {
    const stage = allStages.find(known => known.name === name);
    if (stage === undefined) continue;
    for (const { path: within, message, advice } of stage.lacks(raw, { before, devices }))
      judge.refuse({ path: [...path, index, ...within], at: 'value', message, advice });
    before.push({ stage: name, config: stage.schema.parse(raw) });
  }
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
  const readable = stages.filter(stage => stage !== undefined);
  // Where one of them cannot be read, it may be the one that lacks.
  if (readable.length === stages.length) {
    refuseWithoutTrack(readable, [...path, 'stages'], judge);
    const devices = known.devices.map(({ id }) => id);
    refuseLacks(readable, devices, [...path, 'stages'], judge);
  }
  return { name: shared.name, from: shared.from, stages: readable };
};

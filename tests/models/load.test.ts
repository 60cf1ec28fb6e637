import { createHash } from 'node:crypto';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadManifest, loadModel, modelFolder } from '../../models/load.ts';
import { thresholdOf } from '../../models/manifest.ts';
import { haidang } from '../support/gateway.ts';
import { projectFile, type TemporaryFolder, temporaryFolder } from '../support/resources.ts';

const shipped = modelFolder('simulated-scenes');
const anything = z.record(z.string(), z.unknown());

/** The shipped model in a folder of its own, with a manifest that was changed. */
const copyWith = async (
  folder: TemporaryFolder,
  change: (manifest: Record<string, unknown>) => unknown,
): Promise<string> => {
  const manifest = anything.parse(JSON.parse(await readFile(path.join(shipped, 'manifest.json'), 'utf8')));
  await writeFile(path.join(folder.path, 'manifest.json'), JSON.stringify(change(manifest)));
  await copyFile(path.join(shipped, 'model.onnx'), path.join(folder.path, 'model.onnx'));
  return folder.path;
};

describe('a model', () => {
  it('runs, and is what its manifest says', async () => {
    await using model = await loadModel(shipped);
    const { input, labels } = model.manifest;
    const [output] = await model.run(new Float32Array(3 * input.width * input.height));
    expect(output?.dimensions.slice(0, 2)).toEqual([1, 4 + labels.length]);
  });

  it('is found by its name, or in any folder by its path', () => {
    expect(modelFolder('yolox-nano')).toMatch(/models.yolox-nano$/);
    expect(modelFolder('/opt/models/site')).toBe(path.resolve('/opt/models/site'));
    expect(modelFolder('./site')).toBe(path.resolve('site'));
  });

  it.each(['simulated-scenes', 'yolox-nano'])('%s has a manifest whose labels are all different', async name => {
    const { labels, redact } = await loadManifest(modelFolder(name));
    expect(new Set(labels).size).toBe(labels.length);
    expect(redact.person).toEqual(['person']);
  });

  it('without a folder, or without weights, is a mistake in the configuration', async () => {
    await using folder = await temporaryFolder();
    await expect(loadModel(path.join(folder.path, 'none'))).rejects.toMatchObject({
      kind: 'config',
      advice: expect.any(String),
    });
    const copy = await copyWith(folder, manifest => ({ ...manifest, weights: 'none.onnx' }));
    await expect(loadModel(copy)).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringContaining('cannot be read'),
    });
  });

  it('whose weights are not those of its manifest is refused', async () => {
    await using folder = await temporaryFolder();
    const copy = await copyWith(folder, manifest => ({ ...manifest, sha256: 'f'.repeat(64) }));
    await expect(loadModel(copy)).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringContaining('is not the file'),
    });
  });

  it('whose manifest is wrong says each wrong field', async () => {
    await using folder = await temporaryFolder();
    const copy = await copyWith(folder, manifest => ({ ...manifest, labels: [], nms: 2, colour: 'red' }));
    const failure: unknown = await loadManifest(copy).catch((thrown: unknown) => thrown);
    const message = failure instanceof Error ? failure.message : '';
    for (const word of ['labels', 'nms', 'colour']) expect(message).toContain(word);
  });

  it('has a lowest score of its own for each label, or the same for all where somebody asks for one', async () => {
    await using folder = await temporaryFolder();
    const copy = await copyWith(folder, manifest => ({ ...manifest, threshold: 0.4, thresholds: { car: 0.7 } }));
    const manifest = await loadManifest(copy);
    expect(['person', 'car'].map(label => thresholdOf(manifest, label))).toEqual([0.4, 0.7]);
    expect(['person', 'car'].map(label => thresholdOf(manifest, label, 0.2))).toEqual([0.2, 0.2]);
  });

  it('that has no such label as its manifest names a lowest score for is a mistake', async () => {
    await using folder = await temporaryFolder();
    const copy = await copyWith(folder, manifest => ({ ...manifest, thresholds: { tram: 0.7 } }));
    await expect(loadManifest(copy)).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringContaining('thresholds names a label'),
    });
  });

  it('whose manifest is not JSON is a mistake in the configuration', async () => {
    await using folder = await temporaryFolder();
    await writeFile(path.join(folder.path, 'manifest.json'), '{"name": "site", ');
    await expect(loadManifest(folder.path)).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringContaining('is not JSON'),
    });
  });

  it('whose weights are no model is unsupported', async () => {
    await using folder = await temporaryFolder();
    const weights = 'half a download';
    const sha256 = createHash('sha256').update(weights).digest('hex');
    const copy = await copyWith(folder, manifest => ({ ...manifest, sha256 }));
    await writeFile(path.join(copy, 'model.onnx'), weights);
    await expect(loadModel(copy)).rejects.toMatchObject({
      kind: 'unsupported',
      advice: expect.stringContaining('Export the model again'),
    });
  });

  it('that takes pictures of another size than its manifest says is unsupported', async () => {
    await using folder = await temporaryFolder();
    const copy = await copyWith(folder, manifest => ({
      ...manifest,
      input: { ...anything.parse(manifest['input']), width: 640, height: 640 },
    }));
    await using model = await loadModel(copy);
    await expect(model.run(new Float32Array(3 * 640 * 640))).rejects.toMatchObject({
      kind: 'unsupported',
      message: expect.stringContaining('[1, 3, 640, 640]'),
      advice: expect.stringContaining('width, height'),
    });
  });

  it('needs a package that a machine may do without, and says so', async () => {
    await using folder = await temporaryFolder();
    const hook = path.join(folder.path, 'without-runtime.mjs');
    await writeFile(
      hook,
      `import { registerHooks } from 'node:module';
      const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
      const resolve = (name, context, next) => {
        if (name === 'onnxruntime-node') throw missing;
        return next(name, context);
      };
      registerHooks({ resolve });`,
    );
    const tried = await haidang(['models', 'try', 'simulated-scenes', projectFile('package.json')], {
      env: { NODE_OPTIONS: `--import ${hook}` },
    });
    expect(tried.code).toBe(1);
    expect(tried.stderr).toContain('the optional package onnxruntime-node, which is not installed');
    expect(tried.stderr).toContain('take the cameras out of the configuration');
  });

  it('that has other inputs or outputs than its manifest says is unsupported', async () => {
    await using folder = await temporaryFolder();
    const copy = await copyWith(folder, manifest => ({ ...manifest, output: { family: 'yolov8', name: 'boxes' } }));
    await expect(loadModel(copy)).rejects.toMatchObject({
      kind: 'unsupported',
      advice: expect.stringContaining('correct the manifest'),
    });
  });
});

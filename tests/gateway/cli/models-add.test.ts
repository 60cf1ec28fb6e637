import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { runCommandLine } from '../../../core/command-line.ts';
import { createModelsAddCommand, modelsAddCommand, openTerminal } from '../../../gateway/cli/models-add.ts';
import { loadManifest, loadModel } from '../../../models/load.ts';
import { type ConstantSpec, encodeConstants, type TensorSpec } from '../../support/onnx.ts';
import { temporaryFolder } from '../../support/resources.ts';

const image: TensorSpec = { type: 'float32', dimensions: [1, 3, 64, 64] };
const zeros = (...dimensions: readonly number[]): ConstantSpec => ({
  type: 'float32',
  dimensions,
  values: Array<number>(dimensions.reduce((product, dimension) => product * dimension, 1)).fill(0),
});

/** What the exporter of YOLOv8, v9 and 11 writes beside the graph. */
const exported = {
  description: 'Model of a street',
  author: 'a city',
  license: 'AGPL-3.0 License (https://example.org/license)',
  task: 'detect',
  stride: '32',
  imgsz: '[64, 64]',
  names: "{0: 'person', 1: 'motorbike', 2: 'dog'}",
};
const yolov8 = encodeConstants(image, { output0: zeros(1, 7, 84) }, exported);
/** Fits YOLOX and YOLOv5, and says nothing of itself. */
const silent = encodeConstants(image, { output: zeros(1, 84, 7) });

const call = async (
  argv: readonly string[],
  answers?: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly out: string; readonly err: string; readonly asked: string[] }> => {
  let out = '';
  let err = '';
  const asked: string[] = [];
  const ask = async (words: string): Promise<string> => {
    asked.push(words);
    return Object.entries(answers ?? {}).find(([part]) => words.includes(part))?.[1] ?? '';
  };
  const command =
    answers === undefined ? modelsAddCommand : createModelsAddCommand(() => ({ ask, [Symbol.dispose]: () => {} }));
  const code = await runCommandLine(
    { name: 'haidang', summary: 'A test.', version: '0.0.0' },
    [command],
    ['models', 'add', ...argv],
    { out: text => (out += text), err: text => (err += text) },
  );
  return { code, out, err, asked };
};

const withFile = async (bytes: Uint8Array, name = 'best.onnx') => {
  const folder = await temporaryFolder();
  const file = path.join(folder.path, name);
  await writeFile(file, bytes);
  return { folder: folder.path, file, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
};

describe('haidang models add', () => {
  it('asks nothing of a file that says all, and writes a model that loads', async () => {
    await using at = await withFile(yolov8, 'Street_v2.onnx');
    const { code, out, err } = await call([at.file]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('64 × 64, 3 labels: person, motorbike, dog');
    expect(out).toContain('Family yolov8, by the outputs [1, 7, 84]');
    expect(out).toContain(`haidang models try ${at.folder} picture.jpg`);
    expect(await loadManifest(at.folder)).toMatchObject({
      name: 'street-v2',
      weights: 'Street_v2.onnx',
      sha256: createHash('sha256').update(yolov8).digest('hex'),
      license: 'AGPL-3.0',
      origin: 'Model of a street, by a city',
      input: { name: 'images', type: 'float32', width: 64, height: 64, layout: 'nchw', colors: 'rgb' },
      output: { family: 'yolov8', name: 'output0' },
      redact: { person: ['person'], vehicle: ['motorbike'] },
      nms: 0.45,
    });
    await using model = await loadModel(at.folder);
    expect(await model.run(new Float32Array(3 * 64 * 64))).toHaveLength(1);
    expect(await readFile(path.join(at.folder, 'card.md'), 'utf8')).toContain('Persons, who are blurred: person.');
  });

  it('says to a script all that is missing at once, and takes it as options', async () => {
    await using at = await withFile(silent);
    const asked = await call([at.file]);
    expect(asked.code).toBe(1);
    for (const option of ['--family', '--labels', '--license', '--origin']) expect(asked.err).toContain(option);
    expect(asked.err).toContain('yolox ([1, cells, 5 + classes]');
    expect(await readdir(at.folder)).toEqual(['best.onnx']);

    const labels = path.join(at.folder, 'labels.txt');
    await writeFile(labels, 'boat\nbuoy\n');
    const target = path.join(at.folder, 'harbor');
    const options = ['--family', 'yolov5', '--labels', labels, '--license', 'Apache-2.0', '--origin', 'a port'];
    const { code, err } = await call([at.file, '-o', target, '--threshold', '0.4', ...options]);
    expect(code).toBe(0);
    expect(err).toContain('No picture will leave the box with this model: it names no persons and no vehicles');
    expect((await readdir(target)).sort()).toEqual(['card.md', 'manifest.json', 'model.onnx']);
    expect(await loadManifest(target)).toMatchObject({
      name: 'best',
      labels: ['boat', 'buoy'],
      output: { family: 'yolov5' },
      threshold: 0.4,
      origin: 'a port',
    });
  });

  it('asks somebody at a terminal only what it does not know', async () => {
    await using at = await withFile(silent);
    const answers = { 'output is read': 'yolox', '2 labels': 'person, car', license: 'MIT', 'who trained': 'we did' };
    const { code, asked } = await call([at.file, '--name', 'ours', '--vehicles', 'car'], answers);
    expect(code).toBe(0);
    expect(asked).toHaveLength(4);
    expect(await loadManifest(at.folder)).toMatchObject({
      name: 'ours',
      input: { colors: 'bgr', scale: [1, 1, 1] },
      output: { family: 'yolox', strides: [8, 16, 32] },
      labels: ['person', 'car'],
      license: 'MIT',
      origin: 'we did',
    });
  });

  it('reads answers of a terminal line by line, also those typed ahead, until there are no more', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    using terminal = openTerminal(input, output);
    const answered = terminal.ask('license of the weights');
    input.write('  Apache-2.0 \nwe did\n');
    expect(await answered).toBe('Apache-2.0');
    expect(await terminal.ask('who trained it')).toBe('we did');
    expect(String(output.read())).toContain('license of the weights: ');
    const unanswered = terminal.ask('its labels');
    input.end();
    await expect(unanswered).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringContaining('not answered'),
    });
  });

  it('knows a classifier, of whose pictures none will leave', async () => {
    const scores: ConstantSpec = { type: 'float32', dimensions: [1, 2], values: [0.25, 0.75] };
    const names = "['dry', 'flood']";
    await using at = await withFile(encodeConstants(image, { scores }, { ...exported, task: 'classify', names }));
    const { code, err } = await call([at.file]);
    expect(code).toBe(0);
    expect(err).toContain('No picture will leave');
    expect(await loadManifest(at.folder)).toMatchObject({
      output: { family: 'classification', scores: 'probabilities' },
      input: { scale: [1 / 255, 1 / 255, 1 / 255] },
      labels: ['dry', 'flood'],
      redact: { person: [], vehicle: [] },
    });
  });

  it('asks the size of a model that takes any', async () => {
    const any: TensorSpec = { type: 'float32', dimensions: ['batch', 3, 'height', 'width'] };
    await using at = await withFile(encodeConstants(any, { output0: zeros(1, 7, 84) }, { ...exported, imgsz: '' }));
    expect(await call([at.file])).toMatchObject({ code: 1, err: expect.stringContaining('--size') });
    expect(await call([at.file, '--size', 'large'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('no size'),
    });
    expect(await call([at.file, '--size', '64x64'])).toMatchObject({ code: 0 });
    expect((await loadManifest(at.folder)).input).toMatchObject({ width: 64, height: 64 });
  });

  it.each([
    ['another format', Buffer.from('PK\u0003\u0004archive/data.pkl'), [], 'a PyTorch or TorchScript file'],
    ['half a download', yolov8.subarray(0, 400), [], 'no ONNX model, or a damaged one'],
    [
      'a graph that onnxruntime does not load',
      encodeConstants(image, { '': zeros(1) }),
      [],
      'onnxruntime cannot load it',
    ],
    ['another task', encodeConstants(image, {}, { ...exported, task: 'segment' }), [], 'its task is segment'],
    ['unknown outputs', encodeConstants(image, { features: zeros(1, 512, 3) }), [], 'features [1, 512, 3]'],
    [
      'several pictures at once',
      encodeConstants({ type: 'float32', dimensions: [4, 3, 64, 64] }, { output0: zeros(1, 7, 84) }),
      [],
      'not one picture',
    ],
    ['another hash than was published', yolov8, ['--sha256', 'f'.repeat(64)], 'not the file that was published'],
    ['a family that it is not', yolov8, ['--family', 'nanodet'], 'not those of nanodet'],
    ['a family that there is not', yolov8, ['--family', 'yolov88'], 'Did you mean yolov8?'],
    ['too few labels', yolov8, ['--labels', 'person'], 'no family of 1 labels'],
    ['a threshold that is none', yolov8, ['--threshold', 'high'], 'not a score'],
    ['a name that is none', yolov8, ['--name', 'Our Model'], 'no manifest can be written: name'],
    ['persons it does not know', yolov8, ['--persons', 'people'], 'redact names a label'],
  ])('refuses %s, says why, and writes nothing', async (_, bytes, options, words) => {
    await using at = await withFile(bytes);
    const { code, err } = await call([at.file, ...options]);
    expect(code).toBe(1);
    expect(err).toContain(words);
    expect(await readdir(at.folder)).toEqual(['best.onnx']);
  });

  it('refuses a folder that has a model already, and a file that is none', async () => {
    await using at = await withFile(yolov8);
    await call([at.file]);
    expect(await call([at.file])).toMatchObject({ code: 1, err: expect.stringContaining('there is a model at') });
    await mkdir(path.join(at.folder, 'folder'));
    expect(await call([path.join(at.folder, 'folder')])).toMatchObject({ err: expect.stringContaining('is no file') });
    expect(await call([path.join(at.folder, 'none')])).toMatchObject({ err: expect.stringContaining('(ENOENT)') });
  });
});

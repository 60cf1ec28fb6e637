import { describe, expect, it } from 'vitest';
import { loadModel, modelFolder } from '../../models/load.ts';
import { candidatesOf, chooseProvider, type Provider } from '../../models/providers.ts';

/** The words of onnxruntime where its build knows CUDA and the machine has none. */
const absent = new Error('OrtSessionOptionsAppendExecutionProvider_Cuda:\n Failed to load shared library');

const opening = (works: Provider) => async (provider: Provider) => {
  if (provider !== works) throw absent;
  return `a session on ${provider}`;
};

describe('the provider that a model runs on', () => {
  it('is the fastest of the build, and the processor where a build names no other', () => {
    expect(candidatesOf([{ name: 'cpu' }, { name: 'webgpu' }, { name: 'cuda' }, { name: 'tensorrt' }])).toEqual([
      'cuda',
      'cpu',
    ]);
    expect(candidatesOf([{ name: 'cpu' }, { name: 'openvino' }])).toEqual(['openvino', 'cpu']);
    expect(candidatesOf([{ name: 'coreml' }])).toEqual(['coreml', 'cpu']);
    expect(candidatesOf([])).toEqual(['cpu']);
  });

  it('is the first that runs the model, and no other is tried', async () => {
    expect(await chooseProvider(['cuda', 'cpu'], opening('cuda'))).toEqual({
      session: 'a session on cuda',
      provider: 'cuda',
      refused: [],
    });
  });

  it('is the processor where there is no GPU, which is told in one line', async () => {
    expect(await chooseProvider(['cuda', 'openvino', 'cpu'], opening('cpu'))).toMatchObject({
      provider: 'cpu',
      refused: [
        {
          provider: 'cuda',
          reason: 'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library',
        },
        { provider: 'openvino' },
      ],
    });
  });

  it('is none where the model runs nowhere', async () => {
    await expect(chooseProvider(['cuda'], opening('cpu'))).rejects.toBe(absent);
  });

  it('is found by onnxruntime of this machine, whatever it has', async () => {
    const { listSupportedBackends } = await import('onnxruntime-node');
    const candidates = candidatesOf(listSupportedBackends());
    await using model = await loadModel(modelFolder('simulated-scenes'));
    expect([...model.refused.map(({ provider }) => provider), model.provider]).toEqual(
      candidates.slice(0, model.refused.length + 1),
    );
    const { width, height } = model.manifest.input;
    expect(await model.run(new Float32Array(3 * width * height))).toHaveLength(1);
  });
});

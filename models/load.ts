/** The one door to onnxruntime-node. `session.run` blocks its thread: load a model in a worker or in a command's process. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InferenceSession, Tensor, TensorConstructor } from 'onnxruntime-node';
import { GatewayError, systemCode, toGatewayError } from '../core/errors.ts';
import { outputNames } from './families.ts';
import { type Manifest, manifestSchema } from './manifest.ts';
import { decodeNumbers, encodeNumbers, type InputType, type InputValues } from './numbers.ts';
import { type Chosen, candidatesOf, chooseProvider, type Provider } from './providers.ts';
import type { DeclaredTensor } from './recognize.ts';

const shippedFolder = path.dirname(fileURLToPath(import.meta.url));

/** `street-scenes` is a model of the project; anything with a slash is a folder, relative ones below the working folder. */
export const modelFolder = (model: string): string =>
  model.includes('/') || model.includes(path.sep) ? path.resolve(model) : path.join(shippedFolder, model);

/** Throws `config` when the folder has no manifest or the manifest is wrong, naming each wrong field. */
export const loadManifest = async (folder: string): Promise<Manifest> => {
  const file = path.join(folder, 'manifest.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new GatewayError('config', `no model at ${folder}: manifest.json cannot be read (${systemCode(cause)})`, {
      cause,
      advice: 'Name a model of the project, or the path of a folder with manifest.json and its weights.',
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new GatewayError('config', `${file} is not JSON`, { cause });
  }
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(issue => `${issue.path.join('.') || 'manifest'}: ${issue.message}`);
  throw new GatewayError('config', `${file}: ${problems.join('; ')}`, {
    advice: 'Compare it with the manifest of a model that the project ships.',
  });
};

/** An output of a model, as numbers whatever type they have in it. */
export interface OutputTensor {
  readonly values: Float32Array;
  readonly dimensions: readonly number[];
}

/** A loaded model. `run` blocks the thread; the returned arrays are the caller's. */
export interface Model extends AsyncDisposable, Pick<Chosen<unknown>, 'provider' | 'refused'> {
  readonly manifest: Manifest;
  /** The outputs in the order of `outputNames`. Throws `unsupported` when one is not what the manifest says. */
  run(input: InputValues): Promise<readonly OutputTensor[]>;
}

export interface LoadOptions {
  /** 1 leaves the other cores to decoding; 2 answers sooner. */
  readonly threads?: number;
  /** Where the weights are when they are not beside their manifest. */
  readonly weights?: string;
}

const readWeights = async (file: string, manifest: Manifest): Promise<Uint8Array> => {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new GatewayError(
      'config',
      `the weights of model ${manifest.name} cannot be read: ${file} (${systemCode(cause)})`,
      {
        cause,
        advice: `Put ${manifest.weights} there; where it comes from stands in ${manifest.card}.`,
      },
    );
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 === manifest.sha256) return bytes;
  throw new GatewayError(
    'config',
    `${file} is not the file that its manifest describes: SHA-256 ${sha256.slice(0, 12)}…, expected ${manifest.sha256.slice(0, 12)}…`,
    { advice: 'Copy the weights again, or write a manifest for these weights.' },
  );
};

const importRuntime = async () => {
  try {
    const runtime = await import('onnxruntime-node');
    // It writes to the standard error also what it throws; whether and how that is told is decided here.
    runtime.env.logLevel = 'fatal';
    return runtime;
  } catch (cause) {
    const isThere = systemCode(cause) !== 'ERR_MODULE_NOT_FOUND';
    throw new GatewayError(
      'unsupported',
      `detection needs the optional package onnxruntime-node, which ${isThere ? 'does not load here' : 'is not installed'}`,
      {
        cause,
        advice: 'Run npm ci on a supported machine (x64 or arm64), or take the cameras out of the configuration.',
      },
    );
  }
};

/** Whether onnxruntime refused a tensor for its shape or type, in its own words. */
const isMisfit = (failure: unknown): boolean =>
  failure instanceof Error && /invalid (?:dimensions|rank)|unexpected input data type/i.test(failure.message);

/** onnxruntime-node 1.30 cannot read the Float16Array that its own tensors make of the bits of 16-bit floats. */
const toTensor = (
  Tensor: TensorConstructor,
  type: InputType,
  values: InputValues,
  dimensions: readonly number[],
): Tensor =>
  values instanceof Uint16Array
    ? Object.assign(new Tensor('uint16', values, dimensions), { type: 'float16' as const })
    : new Tensor(type, values, dimensions);

const toOutput = (
  name: string,
  result: { readonly data: unknown; readonly dims: readonly number[]; readonly type: string } | undefined,
  manifest: Manifest,
): OutputTensor => {
  const values = decodeNumbers(result?.data, manifest.quantized[name]);
  if (result !== undefined && values !== undefined) return { values, dimensions: result.dims };
  throw new GatewayError(
    'unsupported',
    `output ${name} of model ${manifest.name} is ${result?.type ?? 'missing'}, not numbers that are read here`,
    { advice: 'Export the model with outputs of 32-bit floats.' },
  );
};

/** A model that no manifest describes yet, on the processor. */
export interface UnknownModel extends AsyncDisposable {
  readonly inputs: readonly DeclaredTensor[];
  readonly outputs: readonly DeclaredTensor[];
  /** All outputs that are numbers, for an input of zeros of these dimensions. Throws what onnxruntime throws. */
  tryOut(
    input: Pick<DeclaredTensor, 'name'> & {
      readonly type: InputType;
      readonly dimensions: readonly number[];
    },
  ): Promise<readonly (OutputTensor & { readonly name: string })[]>;
}

const toDeclared = (metadata: InferenceSession.ValueMetadata): DeclaredTensor =>
  metadata.isTensor
    ? { name: metadata.name, type: metadata.type, dimensions: metadata.shape }
    : { name: metadata.name, type: 'no tensor', dimensions: [] };

/** Throws `unsupported` without the runtime, or in the words of onnxruntime. */
export const openUnknown = async (weights: Uint8Array): Promise<UnknownModel> => {
  const { InferenceSession, Tensor } = await importRuntime();
  const session = await InferenceSession.create(weights, { executionProviders: ['cpu'] }).catch((cause: unknown) => {
    throw new GatewayError('unsupported', `onnxruntime cannot load it: ${toGatewayError(cause).message}`, { cause });
  });
  return {
    inputs: session.inputMetadata.map(toDeclared),
    outputs: session.outputMetadata.map(toDeclared),
    tryOut: async ({ name, type, dimensions }) => {
      const count = dimensions.reduce((product, dimension) => product * dimension, 1);
      const values = encodeNumbers(type, new Float32Array(count));
      const results = await session.run({ [name]: toTensor(Tensor, type, values, dimensions) });
      return Object.entries(results).flatMap(([output, { data, dims }]) => {
        const read = decodeNumbers(data);
        return read === undefined ? [] : [{ name: output, values: read, dimensions: dims }];
      });
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
};

/** For a check before anything is loaded. Throws `config` for a wrong folder, manifest or weights file. */
export const verifyModel = async (folder: string): Promise<void> => {
  const manifest = await loadManifest(folder);
  await readWeights(path.join(folder, manifest.weights), manifest);
};

/** Throws `config` for a wrong folder, manifest or weights file, `unsupported` without the runtime or for a foreign model. */
export const loadModel = async (folder: string, { threads = 1, weights }: LoadOptions = {}): Promise<Model> => {
  const manifest = await loadManifest(folder);
  const bytes = await readWeights(weights ?? path.join(folder, manifest.weights), manifest);
  const { InferenceSession, Tensor, listSupportedBackends } = await importRuntime();
  const { input } = manifest;
  const names = outputNames(manifest.output);
  const shape = input.layout === 'nchw' ? [1, 3, input.height, input.width] : [1, input.height, input.width, 3];
  const runOn = (session: InferenceSession, values: InputValues) =>
    session.run({ [input.name]: toTensor(Tensor, input.type, values, shape) }, names);
  const open = async (provider: Provider): Promise<InferenceSession> => {
    const session = await InferenceSession.create(bytes, {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
    });
    if (provider === 'cpu') return session;
    try {
      await runOn(session, encodeNumbers(input.type, new Float32Array(3 * input.width * input.height)));
      return session;
    } catch (thrown) {
      await session.release();
      throw thrown;
    }
  };
  const { session, provider, refused } = await chooseProvider(candidatesOf(listSupportedBackends()), open).catch(
    (cause: unknown) => {
      throw new GatewayError('unsupported', `onnxruntime cannot load ${manifest.weights} of model ${manifest.name}`, {
        cause,
        advice: 'Export the model again with an ONNX opset that onnxruntime 1.30 reads.',
      });
    },
  );
  if (!session.inputNames.includes(input.name) || !names.every(name => session.outputNames.includes(name))) {
    await session.release();
    throw new GatewayError(
      'unsupported',
      `model ${manifest.name} has inputs ${session.inputNames.join(', ')} and outputs ${session.outputNames.join(', ')}`,
      { advice: `Its manifest says input ${input.name} and output ${names.join(', ')}: correct the manifest.` },
    );
  }
  return {
    manifest,
    provider,
    refused,
    run: async values => {
      const results = await runOn(session, values).catch((cause: unknown) => {
        if (!isMisfit(cause)) throw cause;
        throw new GatewayError(
          'unsupported',
          `model ${manifest.name} does not take the input [${shape.join(', ')}] of ${input.type} that its manifest describes`,
          { cause, advice: 'Correct type, width, height and layout of the input in its manifest.' },
        );
      });
      return names.map(name => toOutput(name, results[name], manifest));
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
};

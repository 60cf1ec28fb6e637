/**
 * The peer of the row `cameras-per-core`, in a process of its own: an ffmpeg for each camera that decodes and scales, and a
 * bare `session.run` for every picture that comes out. Kind to it: the tensor is always the same one, so that no
 * picture is converted, and no output is read. Writes a line for each picture that was inferred.
 *
 *     node bench/naive-cameras.ts WEIGHTS MANIFEST FPS URL…
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { outputNames } from '../models/families.ts';
import { manifestSchema } from '../models/manifest.ts';

const [weights = '', manifestFile = '', fps = '', ...urls] = process.argv.slice(2);
const { input, output } = manifestSchema.parse(JSON.parse(readFileSync(manifestFile, 'utf8')));
const session = await InferenceSession.create(weights, {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
});
const shape = input.layout === 'nchw' ? [1, 3, input.height, input.width] : [1, input.height, input.width, 3];
const tensor = new Tensor('float32', new Float32Array(3 * input.width * input.height), shape);
const pictureBytes = 3 * input.width * input.height;

const watch = async (url: string): Promise<void> => {
  const scale = `fps=${fps},scale=${input.width}:${input.height}:flags=bilinear`;
  const decoder = spawn(
    'ffmpeg',
    [
      ...['-nostdin', '-loglevel', 'error', '-threads', '1', '-rtsp_transport', 'tcp', '-i', url],
      ...['-vf', scale, '-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  process.on('exit', () => decoder.kill('SIGKILL'));
  let bytes = 0;
  for await (const chunk of decoder.stdout) {
    bytes += Buffer.isBuffer(chunk) ? chunk.length : 0;
    for (; bytes >= pictureBytes; bytes -= pictureBytes) {
      await session.run({ [input.name]: tensor }, outputNames(output));
      process.stdout.write('inferred\n');
    }
  }
};

process.on('SIGTERM', () => process.exit());
await Promise.all(urls.map(watch));

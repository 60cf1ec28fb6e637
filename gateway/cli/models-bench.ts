import { defineCommand } from '../../core/command-line.ts';
import { GatewayError } from '../../core/errors.ts';
import type { Picture } from '../../core/observation.ts';
import { loadModel, modelFolder } from '../../models/load.ts';
import type { Manifest } from '../../models/manifest.ts';
import { createInterpret } from '../../pipelines/detect/interpret.ts';
import { createPreparation } from '../../pipelines/detect/prepare.ts';
import { readPicture } from './models.ts';
import { formatTable } from './table.ts';

const stepNames = ['prepare', 'run', 'interpret', 'total'] as const;

/** Milliseconds of one picture, by step. */
export type Timing = Readonly<Record<(typeof stepNames)[number], number>>;

/** Pictures a second for which it is told how many cameras fit. */
const rates = [1, 2, 3, 5, 10, 15];

/** The first runs allocate and are slow. */
const warmUp = 3;

/** Nearest rank; NaN of nothing. */
export const quantile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * part) - 1)] ?? Number.NaN;

/**
 * How many cameras in which something moves all the time one inference thread serves, with a picture in twenty slower than
 * reckoned. A quiet one takes a look every ten seconds.
 */
export const camerasAt = (fps: number, timings: readonly Timing[]): number =>
  Math.floor(
    1000 /
      (fps *
        quantile(
          timings.map(({ total }) => total),
          0.95,
        )),
  );

/** Neither uniform nor natural, and the same every time. */
const pattern = ({ input: { width, height } }: Manifest): Picture => ({
  width,
  height,
  pixels: Uint8Array.from({ length: width * height * 3 }, (_, at) => (at * 31 + (at >> 7) * 17) & 255),
});

const parseCount = (text: string | undefined, option: string, most: number, usual: number): number => {
  if (text === undefined) return usual;
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= most) return count;
  throw new GatewayError('config', `--${option} is not a number from 1 to ${most}: ${text}`);
};

const round = (value: number): number => Number(value.toFixed(3));

export const modelsBenchCommand = defineCommand({
  name: 'models bench',
  summary: 'Measure a model on this machine: time of each step, memory, and how many cameras it can serve.',
  usage: 'MODEL [PICTURE]',
  options: {
    pictures: { type: 'string', value: 'COUNT', summary: 'How many times the picture is looked at; 50 when absent.' },
    threads: { type: 'string', value: 'COUNT', summary: 'Of the model; 1 as in the gateway when absent.' },
    weights: { type: 'string', value: 'FILE', summary: 'The ONNX file, when it is not beside its manifest.' },
    json: { type: 'boolean', summary: 'One JSON line.' },
  },
  examples: [
    { line: 'simulated-scenes', summary: 'With a pattern in place of a picture' },
    { line: '/opt/models/street street.jpg --pictures 200', summary: 'With a picture of the site' },
  ],
  run: async ({ values, positionals: [name = '', file], out }) => {
    const count = parseCount(values.pictures, 'pictures', 10_000, 50);
    const threads = parseCount(values.threads, 'threads', 64, 1);
    const before = process.memoryUsage.rss();
    await using model = await loadModel(modelFolder(name), {
      threads,
      ...(values.weights !== undefined && { weights: values.weights }),
    });
    const { manifest, provider } = model;
    const picture = file === undefined ? pattern(manifest) : (await readPicture(file, model)).picture;
    const { prepare, tensor } = createPreparation(manifest);
    const interpret = createInterpret(manifest);
    const timings: Timing[] = [];
    for (let index = -warmUp; index < count; index++) {
      const began = performance.now();
      const placement = prepare(picture);
      const prepared = performance.now();
      const outputs = await model.run(tensor);
      const ran = performance.now();
      interpret(outputs, placement, manifest.threshold);
      const ended = performance.now();
      if (index < 0) continue;
      timings.push({
        prepare: prepared - began,
        run: ran - prepared,
        interpret: ended - ran,
        total: ended - began,
      });
    }
    const megabytes = Math.max(0, Math.round((process.memoryUsage.rss() - before) / 1e6));
    const steps = stepNames.map(step => {
      const all = timings.map(timing => timing[step]);
      return { step, p50: round(quantile(all, 0.5)), p95: round(quantile(all, 0.95)) };
    });
    const cameras = rates.map(fps => ({ fps, cameras: camerasAt(fps, timings) }));
    if (values.json === true) {
      const { version } = manifest;
      out(
        `${JSON.stringify({ model: name, version, provider, threads, pictures: count, steps, megabytes, cameras })}\n`,
      );
      return 0;
    }
    const { width, height } = manifest.input;
    out(
      `${manifest.name} ${manifest.version}, ${width} × ${height}, on ${provider}, ${threads} thread(s), ${count} pictures\n\n`,
    );
    out(
      formatTable([
        ['STEP', 'P50 MS', 'P95 MS'],
        ...steps.map(({ step, p50, p95 }) => [step, p50.toFixed(2), p95.toFixed(2)]),
      ]),
    );
    out(`\n${megabytes} MB of memory for the model and its pictures.\n`);
    out('Cameras in which something moves all the time, by pictures a second:\n');
    out(formatTable([['FPS', 'CAMERAS'], ...cameras.map(({ fps, cameras: fit }) => [`${fps}`, `${fit}`])]));
    return 0;
  },
});

import { access, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { defineCommand } from '../../core/command-line.ts';
import { GatewayError, systemCode } from '../../core/errors.ts';
import type { Picture, PictureSize } from '../../core/observation.ts';
import { type DecodedPictures, decodeVideo } from '../../drivers/transports/ffmpeg.ts';
import { loadModel, type Model, modelFolder } from '../../models/load.ts';
import { lowestThreshold, thresholdOf } from '../../models/manifest.ts';
import { createInterpret, type Detection } from '../../pipelines/detect/interpret.ts';
import { createPreparation } from '../../pipelines/detect/prepare.ts';

/** Larger pictures are reduced to this, and their boxes are in pixels of the reduced picture. */
const largest: PictureSize = { width: 8192, height: 8192 };

const noPicture = (file: string): GatewayError =>
  new GatewayError('config', `${file} is no picture that ffmpeg can read`, {
    advice: 'Give a JPEG, PNG or WebP file; of a video the first picture is taken.',
  });

/** The first picture of the file, scaled for the model as a camera's would be, and as it is. */
export const readPicture = async (file: string, { manifest }: Model): Promise<Required<DecodedPictures>> => {
  const { width, height, resampling } = manifest.input;
  await access(file).catch((cause: unknown) => {
    throw new GatewayError('config', `${file} cannot be read (${systemCode(cause)})`, { cause });
  });
  const pictures = decodeVideo(
    { args: ['-i', `file:${path.resolve(file)}`] },
    { width, height, resampling, maximumFps: 1, large: largest },
    { signal: AbortSignal.timeout(60_000), keep: 'all', explain: () => noPicture(file) },
  );
  for await (const { picture, large } of pictures) if (large !== undefined) return { picture, large };
  throw noPicture(file);
};

interface Found {
  readonly label: string;
  readonly confidence: number;
  /** Pixels of the picture, origin top left. */
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

const toFound = ({ label, score, box }: Detection, { width, height }: PictureSize): Found => ({
  label,
  confidence: round(score, 4),
  box: {
    x: round(box.x * width, 2),
    y: round(box.y * height, 2),
    width: round(box.width * width, 2),
    height: round(box.height * height, 2),
  },
});

const colors = ['#e6194b', '#3cb44b', '#ffe119', '#4363d8', '#f58231', '#911eb4', '#46f0f0', '#f032e6'] as const;

/** White letters are read better on these. */
const dark: ReadonlySet<string> = new Set(['#e6194b', '#4363d8', '#911eb4']);

const escapeText = (text: string): string => text.replace(/[&<>]/g, character => `&#${character.charCodeAt(0)};`);

const drawing = (found: readonly Found[], labels: readonly string[], { width, height }: PictureSize): string => {
  const stroke = Math.max(2, Math.round(Math.max(width, height) / 400));
  const size = Math.max(14, stroke * 7);
  const boxes = found.map(({ label, confidence, box }) => {
    const color = colors[labels.indexOf(label) % colors.length] ?? colors[0];
    const words = `${label} ${confidence.toFixed(2)}`;
    const plate = { width: words.length * size * 0.62, height: size * 1.3 };
    const left = Math.max(0, Math.min(box.x, width - plate.width));
    // Above the box, or inside it where the picture ends.
    const top = box.y >= plate.height ? box.y - plate.height : Math.max(0, box.y);
    return [
      `<rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" fill="none" stroke="${color}" stroke-width="${stroke}"/>`,
      `<rect x="${left}" y="${top}" width="${plate.width}" height="${plate.height}" fill="${color}"/>`,
      `<text x="${left + size * 0.2}" y="${top + size}" fill="${dark.has(color) ? 'white' : 'black'}"`,
      ` font-family="monospace" font-weight="bold" font-size="${size}">${escapeText(words)}</text>`,
    ].join('');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${boxes.join('')}</svg>`;
};

const writeDrawing = async (
  file: string,
  { width, height, pixels }: Picture,
  found: readonly Found[],
  labels: readonly string[],
): Promise<void> => {
  const { default: sharp } = await import('sharp');
  const overlay = Buffer.from(drawing(found, labels, { width, height }));
  await sharp(pixels, { raw: { width, height, channels: 3 } })
    .composite([{ input: overlay, left: 0, top: 0 }])
    .png()
    .toFile(file)
    .catch((cause: unknown) => {
      const words = cause instanceof Error ? cause.message : String(cause);
      throw new GatewayError('config', `${file} cannot be written: ${words}`, {
        advice: 'Name another folder by --output.',
        cause,
      });
    });
};

export const makeFolder = async (folder: string): Promise<void> => {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  // Not recursive: below /proc that would never return.
  await mkdir(folder).catch((cause: unknown) => {
    throw new GatewayError('config', `cannot make the folder ${folder}: ${systemCode(cause)}`, {
      advice: 'Name another one by --output.',
      cause,
    });
  });
};

const parseThreshold = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const threshold = Number(text);
  if (threshold >= 0.01 && threshold <= 1) return threshold;
  throw new GatewayError('config', `--threshold is not a score: ${text}`, { advice: 'Write a number from 0.01 to 1.' });
};

export const modelsTryCommand = defineCommand({
  name: 'models try',
  summary: 'Show what a model finds in pictures, by the same steps as for a camera.',
  usage: 'MODEL PICTURE…',
  options: {
    json: { type: 'boolean', summary: 'One JSON line for each picture, with boxes in its pixels; nothing is drawn.' },
    output: { type: 'string', short: 'o', value: 'FOLDER', summary: 'Where the drawn PNGs go; here when absent.' },
    threshold: { type: 'string', value: 'SCORE', summary: "Lowest score that is shown; the model's own when absent." },
    weights: { type: 'string', value: 'FILE', summary: 'The ONNX file, when it is not beside its manifest.' },
  },
  examples: [
    { line: 'simulated-scenes street.png', summary: 'Draw boxes into street.boxes.png' },
    { line: 'simulated-scenes *.jpg --json', summary: 'One line for each picture' },
    {
      line: '/opt/models/site street.jpg --threshold 0.3',
      summary: 'Try a model of your own: a folder with manifest.json',
    },
  ],
  run: async ({ values, positionals: [name = '', ...files], out }) => {
    const folder = values.output ?? '.';
    if (values.json !== true) await makeFolder(folder);
    await using model = await loadModel(modelFolder(name), {
      ...(values.weights !== undefined && { weights: values.weights }),
    });
    const { manifest } = model;
    const asked = parseThreshold(values.threshold);
    const threshold = asked ?? lowestThreshold(manifest);
    const { prepare, tensor } = createPreparation(manifest);
    const interpret = createInterpret(manifest);
    for (const file of files) {
      const { picture, large } = await readPicture(file, model);
      const placement = prepare(picture);
      const found = interpret(await model.run(tensor), placement, threshold)
        .filter(({ label, score }) => score >= thresholdOf(manifest, label, asked))
        .map(each => toFound(each, large));
      if (values.json === true) {
        const detector = { model: manifest.name, version: manifest.version, threshold };
        const line = { file, width: large.width, height: large.height, detector, objects: found };
        out(`${JSON.stringify(line)}\n`);
        continue;
      }
      const drawn = path.join(folder, `${path.parse(file).name}.boxes.png`);
      await writeDrawing(drawn, large, found, manifest.labels);
      out(
        `${file} (${large.width} × ${large.height}) → ${drawn}: ${found.length === 0 ? 'nothing' : `${found.length} found`}\n`,
      );
      for (const { label, confidence, box } of found) {
        const { x, y, width, height } = box;
        out(
          `  ${label.padEnd(14)} ${confidence.toFixed(2)}  ${width.toFixed(0)} × ${height.toFixed(0)} at ${x.toFixed(0)}, ${y.toFixed(0)}\n`,
        );
      }
    }
    return 0;
  },
});

import { createHash } from 'node:crypto';
import { access, copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { type CommandStreams, type CommandValues, defineCommand } from '../../core/command-line.ts';
import { GatewayError, systemCode, toGatewayError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { outputNames, outputSchema, seesScene } from '../../models/families.ts';
import { openUnknown, type UnknownModel } from '../../models/load.ts';
import { type Manifest, type ManifestFile, manifestSchema, notHidden } from '../../models/manifest.ts';
import { type OnnxMetadata, otherFormatOf, readOnnxMetadata } from '../../models/onnx-metadata.ts';
import {
  type Candidate,
  conventionOf,
  hiddenLabels,
  parseImageSize,
  parseNames,
  type RecognizedInput,
  recognizeInput,
  recognizeOutputs,
  type Size,
  suppressionOf,
} from '../../models/recognize.ts';
import { createInterpret } from '../../pipelines/detect/interpret.ts';
import { makeFolder } from './models.ts';

/** The weights are read into memory whole. */
const largestFile = 1024 ** 3;

const wrong = (message: string, advice: string, cause?: unknown): GatewayError =>
  new GatewayError('config', message, { advice, cause });

const unusable = (file: string, reason: string, advice?: string): GatewayError =>
  new GatewayError('unsupported', `${file} cannot be used: ${reason}`, { ...(advice !== undefined && { advice }) });

const options = {
  output: { type: 'string', short: 'o', value: 'FOLDER', summary: 'Copy the file there; beside it when absent.' },
  name: { type: 'string', value: 'NAME', summary: "Name in events; the file's when absent." },
  family: { type: 'string', value: 'FAMILY', summary: 'How its output is read, where its shape fits more than one.' },
  size: { type: 'string', value: 'WIDTHxHEIGHT', summary: 'Of the input in pixels, where the model takes any.' },
  labels: { type: 'string', value: 'LIST', summary: 'Names of its classes in their order: a,b,c or a file of lines.' },
  persons: {
    type: 'string',
    value: 'LIST',
    summary: 'Which labels are persons, who are blurred; by words when absent.',
  },
  vehicles: { type: 'string', value: 'LIST', summary: 'Which labels are vehicles with plates; by words when absent.' },
  license: { type: 'string', value: 'SPDX', summary: 'License of the weights, such as Apache-2.0.' },
  origin: { type: 'string', value: 'TEXT', summary: 'Who trained it, on what, and where it is published.' },
  threshold: { type: 'string', value: 'SCORE', summary: 'Lowest score that is reported; 0.5 when absent.' },
  sha256: { type: 'string', value: 'HEX', summary: 'What its publisher says; another file is refused.' },
} as const;

type Values = CommandValues<typeof options>;

interface Question {
  readonly option: keyof typeof options;
  readonly words: string;
}

/** Resolves to what somebody answers. */
type Ask = (words: string) => Promise<string>;

interface Terminal extends Disposable {
  /** Throws `config` when there is nobody any more. */
  readonly ask: Ask;
}

/** One reader for all questions: lines that were typed ahead answer the next ones. */
export const openTerminal = (input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Terminal => {
  const reader = createInterface({ input, output });
  const lines = reader[Symbol.asyncIterator]();
  return {
    ask: async words => {
      reader.setPrompt(`${words}: `);
      reader.prompt();
      const { value, done } = await lines.next();
      if (done !== true) return value.trim();
      throw wrong('the questions were not answered to the end', 'Answer all of them, or give the answers as options.');
    },
    [Symbol.dispose]: () => reader.close(),
  };
};

/** Takes the options that were given, asks for the others, and without somebody to ask says which are missing. */
const answer = async (
  file: string,
  questions: readonly Question[],
  values: Values,
  ask: Ask | undefined,
): Promise<Values> => {
  const open = questions.filter(({ option }) => values[option] === undefined);
  if (open.length > 0 && ask === undefined) {
    const missing = open.map(({ option, words }) => `--${option} (${words})`);
    throw wrong(`${file} does not say all: missing are ${missing.join(', ')}`, 'Give them, or run it on a terminal.');
  }
  const answers: Record<string, string> = {};
  for (const { option, words } of open) answers[option] = (await ask?.(words)) ?? '';
  return { ...values, ...answers };
};

const readModelFile = async (file: string, expected: string | undefined): Promise<Uint8Array> => {
  const failed = (cause: unknown): never => {
    throw wrong(`${file} cannot be read (${systemCode(cause)})`, 'Give the path of an ONNX file.', cause);
  };
  const found = await stat(file).catch(failed);
  if (!found.isFile()) throw wrong(`${file} is no file`, 'Give the path of an ONNX file.');
  if (found.size > largestFile) throw unusable(file, `it has more than ${largestFile / 1024 ** 3} GiB`);
  const bytes = await readFile(file).catch(failed);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (expected === undefined || expected.toLowerCase() === sha256) return bytes;
  throw wrong(`${file} is not the file that was published: its SHA-256 is ${sha256}`, 'Fetch it again.');
};

const readMetadata = (file: string, bytes: Uint8Array): OnnxMetadata => {
  const metadata = readOnnxMetadata(bytes);
  if (metadata === undefined) {
    throw unusable(file, `it is ${otherFormatOf(bytes) ?? 'no ONNX model, or a damaged one'}`);
  }
  const task = metadata.properties.get('task');
  if (task !== undefined && task !== 'detect' && task !== 'classify') {
    throw unusable(
      file,
      `it says that its task is ${task}`,
      'Boxes or classes are read: export a model for the task detect or classify.',
    );
  }
  return metadata;
};

const parseSize = (text: string): Size => {
  const [, width, height = width] = /^(\d{2,4})(?:[x×](\d{2,4}))?$/.exec(text.trim()) ?? [];
  if (width !== undefined && height !== undefined) return { width: Number(width), height: Number(height) };
  throw wrong(`"${text}" is no size`, 'Write it as 640x640, the width first.');
};

const parseScore = (text: string): number => {
  const score = Number(text);
  if (score >= 0.01 && score <= 0.99) return score;
  throw wrong(`--threshold is not a score: ${text}`, 'Write a number from 0.01 to 0.99.');
};

const parseList = (text: string): readonly string[] =>
  text
    .split(/[,\n]/)
    .map(label => label.trim())
    .filter(label => label !== '');

const longestLabels = 64 * 1024;

/** `a,b,c`, or the path of a file with a label a line. */
const readLabels = async (text: string): Promise<readonly string[]> => {
  const found = await stat(text).catch(() => undefined);
  if (found?.isFile() !== true) return parseList(text);
  if (found.size > longestLabels) throw wrong(`${text} is too long for a list of labels`, 'Write one label a line.');
  return parseList(await readFile(text, 'utf8'));
};

const formatShape = (dimensions: readonly (number | string)[]): string => `[${dimensions.join(', ')}]`;

const familyOf = (name: string, candidates: readonly Candidate[], file: string): Candidate => {
  const found = candidates.find(({ output }) => output.family === name);
  if (found !== undefined) return found;
  const known = outputSchema.options.map(({ shape }) => shape.family.value);
  const near = nearest(name, known);
  if (!known.some(family => family === name)) {
    throw wrong(
      `there is no family ${name}`,
      near === undefined ? `There are: ${known.join(', ')}.` : `Did you mean ${near}?`,
    );
  }
  throw unusable(
    file,
    `its outputs are not those of ${name}`,
    `They fit ${candidates.map(({ output }) => output.family).join(' or ')}.`,
  );
};

const describeFamily = ({ output: { family } }: Candidate): string => {
  const words = outputSchema.options.find(({ shape }) => shape.family.value === family)?.shape.family.description;
  return `${family} (${words ?? ''})`;
};

interface Tried {
  readonly input: RecognizedInput;
  readonly size: Size;
  readonly outputs: Awaited<ReturnType<UnknownModel['tryOut']>>;
}

const tryModel = async (
  file: string,
  bytes: Uint8Array,
  { properties }: OnnxMetadata,
  values: Values,
  ask: Ask | undefined,
): Promise<Tried> => {
  await using model = await openUnknown(bytes).catch((thrown: unknown) => {
    throw unusable(file, toGatewayError(thrown).message);
  });
  const input = recognizeInput(model.inputs);
  if (typeof input === 'string') throw unusable(file, input);
  const said = input.size ?? parseImageSize(properties.get('imgsz') ?? '');
  const questions: readonly Question[] =
    said === undefined ? [{ option: 'size', words: 'size of its input in pixels, such as 640x640' }] : [];
  const { size: asked } = await answer(file, questions, values, ask);
  const size = input.size ?? (asked === undefined ? said : parseSize(asked));
  if (size === undefined) throw wrong(`${file} does not say the size of its input`, 'Give it by --size.');
  const { width, height } = size;
  const dimensions = input.layout === 'nchw' ? [1, 3, height, width] : [1, height, width, 3];
  const { name, type } = input;
  const outputs = await model.tryOut({ name, type, dimensions }).catch((cause: unknown) => {
    throw unusable(
      file,
      `it does not run with an input of ${formatShape(dimensions)}: ${toGatewayError(cause).message}`,
    );
  });
  return { input, size, outputs };
};

const modelName = (file: string): string =>
  path
    .parse(file)
    .name.toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 32);

/** What Ultralytics' exporters write as license: `AGPL-3.0 License (https://…)`. */
const licenseIn = (text: string | undefined): string | undefined => /^[A-Za-z]+-\d[\w.-]*/.exec(text ?? '')?.[0];

const cardOf = ({ name, origin, license, labels, output, input }: Manifest, settled: readonly string[]): string =>
  [
    `# ${name}\n`,
    `${origin} (${license}).\n`,
    `- Finds: ${labels.join(', ')}.`,
    `- Input ${input.width} × ${input.height}, output of the family \`${output.family}\`.`,
    '- What it was made for, and where it fails: write here what you know.\n',
    'What `haidang models add` settled without asking:\n',
    ...settled.map(line => `- ${line}`),
    '',
  ].join('\n');

const write = (file: string, text: string): Promise<void> =>
  writeFile(file, text).catch((cause: unknown) => {
    throw wrong(`${file} cannot be written (${systemCode(cause)})`, 'Name another folder by --output.', cause);
  });

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

const listed = (labels: readonly string[]): string =>
  labels.length > 8 ? `${labels.slice(0, 8).join(', ')} and ${labels.length - 8} more` : labels.join(', ');

/** Inspects the file, asks what it does not say, and writes manifest and card into the folder of the weights. */
const addModel = async (
  file: string,
  values: Values,
  { out, err, ask }: CommandStreams & { readonly ask: Ask | undefined },
): Promise<void> => {
  const bytes = await readModelFile(file, values.sha256);
  const metadata = readMetadata(file, bytes);
  const { properties } = metadata;
  const { input, size, outputs } = await tryModel(file, bytes, metadata, values, ask);

  const known =
    values.labels === undefined ? parseNames(properties.get('names') ?? '') : await readLabels(values.labels);
  const candidates = recognizeOutputs(outputs, size, known);
  const [first] = candidates;
  if (first === undefined) {
    const shapes = outputs.map(({ name, dimensions }) => `${name} ${formatShape(dimensions)}`).join(', ');
    const of = known === undefined ? '' : ` of ${known.length} labels`;
    throw unusable(
      file,
      `no family${of} has the outputs ${shapes}`,
      'models/families.ts tells what is read; export the model in another form, or give its labels by --labels.',
    );
  }
  const license = licenseIn(properties.get('license'));
  const description = properties.get('description');
  const author = properties.get('author');
  const given: Values = {
    ...(license !== undefined && { license }),
    ...(description !== undefined && { origin: author === undefined ? description : `${description}, by ${author}` }),
    ...values,
  };
  const counts = [...new Set(candidates.map(({ classes }) => classes))];
  const count = counts.length === 1 && counts[0] !== undefined ? `its ${counts[0]} labels` : 'its labels';
  const questions: readonly Question[] = [
    ...(candidates.length === 1
      ? []
      : [
          {
            option: 'family' as const,
            words: `how its output is read, ${candidates.map(describeFamily).join(' or ')}`,
          },
        ]),
    ...(known === undefined
      ? [{ option: 'labels' as const, words: `${count} in their order, a,b,c or a file of lines` }]
      : []),
    { option: 'license', words: 'license of the weights, such as Apache-2.0' },
    { option: 'origin', words: 'who trained it, on what, and where it is published' },
  ];
  const answers = await answer(file, questions, given, ask);
  const { output, classes } = answers.family === undefined ? first : familyOf(answers.family, candidates, file);
  const labels = known ?? (await readLabels(answers.labels ?? ''));
  if (classes !== undefined && classes !== labels.length) {
    throw wrong(
      `its output has ${classes} classes, and there are ${labels.length} labels`,
      'Give all of them by --labels.',
    );
  }

  const sameFolder = values.output === undefined;
  const folder = values.output ?? path.dirname(file);
  const weights = sameFolder ? path.basename(file) : 'model.onnx';
  const byWords = seesScene(output) ? hiddenLabels([]) : hiddenLabels(labels);
  const nms = suppressionOf(output.family);
  const written: ManifestFile = {
    name: values.name ?? modelName(file),
    version: '1.0.0',
    summary: `${output.family} model of ${listed(labels)}`.slice(0, 200),
    weights,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    license: answers.license ?? '',
    origin: answers.origin ?? '',
    card: 'card.md',
    input: {
      name: input.name,
      type: input.type,
      ...size,
      layout: input.layout,
      // Ultralytics' exporters feed their classifiers as their detectors.
      ...conventionOf(seesScene(output) && properties.has('task') ? 'yolov8' : output.family, input.type),
      resampling: 'bilinear',
    },
    output,
    labels: [...labels],
    redact: {
      person: values.persons === undefined ? byWords.person : [...parseList(values.persons)],
      vehicle: values.vehicles === undefined ? byWords.vehicle : [...parseList(values.vehicles)],
    },
    threshold: values.threshold === undefined ? 0.5 : parseScore(values.threshold),
    ...(nms !== undefined && { nms }),
  };
  const parsed = manifestSchema.safeParse(written);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path: at, message }) => `${at.join('.') || 'manifest'}: ${message}`);
    throw wrong(`no manifest can be written: ${problems.join('; ')}`, 'Give other values by the options.');
  }
  const manifest = parsed.data;
  const placement = { left: 0, top: 0, ...size };
  const inOrder = outputNames(output).flatMap(name => outputs.filter(each => each.name === name));
  createInterpret(manifest)(inOrder, placement, manifest.threshold);

  const { colors, mean = [], scale = [], letterbox } = written.input;
  const settled = [
    `Family \`${output.family}\`, by the outputs ${inOrder.map(({ dimensions }) => formatShape(dimensions)).join(' ')}${metadata.producer === '' ? '' : ` (written by ${metadata.producer})`}.`,
    `Colors ${colors}, (color − [${mean.join(', ')}]) × [${scale.map(each => Number(each.toPrecision(4))).join(', ')}], the picture ${letterbox.placement} on gray ${letterbox.pad}: as this family is usually trained.`,
    `Reported from score ${manifest.threshold} on${nms === undefined ? '' : `; boxes of one class that overlap by ${nms} are one object`}.`,
    `Persons, who are blurred: ${listed(manifest.redact.person) || 'none'}. Vehicles, which are blurred: ${listed(manifest.redact.vehicle) || 'none'}.`,
  ];
  if (!sameFolder) await makeFolder(folder);
  if (await isThere(path.join(folder, 'manifest.json'))) {
    throw wrong(`there is a model at ${folder} already`, 'Remove its manifest.json, or name a folder by --output.');
  }
  if (!sameFolder) {
    await copyFile(file, path.join(folder, weights)).catch((cause: unknown) => {
      throw wrong(`${folder} cannot be written to (${systemCode(cause)})`, 'Name another folder by --output.', cause);
    });
  }
  const card = path.join(folder, manifest.card);
  if (!(await isThere(card))) await write(card, cardOf(manifest, settled));
  await write(path.join(folder, 'manifest.json'), `${JSON.stringify(written, undefined, 2)}\n`);

  out(`${file}: ${size.width} × ${size.height}, ${labels.length} labels: ${listed(labels)}\n`);
  for (const line of settled) out(`  ${line.replaceAll('`', '')}\n`);
  const lacking = notHidden(manifest);
  if (lacking.length > 0) {
    err(`No picture will leave the box with this model: it names no ${lacking.join(' and no ')}.\n`);
  }
  out(`Wrote ${path.join(folder, 'manifest.json')} and card.md. Judge it on pictures of the site:\n`);
  out(`  haidang models try ${folder.includes('/') ? folder : `./${folder}`} picture.jpg\n`);
};

/** `open` gives whom to ask; undefined where nobody sits at a terminal. */
export const createModelsAddCommand = (open: () => Terminal | undefined) =>
  defineCommand({
    name: 'models add',
    summary: 'Write the manifest of a model of your own: inspects its file, and asks what that does not say.',
    usage: 'FILE',
    options,
    examples: [
      { line: '/opt/models/street/best.onnx', summary: 'Inspect it, ask the rest, write manifest.json beside it' },
      {
        line: 'best.onnx -o street --labels person,motorbike,car --license Apache-2.0 --origin "Trained by the city"',
        summary: 'In a script, which is asked nothing: copy it into a folder of its own',
      },
    ],
    run: async ({ values, positionals: [file = ''], ...streams }) => {
      using terminal = open();
      await addModel(file, values, { ...streams, ask: terminal?.ask });
      return 0;
    },
  });

export const modelsAddCommand = createModelsAddCommand(() =>
  process.stdin.isTTY ? openTerminal(process.stdin, process.stderr) : undefined,
);

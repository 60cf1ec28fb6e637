/** For the technician at the mast: from boats whose place is known to the lines of a camera in the configuration. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { defineCommand } from '../../core/command-line.ts';
import { GatewayError, systemCode } from '../../core/errors.ts';
import {
  type Calibration,
  calibrate,
  type FoundUnknown,
  leastPairs,
  type Unknown,
  unknowns,
} from '../../pipelines/sighting/calibration.ts';
import { drawCalibration } from './calibration-drawing.ts';
import { collectPairs, furtherColumns, parsePairs, requiredColumns } from './calibration-pairs.ts';
import { formatTable } from './table.ts';

const wrong = (message: string, advice: string, cause?: unknown): GatewayError =>
  new GatewayError('config', message, { advice, cause });

const parseNumber = (option: string, text: string, least: number, most: number): number => {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw wrong(`--${option} is "${text}"`, `Give a number from ${least} to ${most}.`);
};

const parsePosition = (text: string | undefined): readonly [longitude: number, latitude: number] => {
  const match = /^\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*$/.exec(text ?? '');
  const [longitude, latitude] = [Number(match?.[1]), Number(match?.[2])];
  if (match !== null && Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90) return [longitude, latitude];
  throw wrong(
    text === undefined ? '--position is missing' : `--position is "${text}"`,
    'Give where the camera stands as LONGITUDE,LATITUDE: --position 107.64612,16.55734',
  );
};

const parseSize = (text: string | undefined): { readonly width: number; readonly height: number } | undefined => {
  if (text === undefined) return undefined;
  const match = /^(\d{2,5})x(\d{2,5})$/.exec(text);
  if (match === null) throw wrong(`--size is "${text}"`, 'Give it in pixels as WIDTHxHEIGHT: --size 1920x1080');
  return { width: Number(match[1]), height: Number(match[2]) };
};

const isUnknown = (name: string): name is Unknown => unknowns.some(each => each === name);

const parseUnknowns = (text: string): readonly Unknown[] => {
  const names = [...new Set(text.split(',').map(name => name.trim()))];
  const strange = names.find(name => !isUnknown(name));
  if (strange === undefined) return names.filter(isUnknown);
  throw wrong(`--solve names "${strange}"`, `Choose from ${unknowns.join(', ')}.`);
};

const readText = async (file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw wrong(`${file} cannot be read (${systemCode(cause)})`, 'Give a file with pairs, CSV or JSON lines.', cause);
  }
};

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

const digitsOf: Readonly<Record<Unknown, number>> = { heading: 2, tilt: 2, roll: 2, 'field-of-view': 1, height: 1 };

const formatFound = ({ name, value, error }: FoundUnknown): string =>
  `${round(value, digitsOf[name])}  # ± ${error === undefined ? 'unknown' : round(error, digitsOf[name] + 1)}`;

/** A pose that was solved from good pairs is still no better than the mast stands in the wind. */
const leastUncertainty = { heading: 0.2, tilt: 0.1 } as const;

const uncertaintyOf = ({ found }: Calibration, name: 'heading' | 'tilt'): number =>
  round(Math.min(10, Math.max(leastUncertainty[name], found.find(each => each.name === name)?.error ?? 0)), 2);

const toYaml = (
  calibration: Calibration,
  { id, position }: { readonly id: string; readonly position: readonly [longitude: number, latitude: number] },
): string => {
  const { pose, found, pairs, residual } = calibration;
  const lineOf = (name: Unknown, known: number): string => {
    const solved = found.find(each => each.name === name);
    return solved === undefined ? `${round(known, 3)}` : formatFound(solved);
  };
  const taken = pairs.filter(({ verdict }) => verdict === 'taken').length;
  return [
    `# From ${taken} of ${pairs.length} pairs; they lie ${round(100 * residual, 2)} % of the picture's width off (root mean square).`,
    `- id: ${id}`,
    `  position: [${position.join(', ')}]`,
    `  height: ${lineOf('height', pose.heightMetres)}`,
    `  heading: ${lineOf('heading', pose.headingDegrees)}`,
    `  tilt: ${lineOf('tilt', pose.tiltDegrees)}`,
    `  roll: ${lineOf('roll', pose.rollDegrees)}`,
    `  fieldOfView: ${lineOf('field-of-view', pose.fieldOfViewDegrees)}`,
    `  aspect: ${round(pose.aspect, 4)}`,
    ...(pose.k1 === 0 ? [] : [`  k1: ${round(pose.k1, 4)}`]),
    `  headingUncertainty: ${uncertaintyOf(calibration, 'heading')}`,
    `  tiltUncertainty: ${uncertaintyOf(calibration, 'tilt')}`,
    '',
  ].join('\n');
};

const formatPairs = ({ pairs }: Calibration): string => {
  const rows = pairs.map(({ pair, expected, deviations, verdict }) => [
    pair.x.toFixed(4),
    pair.y.toFixed(4),
    expected === undefined ? 'not before the camera' : `${expected.x.toFixed(4)}  ${expected.y.toFixed(4)}`,
    deviations.toFixed(1),
    verdict,
  ]);
  return formatTable([['X', 'Y', 'EXPECTED', 'DEVIATIONS', 'PAIR'], ...rows]);
};

/** What the result is not to be trusted for. */
const warningsOf = ({ found, pairs, residual }: Calibration): readonly string[] => {
  const outliers = pairs.filter(({ verdict }) => verdict === 'outlier').length;
  return [
    ...found
      .filter(({ isDetermined }) => !isDetermined)
      .map(
        ({ name, error }) =>
          `the pairs do not determine ${name}${error === undefined ? '' : ` (± ${round(error, 2)})`}: take pairs from all over the picture, near and far, or leave it out of --solve and give --${name}`,
      ),
    ...(outliers * 3 > pairs.length
      ? [`${outliers} of ${pairs.length} pairs do not fit the others: are all of this camera, and of the right boats?`]
      : []),
    ...(residual > 0.02
      ? [
          `what is left is ${round(100 * residual, 1)} % of the picture's width: check --position, --height, --field-of-view and the aspect`,
        ]
      : []),
  ];
};

const options = {
  position: { type: 'string', value: 'LON,LAT', summary: 'Where the camera stands.' },
  height: { type: 'string', value: 'METRES', summary: 'Of the lens above the water.' },
  'field-of-view': { type: 'string', value: 'DEGREES', summary: 'Across the width of the picture, by the data sheet.' },
  heading: { type: 'string', value: 'DEGREES', summary: 'About where it looks, where that is known.' },
  tilt: { type: 'string', value: 'DEGREES', summary: 'About how far it looks down, where that is known.' },
  roll: { type: 'string', value: 'DEGREES', summary: 'How far it leans to its right; 0 when absent.' },
  k1: { type: 'string', value: 'NUMBER', summary: 'Radial distortion of the lens; 0 when absent.' },
  solve: {
    type: 'string',
    value: 'LIST',
    summary: 'What to look for: heading, tilt, roll, field-of-view, height; "heading,tilt,roll" when absent.',
  },
  size: { type: 'string', value: 'WxH', summary: 'The pairs are in pixels of a picture of this size.' },
  aspect: { type: 'string', value: 'NUMBER', summary: 'Width of the picture over its height; 1.7778 when absent.' },
  id: { type: 'string', value: 'CAMERA', summary: 'The camera; "camera" when absent.' },
  json: { type: 'boolean', summary: 'All of the result as one JSON object.' },
  draw: { type: 'string', value: 'PICTURE', summary: 'Draw horizon, distances, bearings and pairs over this picture.' },
  output: {
    type: 'string',
    short: 'o',
    value: 'FILE',
    summary: 'The PNG to draw; beside the pairs when absent.',
  },
  collect: {
    type: 'boolean',
    summary: 'FILE holds events, one a line: print the pairs in which one boat only was seen and one vessel only near.',
  },
  within: {
    type: 'string',
    value: 'METRES',
    summary: 'For --collect: how far away a vessel may be; 3000 when absent.',
  },
} as const;

const requireOption = (name: 'height' | 'field-of-view', text: string | undefined): string => {
  if (text !== undefined) return text;
  throw wrong(`--${name} is missing`, `Give it: ${options[name].summary}`);
};

export const calibrateCommand = defineCommand({
  name: 'calibrate',
  summary: 'Find how a camera looks from boats whose place is known, and print its lines for the stage sighting.',
  usage: 'FILE',
  options,
  examples: [
    {
      line: '--position 107.646,16.557 --height 12 --field-of-view 60 --id cam-3 pairs.csv',
      summary: `The first line of the table names its columns: ${requiredColumns.join(',')}`,
    },
    {
      line: '--position 107.646,16.557 --height 12 --field-of-view 60 --size 1920x1080 pairs.csv',
      summary: `Pairs in pixels; there may be more columns: ${furtherColumns.join(', ')}`,
    },
    {
      line: '--position 107.646,16.557 --height 12 --field-of-view 60 --draw cam-3.jpg pairs.csv',
      summary: 'Draw horizon, distances and pairs over a picture, to see whether it is right',
    },
    {
      line: '--collect --position 107.646,16.557 --id cam-3 events.jsonl > pairs.jsonl',
      summary: "Collect pairs from a day of events: mosquitto_sub -t 'ioc/v1/#' > events.jsonl",
    },
  ],
  run: async ({ values, positionals: [file = ''], out, err }) => {
    const position = parsePosition(values.position);
    const [longitude, latitude] = position;
    const id = values.id ?? 'camera';
    if (values.collect === true) {
      const pairs = await collectPairs(createInterface({ input: createReadStream(file) }), {
        camera: id,
        position: { longitude, latitude },
        withinMetres: parseNumber('within', values.within ?? '3000', 10, 100_000),
        boats: ['boat', 'ship'],
      }).catch((cause: unknown) => {
        if (cause instanceof GatewayError) throw cause;
        throw wrong(`${file} cannot be read (${systemCode(cause)})`, 'Give a file with events, one a line.', cause);
      });
      for (const pair of pairs) out(`${JSON.stringify(pair)}\n`);
      err(`${pairs.length} pairs\n`);
      return pairs.length === 0 ? 1 : 0;
    }
    const size = parseSize(values.size);
    const wanted = parseUnknowns(values.solve ?? 'heading,tilt,roll');
    const pairs = parsePairs(file, await readText(file), size);
    if (pairs.length < leastPairs(wanted.length)) {
      throw wrong(
        `${file} holds ${pairs.length} pairs`,
        `${wanted.length} unknowns need ${leastPairs(wanted.length)}; take twenty from all over the picture.`,
      );
    }
    const aspect = size === undefined ? 16 / 9 : size.width / size.height;
    const calibration = calibrate({
      position: { longitude, latitude },
      pairs,
      unknowns: wanted,
      guess: values.heading !== undefined && values.tilt !== undefined ? 'given' : 'none',
      pose: {
        heightMetres: parseNumber('height', requireOption('height', values.height), 1, 2000),
        headingDegrees: parseNumber('heading', values.heading ?? '0', 0, 360),
        tiltDegrees: parseNumber('tilt', values.tilt ?? '0', -30, 89),
        rollDegrees: parseNumber('roll', values.roll ?? '0', -45, 45),
        fieldOfViewDegrees: parseNumber(
          'field-of-view',
          requireOption('field-of-view', values['field-of-view']),
          1,
          150,
        ),
        aspect: values.aspect === undefined ? aspect : parseNumber('aspect', values.aspect, 0.5, 4),
        k1: parseNumber('k1', values.k1 ?? '0', -0.5, 0.5),
      },
    });
    if (values.json === true) out(`${JSON.stringify({ id, position, ...calibration })}\n`);
    else {
      out(toYaml(calibration, { id, position }));
      err(formatPairs(calibration));
    }
    for (const warning of warningsOf(calibration)) err(`warning: ${warning}\n`);
    if (values.draw !== undefined) {
      const output = values.output ?? path.join(path.dirname(file), `${path.parse(file).name}.calibration.png`);
      await drawCalibration(values.draw, output, calibration);
      err(`drawn into ${output}\n`);
    }
    return 0;
  },
});

/**
 * Which part of the machine decodes video: the first that really decodes a clip here. That a build of ffmpeg names one
 * says nothing of the driver, the device and its rights, which only a trial shows.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { systemCode } from '../../core/errors.ts';
import { type Duration, seconds } from '../../core/time.ts';

export const decoderNames = ['cuda', 'vaapi', 'v4l2m2m', 'software'] as const;
export type DecoderName = (typeof decoderNames)[number];

export interface Decoder {
  readonly name: DecoderName;
  /** Without it there is nothing to try. */
  readonly device?: string;
  /** ffmpeg's arguments before those of the input. What this part cannot decode, ffmpeg decodes itself. */
  readonly args: readonly string[];
  /** In the trial, so that nothing else can stand in for it: before the input, and after it. */
  readonly alone: readonly [before: readonly string[], after: readonly string[]];
}

const download = ['-vf', 'hwdownload,format=nv12'] as const;

/** The cheapest first. */
export const hardwareDecoders: readonly Decoder[] = [
  {
    name: 'cuda',
    device: '/dev/nvidia0',
    args: ['-hwaccel', 'cuda'],
    alone: [['-hwaccel_output_format', 'cuda'], download],
  },
  {
    name: 'vaapi',
    device: '/dev/dri/renderD128',
    args: ['-hwaccel', 'vaapi', '-hwaccel_device', '/dev/dri/renderD128'],
    alone: [['-hwaccel_output_format', 'vaapi'], download],
  },
  {
    // Raspberry Pi and its like: a decoder of its own, which takes H.264 alone.
    name: 'v4l2m2m',
    device: '/dev/video10',
    args: ['-c:v', 'h264_v4l2m2m'],
    alone: [[], []],
  },
];

export const software: Decoder = { name: 'software', args: [], alone: [[], []] };

export interface Refusal {
  readonly decoder: DecoderName;
  readonly reason: string;
}

export interface Choice {
  readonly decoder: Decoder;
  /** Those that were tried before. */
  readonly refused: readonly Refusal[];
}

/** Five gray pictures of 320 × 240, H.264 main profile (`color=c=gray` of ffmpeg, libx264, without its SEI). */
const clip = Buffer.from(
  'AAAAAWdNQAzZgUH7ARAAAAMAEAAAAwCg8UKmgAAAAAFo6XA5LIAAAAFliIQEf/7ZBv1CVSslrOmXw/lc/WvcAAJJffwgvwY1u/AOQAAGCG3jIT' +
    'Ka8WEk1EBBAAAAAUGaOxBH/wAAAwFBAAAAAUGaV+EMmUwgj/8AAAMBQQAAAAFBmnJ4Q8mUwIIfAAADApIAAAABQZqPCH5MpgEP/wAABM0=',
  'base64',
);

const triedFor: Duration = seconds(10);
const longestReason = 200;

/** Why it does not decode here; undefined where it does. */
export const tryDecoder = async ({ device, args, alone: [before, after] }: Decoder): Promise<string | undefined> => {
  if (device !== undefined) {
    const missing = await access(device).then(
      () => undefined,
      (failure: unknown) => `${device}: ${systemCode(failure)}`,
    );
    if (missing !== undefined) return missing;
  }
  const child = spawn(
    'ffmpeg',
    [
      '-hide_banner',
      '-nostats',
      '-loglevel',
      'error',
      ...args,
      ...before,
      '-f',
      'h264',
      '-i',
      'pipe:0',
      ...after,
      '-f',
      'null',
      '-',
    ],
    { stdio: ['pipe', 'ignore', 'pipe'], timeout: triedFor, killSignal: 'SIGKILL' },
  );
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-longestReason);
  });
  child.stdin.on('error', () => {});
  child.stdin.end(clip);
  try {
    await once(child, 'close');
  } catch (failure) {
    return `ffmpeg: ${systemCode(failure)}`;
  }
  if (child.exitCode === 0) return undefined;
  return complaints.replace(/\s+/g, ' ').trim() || `ffmpeg ended with ${child.signalCode ?? child.exitCode}`;
};

/** The first of `candidates` that decodes here, or else ffmpeg itself. */
export const chooseDecoder = async (
  candidates: readonly Decoder[],
  attempt: (decoder: Decoder) => Promise<string | undefined> = tryDecoder,
): Promise<Choice> => {
  const refused: Refusal[] = [];
  for (const decoder of candidates) {
    const reason = await attempt(decoder);
    if (reason === undefined) return { decoder, refused };
    refused.push({ decoder: decoder.name, reason });
  }
  return { decoder: software, refused };
};

let ofThisMachine: Promise<Choice> | undefined;

/** Tried once in a process. */
export const machineDecoder = (): Promise<Choice> => {
  ofThisMachine ??= chooseDecoder(hardwareDecoders);
  return ofThisMachine;
};

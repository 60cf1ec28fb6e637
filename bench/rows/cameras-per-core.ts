import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { missingPrograms, projectFile, until } from '../../tests/support/resources.ts';
import { openCameraSite, usedBy, type Watched } from '../cameras.ts';
import { sampleModel } from '../detector.ts';
import { openQuietStream } from '../quiet-stream.ts';
import type { BenchRow, Preparation } from '../row.ts';

const cameras = 4;
/** The sub-stream that is usual for detection; the main stream is for evidence. */
const stream = { width: 640, height: 360, fps: 15 };
const detectFps = 5;
const windowSeconds = 20;
/** After the cameras begin, until decoders and model are warm. */
const settles = 10_000;

const sleep = (milliseconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds));

/** The model with its weights beside its manifest, as a camera names it. */
const modelIn = async (folder: string): Promise<string> => {
  const { folder: shipped, weights } = sampleModel();
  const own = path.join(folder, 'model');
  await mkdir(own);
  await copyFile(path.join(shipped, 'manifest.json'), path.join(own, 'manifest.json'));
  await copyFile(weights, path.join(own, path.basename(weights)));
  return own;
};

interface Side {
  readonly cpuSeconds: () => number;
  readonly megabytes: () => number;
  readonly inferences: () => number;
}

/** A busy machine may not let the peer infer every picture: such a round says nothing, and is measured again so often. */
const mostAttempts = 5;
const leastInferred = 0.95 * cameras * detectFps * windowSeconds;

interface Round {
  /** Cameras that a core carries at what the side took for `cameras` of them. */
  readonly camerasPerCore: number;
  readonly inferences: number;
}

const measureRound = async (name: string, side: Side, report: Preparation['report']): Promise<Round> => {
  const cpuBefore = side.cpuSeconds();
  const inferencesBefore = side.inferences();
  const began = performance.now();
  await sleep(windowSeconds * 1000);
  const cores = (side.cpuSeconds() - cpuBefore) / ((performance.now() - began) / 1000);
  const inferences = side.inferences() - inferencesBefore;
  report(
    `${name}: ${(cores / cameras).toFixed(4)} s of CPU a second of a camera, ` +
      `${inferences} inferences in ${windowSeconds} s of ${cameras} cameras, ${side.megabytes().toFixed(0)} MiB`,
  );
  return { camerasPerCore: cameras / cores, inferences };
};

const startPeer = async (url: string): Promise<Side & { readonly stop: () => Promise<void> }> => {
  const { folder, weights } = sampleModel();
  const urls = Array.from({ length: cameras }, () => url);
  const peer = spawn(
    process.execPath,
    [
      projectFile('bench/naive-cameras.ts'),
      ...[weights, path.join(folder, 'manifest.json'), String(detectFps), ...urls],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let inferences = 0;
  peer.stdout.on('data', (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 0x0a) inferences++;
  });
  await until('the peer infers', () => inferences >= cameras * detectFps, 60_000);
  return {
    ...usedBy(peer.pid),
    inferences: () => inferences,
    stop: async () => {
      const exited = once(peer, 'exit');
      peer.kill();
      await exited;
    },
  };
};

export const row: BenchRow = {
  name: 'cameras-per-core',
  summary: `Quiet cameras that one core carries: ${cameras} streams of ${stream.width} × ${stream.height} at ${stream.fps} pictures a second, ${detectFps} looked at, by the whole vision process with its decoders`,
  unit: 'cameras/core',
  peer: 'ffmpeg and a bare session.run for every picture',
  goal: { ratio: { atLeast: 4 } },
  rounds: 3,
  missing: () => (process.platform === 'linux' ? missingPrograms('ffmpeg') : 'it reads /proc'),
  prepare: async ({ folder, report }) => {
    const model = await modelIn(folder);
    const camera = await openQuietStream(stream);
    const { url } = camera.address;
    report(`${path.basename(sampleModel().folder)}, ${(camera.bitsPerSecond / 1000).toFixed(0)} kbit/s a camera`);
    const site = await openCameraSite(camera);
    const watched: Watched[] = [];
    for (let index = 0; index < cameras; index++) watched.push(await site.add({ model, fps: detectFps }));
    await sleep(settles);
    const ours: Side = {
      ...site,
      inferences: () => watched.reduce((sum, { inferences }) => sum + inferences(), 0),
    };
    return {
      ours: async () => (await measureRound('ours', ours, report)).camerasPerCore,
      peer: async () => {
        const peer = await startPeer(url);
        try {
          for (let attempt = 0; attempt < mostAttempts; attempt++) {
            const { camerasPerCore, inferences } = await measureRound('peer', peer, report);
            if (inferences >= leastInferred) return camerasPerCore;
          }
          throw new Error('the machine is too busy: the peer does not infer every picture');
        } finally {
          await peer.stop();
        }
      },
      close: async () => {
        await site[Symbol.asyncDispose]();
      },
    };
  },
};

import { spawnSync } from 'node:child_process';
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { createAisCorpus, readCorpus } from '../ais-corpus.ts';
import type { BenchRow } from '../row.ts';

const thousands = 200;

/** Seconds of CPU of all our threads (JIT and garbage collection among them). */
const cpuSeconds = (since?: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
};

const lineFeed = 0x0a;
/** More than any message of AIS takes. */
const longestLine = 8192;
/** So much is written at once. */
const buffer = Buffer.alloc(64 * longestLine);

/** Decodes the corpus and writes a line of JSON for each message to the file, as the peer does. */
const decodeByUs = (corpus: Uint8Array, file: number): number => {
  let lines = 0;
  let length = 0;
  readCorpus(corpus, message => {
    // The texts of AIS are ASCII.
    length += buffer.write(JSON.stringify(message), length, 'latin1');
    buffer[length++] = lineFeed;
    lines++;
    if (length <= buffer.length - longestLine) return;
    writeSync(file, buffer, 0, length);
    length = 0;
  });
  writeSync(file, buffer, 0, length);
  return lines;
};

/** `times` of the shell: first its own, then its children's user and system time. */
const childSeconds = (times: string): number => {
  const [, children = ''] = times.trim().split('\n');
  const parts = [...children.matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds),
  );
  return parts.reduce((sum, part) => sum + part, 0);
};

export const row: BenchRow = {
  name: 'ais-json',
  summary:
    'AIS sentences as bytes to lines of JSON with every field, per second of CPU: 200 000 messages of all 27 types.',
  unit: 'messages/CPU-s',
  peer: 'gpsdecode -j',
  goal: { ratio: { atLeast: 2 } },
  missing: () =>
    spawnSync('gpsdecode', ['-V'], { stdio: 'ignore' }).error === undefined
      ? undefined
      : 'gpsdecode is not installed (Debian: gpsd-clients)',
  prepare: async ({ folder }) => {
    const corpus = createAisCorpus(thousands);
    const messages = thousands * 1000;
    const input = path.join(folder, 'corpus.nmea');
    writeFileSync(input, corpus);
    const output = openSync('/dev/null', 'w');
    return {
      ours: async () => {
        const since = process.cpuUsage();
        const lines = decodeByUs(corpus, output);
        if (lines < messages) throw new Error(`only ${lines} of ${messages} messages were decoded`);
        return messages / cpuSeconds(since);
      },
      peer: async () => {
        const run = spawnSync('sh', ['-c', 'gpsdecode -j < "$0" > /dev/null && times', input], { encoding: 'utf8' });
        if (run.status !== 0) throw new Error(`gpsdecode failed: ${run.stderr}`);
        return messages / childSeconds(run.stdout);
      },
      close: async () => closeSync(output),
    };
  },
};

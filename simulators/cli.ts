/** `haidang simulate` and `haidang demo`: what the gateway's own program knows nothing of. */
import { setMaxListeners } from 'node:events';
import { z } from 'zod';
import { type Command, defineCommand, runCommandLine } from '../core/command-line.ts';
import { GatewayError } from '../core/errors.ts';
import { parseDuration, seconds } from '../core/time.ts';
import packageManifest from '../package.json' with { type: 'json' };
import { runDemo } from './demo/demo.ts';
import { simulate } from './simulate.ts';

const { version } = z.object({ version: z.string() }).parse(packageManifest);

/** Within this time after a Ctrl-C everything is gone, whatever hangs. */
const stopWithin = seconds(4.8);

/** Aborts at the first Ctrl-C or SIGTERM; the second ends the process at once. */
const untilStopped = (): AbortSignal => {
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(130);
      stopping.abort();
      setTimeout(() => process.exit(130), stopWithin).unref();
    });
  }
  return stopping.signal;
};

const readDuration = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const duration = parseDuration(text);
  if (duration === undefined || duration === 0)
    throw new GatewayError('config', `--duration ${text} is no time`, { advice: 'Write it as 60s, 10m or 2h.' });
  return duration;
};

const durationOption = { type: 'string', value: 'TIME', summary: 'End by itself after this time: 60s, 10m.' } as const;

export const commands: readonly Command[] = [
  defineCommand({
    name: 'demo',
    summary: 'Simulated devices, a gateway that reads them and a stand-in center, with a view of what arrives.',
    usage: '',
    options: { duration: durationOption },
    examples: [
      { line: '', summary: 'Watch it in the terminal; Ctrl-C ends it.' },
      {
        line: '--duration 60s',
        summary: 'End with a table; exit code 1 when a device delivered nothing or an event was refused or lost.',
      },
    ],
    run: async ({ values, out }) => {
      const duration = readDuration(values.duration);
      return runDemo({ ...(duration !== undefined && { duration }), signal: untilStopped(), out });
    },
  }),
  defineCommand({
    name: 'simulate',
    summary: 'The simulated devices of a scenario alone, to try a gateway or a center against.',
    usage: '[SCENARIO]',
    options: {
      duration: durationOption,
      record: {
        type: 'string',
        value: 'FOLDER',
        summary: "Write the days of the scenario's fleet there as recordings for `haidang replay`, and end.",
      },
    },
    examples: [
      { line: '', summary: 'List the scenarios.' },
      { line: 'sensor-station', summary: 'Run one by its name until Ctrl-C.' },
      { line: './my-site.yaml --duration 10m', summary: 'Run one of your own for ten minutes.' },
      { line: 'fleet --record day', summary: 'A day of a fishing fleet in some seconds: AIS, VMS and its registry.' },
    ],
    run: async ({ values, positionals, out, err }) => {
      const duration = readDuration(values.duration);
      return simulate({
        scenario: positionals[0],
        ...(duration !== undefined && { duration }),
        ...(values.record !== undefined && { record: values.record }),
        signal: untilStopped(),
        out,
        err,
      });
    },
  }),
];

export const main = async (argv: readonly string[]): Promise<number> => {
  const code = await runCommandLine(
    { name: 'haidang', summary: 'Simulators and demonstration of the edge gateway.', version },
    commands,
    argv,
  );
  // A handle that a simulated device left open must not keep the terminal.
  setTimeout(() => process.exit(code), 500).unref();
  return code;
};

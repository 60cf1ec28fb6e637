/** Looks for devices that a configuration could name, and changes nothing: neither in a device nor in a file. */
import { realpath } from 'node:fs/promises';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { defineCommand } from '../../core/command-line.ts';
import { GatewayError } from '../../core/errors.ts';
import { type Duration, formatDuration, parseDuration, seconds, systemClock } from '../../core/time.ts';
import { drivers } from '../../drivers/registry.generated.ts';
import { listSerialPorts, programsOn, type SerialPortFound } from '../../drivers/transports/serial-ports.ts';
import { signsOf } from '../discover/ear.ts';
import { type Entry, formatEntries } from '../discover/entry.ts';
import { type PortFinding, type SniffOptions, sniffPort, sniffTime } from '../discover/serial.ts';
import { describePort, serialEntries } from '../discover/serial-entries.ts';
import { createProgress } from './progress.ts';
import { requireConfig } from './report.ts';
import { interrupted, untilStopped } from './stopping.ts';

const parseListening = (text: string | undefined): Duration => {
  const time = text === undefined ? seconds(5) : parseDuration(text);
  if (time !== undefined && time >= 100 && time <= seconds(600)) return time;
  throw new GatewayError('config', `--listen ${text} is no time to listen`, { advice: 'Give one from 100ms to 10m.' });
};

/** Those that were named, else all of this machine. */
const portsToSniff = async (named: readonly string[] | undefined): Promise<readonly SerialPortFound[]> => {
  const ports = await listSerialPorts();
  if (named === undefined) return ports;
  return Promise.all(
    named.map(async path => {
      const device = await realpath(path).catch(() => path);
      const known = ports.find(port => port.device === device);
      return known ?? { path, device };
    }),
  );
};

/** Device file of each serial line of a configuration → the device that reads it. */
const configuredPorts = async (config: Config | undefined): Promise<ReadonlyMap<string, string>> => {
  const ports = new Map<string, string>();
  for (const { profile, slice } of config?.devices ?? []) {
    const connection: unknown = Reflect.get(Object(slice), 'connection');
    const path: unknown = Reflect.get(Object(connection), 'path');
    if (Reflect.get(Object(connection), 'transport') !== 'serial' || typeof path !== 'string') continue;
    ports.set(await realpath(path).catch(() => path), profile.id);
  }
  return ports;
};

interface Looking {
  readonly config: Config | undefined;
  readonly options: SniffOptions;
  /** Named by a person, who knows what else is on them. */
  readonly named: readonly string[] | undefined;
  readonly err: (text: string) => void;
}

const lookAtPorts = async ({ config, options, named, err }: Looking): Promise<readonly Entry[]> => {
  const ports = await portsToSniff(named);
  if (ports.length === 0) {
    err('this machine has no serial port; --port names one that it does not list\n');
    return [];
  }
  const progress = createProgress(err);
  const atMost = sniffTime(options);
  const began = performance.now();
  const configured = await configuredPorts(config);
  const look = async (port: SerialPortFound): Promise<readonly Entry[]> => {
    const tell = (text: string): void => {
      progress.clear();
      err(`${port.path}: ${text}\n`);
    };
    const reader = configured.get(port.device);
    if (reader !== undefined) {
      tell(`skipped: "${reader}" of ${config?.file} reads it`);
      return [];
    }
    const programs = named === undefined ? await programsOn(port.device) : [];
    if (programs.length > 0) {
      tell(`skipped: ${programs.join(', ')} has it open`);
      return [];
    }
    const onStep = (step: string): void => progress.tell(`${port.path}: ${step}`, atMost - (performance.now() - began));
    const finding: PortFinding = await sniffPort(port.path, { ...options, onStep });
    tell(describePort(finding, options.questions));
    return serialEntries(port, finding);
  };
  err(`${ports.length} serial port${ports.length === 1 ? '' : 's'}, at most ${formatDuration(atMost)}\n`);
  const entries = await Promise.all(ports.map(look));
  return entries.flat();
};

export const discoverCommand = defineCommand({
  name: 'discover',
  summary: 'Find devices that no configuration names yet: prints what to paste under "devices" of one.',
  usage: '[FILE]',
  options: {
    port: { type: 'string', multiple: true, value: 'PATH', summary: 'Only this serial port; may stand several times.' },
    listen: {
      type: 'string',
      value: 'TIME',
      summary: 'How long to listen at each speed of a serial port, at which a device may be silent; 5s when absent.',
    },
    ask: {
      type: 'boolean',
      summary:
        'Ask on ports where nothing speaks by itself: only for values and addresses, which changes nothing in a device.',
    },
  },
  examples: [
    { line: '', summary: 'All serial ports of this machine, only listening' },
    {
      line: '--ask > found.yaml',
      summary: 'Sensors too that speak only when they are asked; only YAML goes to the file',
    },
    { line: 'site.yaml', summary: 'What is not in a configuration yet' },
    { line: '--port /dev/ttyUSB0 --listen 60s', summary: 'A sensor that speaks once a minute' },
  ],
  run: async ({ values, positionals: [file], out, err }) => {
    const config = file === undefined ? undefined : requireConfig(file, await loadConfig(file));
    const signal = untilStopped();
    const options: SniffOptions = {
      signs: signsOf(drivers),
      listenFor: parseListening(values.listen),
      questions: values.ask === true ? 'harmless' : 'none',
      signal,
      clock: systemClock,
    };
    const entries = await lookAtPorts({ config, options, named: values.port, err });
    const taken = new Set(config?.devices.map(({ profile }) => profile.id));
    out(await formatEntries(entries, taken));
    if (signal.aborted) return interrupted;
    return entries.length > 0 ? 0 : 1;
  },
});

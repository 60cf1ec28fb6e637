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
import { scanModbus, usualLines } from '../discover/modbus.ts';
import { modbusEntry } from '../discover/modbus-entries.ts';
import {
  again,
  formatLine,
  type PortFinding,
  type SniffOptions,
  serialAt,
  sniffPort,
  sniffTime,
} from '../discover/serial.ts';
import { describePort, serialEntries } from '../discover/serial-entries.ts';
import { lookAtBrokers, reachOf } from './discover-brokers.ts';
import { createProgress, type Progress } from './progress.ts';
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

/** Addresses and speeds at which devices are delivered; a whole bus takes minutes. */
const usualAddresses = [1, 2, 3, 4, 5, 6, 7, 8];
const usualBuses = usualLines.slice(0, 2);
const modbusTimeout = 150;

const askModbus = async (
  port: SerialPortFound,
  { signal, clock }: SniffOptions,
  onStep: (step: string) => void,
): Promise<readonly Entry[]> => {
  for (const line of usualBuses) {
    const connection = serialAt(port.path, line);
    const scan = () =>
      scanModbus({
        connection,
        framing: 'rtu',
        addresses: usualAddresses,
        timeout: modbusTimeout,
        signal,
        clock,
        onAddress: address => onStep(`asking for Modbus address ${address} at ${formatLine(line)}`),
      });
    // What keeps a port from being opened was told by the questions before.
    const found = await again(signal, scan).catch(() => []);
    if (found.length > 0)
      return found.map(device => {
        const entry = modbusEntry(device, connection, 'rtu');
        return { ...entry, remarks: [port.adapter ?? port.device, ...entry.remarks] };
      });
  }
  return [];
};

interface Looking {
  readonly config: Config | undefined;
  readonly options: SniffOptions;
  /** Named by a person, who knows what else is on them. */
  readonly named: readonly string[] | undefined;
  readonly err: (text: string) => void;
  readonly progress: Progress;
}

const lookAtPorts = async ({ config, options, named, err, progress }: Looking): Promise<readonly Entry[]> => {
  const ports = await portsToSniff(named);
  if (ports.length === 0) {
    err('this machine has no serial port; --port names one that it does not list\n');
    return [];
  }
  const onBus = options.questions === 'none' ? 0 : usualBuses.length * usualAddresses.length * 2 * modbusTimeout;
  const atMost = sniffTime(options) + onBus;
  const began = performance.now();
  const configured = await configuredPorts(config);
  const look = async (port: SerialPortFound): Promise<readonly Entry[]> => {
    const tell = (text: string): void => progress.end(port.path, `${port.path}: ${text}\n`);
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
    const onStep = (step: string): void => progress.tell(port.path, step, atMost - (performance.now() - began));
    const finding: PortFinding = await sniffPort(port.path, { ...options, onStep });
    const onBus =
      finding.kind === 'quiet' && options.questions === 'harmless' ? await askModbus(port, options, onStep) : [];
    const holders = finding.kind === 'skipped' ? await programsOn(port.device) : [];
    const held = holders.length === 0 ? '' : `\n  It is open in ${holders.join(', ')}.`;
    if (onBus.length === 0) tell(`${describePort(finding, options.questions)}${held}`);
    else {
      const devices = onBus.map(({ remarks }) => `\n  ${remarks[1]}`).join('');
      tell(`Modbus devices: ${onBus.length}; \`haidang modbus scan ${port.path}\` looks at all addresses${devices}`);
    }
    return [...serialEntries(port, finding), ...onBus];
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
      summary: 'How long to listen: at each speed of a serial port, 5s when absent, and at a broker, 60s when absent.',
    },
    ask: {
      type: 'boolean',
      summary:
        'Ask on ports where nothing speaks by itself, and Sparkplug nodes at a broker: only for values, addresses and births, which changes nothing in a device.',
    },
    broker: {
      type: 'string',
      value: 'URL',
      summary: 'Listen to the devices at this MQTT broker instead, mqtt://host:1883; those of FILE when absent.',
    },
    username: { type: 'string', value: 'NAME', summary: 'User at that broker, who may read every topic.' },
    'password-file': { type: 'string', value: 'FILE', summary: 'File with the password of that user.' },
    ca: { type: 'string', value: 'FILE', summary: 'PEM file with the authorities that sign its certificate.' },
  },
  examples: [
    { line: '', summary: 'All serial ports of this machine, only listening' },
    {
      line: '--ask > found.yaml',
      summary: 'Sensors too that speak only when they are asked; only YAML goes to the file',
    },
    { line: 'site.yaml', summary: 'What is not in a configuration yet' },
    { line: '--port /dev/ttyUSB0 --listen 60s', summary: 'A sensor that speaks once a minute' },
    { line: '--broker mqtt://10.20.0.5 --listen 5m', summary: 'What publishes to a broker' },
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
    const named = values.broker === undefined ? undefined : reachOf(values.broker, values);
    // Devices at a broker publish once a minute where those on a line speak every second.
    const listenFor = values.listen === undefined ? seconds(60) : options.listenFor;
    using progress = createProgress(err);
    const searches = [
      ...(named === undefined || values.port !== undefined
        ? [lookAtPorts({ config, options, named: values.port, err, progress })]
        : []),
      lookAtBrokers({ config, named, listenFor, questions: options.questions, signal, err, progress }),
    ];
    const entries = (await Promise.all(searches)).flat();
    const taken = new Set(config?.devices.map(({ profile }) => profile.id));
    out(await formatEntries(entries, taken));
    if (entries.length > 0)
      err('Put this under "devices" of a configuration; `haidang check` and `haidang probe` then try it.\n');
    if (signal.aborted) return interrupted;
    return entries.length > 0 ? 0 : 1;
  },
});

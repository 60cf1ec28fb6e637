/** Looks for devices that a configuration could name, and changes nothing: neither in a device nor in a file. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { loadConfig } from '../../config/load.ts';
import { createSecrets } from '../../config/reveal.ts';
import type { Config } from '../../config/schema.ts';
import { createCommandOffers } from '../../core/command.ts';
import { defineCommand } from '../../core/command-line.ts';
import type { Context, Question } from '../../core/driver.ts';
import { GatewayError, toGatewayError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Message } from '../../core/message.ts';
import { type Duration, formatDuration, parseDuration, seconds, systemClock } from '../../core/time.ts';
import { drivers } from '../../drivers/registry.generated.ts';
import { mqttFields, refineMqttFields } from '../../drivers/transports/mqtt.ts';
import { listSerialPorts, programsOn, type SerialPortFound } from '../../drivers/transports/serial-ports.ts';
import { openBroker } from '../broker/open.ts';
import {
  type BrokerDevice,
  brokerEntry,
  devicesIn,
  type Listened,
  type ListenOptions,
  listenToBroker,
  listenToEmbedded,
} from '../discover/broker.ts';
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
import { createProgress } from './progress.ts';
import { requireConfig } from './report.ts';
import { interrupted, untilStopped } from './stopping.ts';

const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };

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
    if (found.length > 0) return found.map(device => modbusEntry(device, connection, 'rtu'));
  }
  return [];
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
  const onBus = options.questions === 'none' ? 0 : usualBuses.length * usualAddresses.length * 2 * modbusTimeout;
  const atMost = sniffTime(options) + onBus;
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
    const onBus =
      finding.kind === 'quiet' && options.questions === 'harmless' ? await askModbus(port, options, onStep) : [];
    if (onBus.length === 0) tell(describePort(finding, options.questions));
    else tell(`Modbus devices: ${onBus.length}; \`haidang modbus scan ${port.path}\` looks at all addresses`);
    return [...serialEntries(port, finding), ...onBus];
  };
  err(`${ports.length} serial port${ports.length === 1 ? '' : 's'}, at most ${formatDuration(atMost)}\n`);
  const entries = await Promise.all(ports.map(look));
  return entries.flat();
};

/** Refused by the same schema as a configuration would. */
const brokerConfig = z.strictObject(mqttFields).superRefine(refineMqttFields);

/** What a configuration writes to reach a broker, the password by where it is kept. */
const reachOf = (
  url: string,
  values: { readonly username?: string; readonly 'password-file'?: string; readonly ca?: string },
): Readonly<Record<string, unknown>> => ({
  broker: url,
  ...(values.username !== undefined && { username: values.username }),
  ...(values['password-file'] !== undefined && { password: `\${file:${path.resolve(values['password-file'])}}` }),
  ...(values.ca !== undefined && { ca: path.resolve(values.ca) }),
});

const keysOfReach = ['broker', 'username', 'password', 'protocol', 'ca', 'certificate', 'key'];

/** How the devices of a configuration reach other brokers, each once. */
const configuredBrokers = (config: Config | undefined): readonly Readonly<Record<string, unknown>>[] => {
  const reaches = (config?.devices ?? []).flatMap(({ slice }) => {
    const broker: unknown = Reflect.get(Object(slice), 'broker');
    if (typeof broker !== 'string' || broker === 'embedded') return [];
    return [Object.fromEntries(Object.entries(Object(slice)).filter(([key]) => keysOfReach.includes(key)))];
  });
  return [...new Map(reaches.map(reach => [JSON.stringify(reach), reach])).values()];
};

/** Whether a device of the configuration reads one of the messages already. */
const isRead = (config: Config | undefined, messages: readonly Message[]): boolean =>
  (config?.devices ?? []).some(({ profile, driver, slice }) => {
    if (driver.host !== 'main' || driver.signs.length > 0) return false;
    const decode = driver.bind(profile.id, slice).createDecoder();
    const pieces = messages.flatMap(message => decode?.(message) ?? []);
    return pieces.some(piece => piece.kind !== 'ignored' || piece.reason !== 'other-topic');
  });

interface Brokers {
  readonly config: Config | undefined;
  /** Of another broker, which a person named. */
  readonly named: Readonly<Record<string, unknown>> | undefined;
  readonly listenFor: Duration;
  readonly questions: SniffOptions['questions'];
  readonly signal: AbortSignal;
  readonly err: (text: string) => void;
}

const lookAtBrokers = async ({
  config,
  named,
  listenFor,
  questions,
  signal,
  err,
}: Brokers): Promise<readonly Entry[]> => {
  const progress = createProgress(err);
  const { reveal } = createSecrets(process.env);
  const context: Context = {
    signal,
    clock: systemClock,
    log: silentLog,
    count: () => {},
    reveal,
    commands: createCommandOffers(),
  };
  const unreadIn = (messages: readonly Message[]): readonly BrokerDevice[] =>
    devicesIn(drivers, messages).filter(({ seen }) => {
      const own = messages.filter(({ channel }) => seen.topics.includes(channel));
      return !isRead(config, own);
    });
  const questionsIn = (messages: readonly Message[]): readonly Question[] =>
    unreadIn(messages).flatMap(({ seen }) => seen.question ?? []);
  const listenOptions = (place: string): ListenOptions => ({
    listenFor,
    context,
    onTopics: count => progress.tell(`${place}: topics: ${count}`),
    ...(questions === 'harmless' && { questionsIn }),
  });
  const tell = (place: string, reach: Readonly<Record<string, unknown>>, listened: Listened): readonly Entry[] => {
    progress.clear();
    const { messages, passedOver, error } = listened;
    const devices = unreadIn(messages);
    const topics = new Set(messages.map(({ channel }) => channel));
    const more = passedOver === 0 ? '' : `, ${passedOver} messages passed over`;
    err(`${place}: topics: ${topics.size}${more}; devices that are not configured: ${devices.length}\n`);
    if (error !== undefined) err(`  ${error.message}\n${error.advice === undefined ? '' : `  ${error.advice}\n`}`);
    for (const { driver, seen } of devices) err(`  ${seen.name} (${driver.name}): ${seen.remarks[0]}\n`);
    if (questions === 'none' && devices.some(({ seen }) => seen.question !== undefined))
      err('  --ask asks them what they are\n');
    return devices.map(device => brokerEntry(device, place, reach));
  };

  const others = named === undefined ? configuredBrokers(config) : [named];
  const listening = others.map(async reach => {
    const parsed = brokerConfig.safeParse(reach);
    const place = String(reach['broker']);
    if (!parsed.success) throw new GatewayError('config', `${place}: ${parsed.error.issues[0]?.message}`);
    return tell(place, reach, await listenToBroker(parsed.data, listenOptions(place)));
  });
  const own = named === undefined ? config?.broker : undefined;
  if (own !== undefined) {
    const place = `the gateway's own broker at port ${own.port}`;
    listening.push(
      (async () => {
        await using broker = await openBroker({ ...own, reveal, clock: systemClock, log: silentLog, count: () => {} });
        return tell(place, {}, await listenToEmbedded(broker.source, listenOptions(place)));
      })().catch((thrown: unknown) => {
        const { message } = toGatewayError(thrown);
        err(`${place}: skipped: ${message}\n  A gateway that runs has it: stop that for the time of the search.\n`);
        return [];
      }),
    );
  }
  if (listening.length > 0)
    err(`${listening.length} broker${listening.length === 1 ? '' : 's'}, ${formatDuration(listenFor)}\n`);
  return (await Promise.all(listening)).flat();
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
        'Ask on ports where nothing speaks by itself: only for values and addresses, which changes nothing in a device.',
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
    const searches = [
      ...(named === undefined || values.port !== undefined
        ? [lookAtPorts({ config, options, named: values.port, err })]
        : []),
      lookAtBrokers({ config, named, listenFor, questions: options.questions, signal, err }),
    ];
    const entries = (await Promise.all(searches)).flat();
    const taken = new Set(config?.devices.map(({ profile }) => profile.id));
    out(await formatEntries(entries, taken));
    if (signal.aborted) return interrupted;
    return entries.length > 0 ? 0 : 1;
  },
});

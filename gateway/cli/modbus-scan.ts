import { defineCommand } from '../../core/command-line.ts';
import type { SerialDefaults } from '../../core/driver.ts';
import { GatewayError } from '../../core/errors.ts';
import { type Duration, parseDuration, systemClock } from '../../core/time.ts';
import { type Framing, silenceBetween } from '../../drivers/protocols/modbus/codec.ts';
import { type LineConfig, lineConnection } from '../../drivers/transports/line.ts';
import { type Entry, formatEntries } from '../discover/entry.ts';
import { scanModbus, usualLines } from '../discover/modbus.ts';
import { describeFound, modbusEntry } from '../discover/modbus-entries.ts';
import { formatLine } from '../discover/serial.ts';
import { createProgress } from './progress.ts';
import { interrupted, untilStopped } from './stopping.ts';

const modbusPort = 502;

const wrong = (message: string, advice: string): GatewayError => new GatewayError('config', message, { advice });

const parities = { N: 'none', E: 'even', O: 'odd' } as const;

const parseSerialLine = (text: string): SerialDefaults => {
  const [, speed, letter = 'N'] = /^(\d{3,6})(?:-8([NEO])1)?$/i.exec(text) ?? [];
  if (speed === undefined) throw wrong(`--line ${text} is no setting of a line`, 'Write it as 9600 or 19200-8E1.');
  const parity = parities[letter.toUpperCase() as keyof typeof parities];
  return { baudRate: Number(speed), ...(parity !== 'none' && { parity }) };
};

const mostAddresses = 247;

/** `1-20,33` → 1, 2, … 20, 33. */
const parseAddresses = (text: string): readonly number[] => {
  const addresses = text.split(',').flatMap(part => {
    const [, from, to = from] = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part.trim()) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (!(first >= 1 && last <= mostAddresses && first <= last))
      throw wrong(`--addresses ${text} are no addresses`, 'Write them as 1-247, or 1-20,33.');
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  return [...new Set(addresses)];
};

interface Place {
  readonly framing: Framing;
  readonly timeout: Duration;
  /** Settings of the line to be tried. */
  readonly connections: readonly LineConfig[];
}

const parseFraming = (text: string | undefined, usual: Framing): Framing => {
  if (text === undefined || text === 'rtu' || text === 'tcp') return text ?? usual;
  throw wrong(`--framing ${text} is none`, 'Write rtu or tcp.');
};

const parsePlace = (place: string, framing: string | undefined, lines: readonly string[] | undefined): Place => {
  const [, host, port = String(modbusPort)] = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/.exec(place) ?? [];
  const isSerial = place.includes('/') || /^COM\d+$/i.test(place);
  if (isSerial) {
    if (framing === 'tcp') throw wrong('--framing tcp is not for a serial port', 'Leave it out.');
    const settings = lines?.map(parseSerialLine) ?? usualLines;
    const connections = settings.map(line => lineConnection(line).parse({ transport: 'serial', path: place }));
    return { framing: 'rtu', timeout: 150, connections };
  }
  if (host === undefined)
    throw wrong(`${place} is no serial port and no host:port`, 'Write it as /dev/ttyUSB0 or 10.0.0.7:502.');
  if (lines !== undefined) throw wrong('--line is for a serial port', 'The speed behind a serial server is set there.');
  const connection = lineConnection({ baudRate: 9600 }).safeParse({
    transport: 'tcp-client',
    host: host.replace(/^\[|\]$/g, ''),
    port: Number(port),
  });
  if (!connection.success) throw wrong(`${place} is no host:port`, 'Write it as 10.0.0.7:502.');
  const chosen = parseFraming(framing, Number(port) === modbusPort ? 'tcp' : 'rtu');
  return { framing: chosen, timeout: 500, connections: [connection.data] };
};

const parseTimeout = (text: string | undefined, usual: Duration): Duration => {
  const timeout = text === undefined ? usual : parseDuration(text);
  if (timeout !== undefined && timeout >= 20 && timeout <= 10_000) return timeout;
  throw wrong(`--timeout ${text} is no time for an answer`, 'Give one from 20ms to 10s.');
};

const formatSetting = (connection: LineConfig): string =>
  connection.transport === 'serial' ? `at ${formatLine(connection)}` : `at ${connection.host}:${connection.port}`;

const countAnswers = (count: number, isStopped: boolean): string => {
  if (isStopped) return `stopped; devices that answered so far: ${count}`;
  return count === 0 ? 'nobody answers' : `devices that answer: ${count}`;
};

export const modbusScanCommand = defineCommand({
  name: 'modbus scan',
  summary: 'Find the devices of a Modbus line by reading one register of each address; prints what to paste.',
  usage: 'PLACE',
  options: {
    addresses: { type: 'string', value: 'LIST', summary: 'Which addresses: 1-20,33; all, 1-247, when absent.' },
    line: {
      type: 'string',
      multiple: true,
      value: 'SETTING',
      summary:
        'Speed of a serial port, 4800 or 19200-8E1; may stand several times. When absent 9600, 4800, 19200-8E1 and 19200, until one has devices.',
    },
    framing: {
      type: 'string',
      value: 'FORM',
      summary:
        'rtu for a serial server that passes bytes on, tcp for Modbus TCP; tcp at port 502 when absent, else rtu.',
    },
    timeout: {
      type: 'string',
      value: 'TIME',
      summary: 'How long an answer may take: 150ms on a serial port, 500ms over a network when absent.',
    },
  },
  examples: [
    { line: '/dev/ttyUSB0', summary: 'All addresses of an RS-485 line, at the usual speeds' },
    { line: '/dev/ttyUSB0 --line 4800 --addresses 1-10', summary: 'A line whose speed is known' },
    { line: '10.20.0.31:4001 --timeout 1s', summary: 'RTU through a serial server' },
    { line: '10.20.0.40', summary: 'Modbus TCP' },
  ],
  run: async ({ values, positionals: [text = ''], out, err }) => {
    const { framing, connections, timeout: usualTimeout } = parsePlace(text, values.framing, values.line);
    const addresses = parseAddresses(values.addresses ?? `1-${mostAddresses}`);
    const timeout = parseTimeout(values.timeout, usualTimeout);
    const signal = untilStopped();
    using progress = createProgress(err);
    const entries: Entry[] = [];
    for (const [index, connection] of connections.entries()) {
      if (signal.aborted) break;
      const setting = formatSetting(connection);
      const baudRate = connection.transport === 'serial' ? connection.baudRate : undefined;
      const each = timeout + silenceBetween(framing, baudRate) + 20;
      const found = await scanModbus({
        connection,
        framing,
        addresses,
        timeout,
        signal,
        clock: systemClock,
        onAddress: (address, done) => {
          const left = addresses.length * (connections.length - index) - done;
          progress.tell(setting, `address ${address} of ${addresses.at(-1)}`, left * each);
        },
      });
      progress.end(setting, `${setting}: ${countAnswers(found.length, signal.aborted)}\n`);
      for (const device of found) {
        err(`  ${describeFound(device)}\n`);
        entries.push(modbusEntry(device, connection, framing));
      }
      // All devices on a line speak alike.
      if (found.length > 0) break;
    }
    out(await formatEntries(entries));
    if (entries.length > 0)
      err('Put this under "devices" of a configuration; `haidang check` and `haidang probe` then try it.\n');
    if (signal.aborted) return interrupted;
    if (entries.length > 0) return 0;
    err('Check power, A and B and the ground of the line; --line tries other speeds, --timeout waits longer.\n');
    return 1;
  },
});

import { loadConfig } from '../../config/load.ts';
import { createSecrets } from '../../config/reveal.ts';
import type { DeviceConfig } from '../../config/schema.ts';
import type { UplinkConfig } from '../../config/uplink.ts';
import { sleep } from '../../core/abort.ts';
import { createCommandOffers } from '../../core/command.ts';
import { defineCommand } from '../../core/command-line.ts';
import type { Context } from '../../core/driver.ts';
import { GatewayError, toGatewayError } from '../../core/errors.ts';
import { type Reveal, secretsIn } from '../../core/fields.ts';
import type { Log } from '../../core/log.ts';
import { type Duration, formatDuration, parseDuration, seconds, systemClock } from '../../core/time.ts';
import { openPlace, addressOf as stationAddressOf } from '../../sinks/circular-10/delivery.ts';
import { addressOf } from '../../sinks/influx/database.ts';
import { probeInflux } from '../../sinks/influx/probe.ts';
import { brokerUrls } from '../../sinks/mqtt/addresses.ts';
import { probeUplink } from '../../sinks/mqtt/probe.ts';
import { openBroker } from '../broker/open.ts';
import { bindDevice, needsVision } from '../runtime/bind-device.ts';
import { createCounters } from '../runtime/counters.ts';
import { describeObservation, mostTelling } from '../runtime/describe.ts';
import { openVision } from '../vision/open.ts';
import { chosenDevices } from './chosen-devices.ts';
import { requireConfig } from './report.ts';

const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };

/** What a probe found out, in words. */
type Finding =
  | { readonly kind: 'spoke'; readonly text: string; readonly after: Duration }
  | { readonly kind: 'failed'; readonly error: GatewayError };

const describeCounts = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([reason, count]) => `${count} ${reason}`)
    .join(', ');

/** Opens the device once and waits for its first observation. What it sends is not acknowledged: it keeps it. */
const probeDevice = async (
  config: DeviceConfig,
  within: Duration,
  context: Omit<Context, 'signal' | 'count' | 'commands'>,
  vision: Parameters<typeof bindDevice>[1],
): Promise<Finding> => {
  const started = performance.now();
  const counters = createCounters();
  const stop = new AbortController();
  let answered = false;
  const read = async (): Promise<Finding> => {
    const device = bindDevice(config, vision);
    const own: Context = {
      ...context,
      signal: stop.signal,
      count: counters.count,
      commands: createCommandOffers(),
    };
    for await (const { items } of device.open(own)) {
      answered = true;
      const first = mostTelling(items);
      if (first !== undefined) {
        return { kind: 'spoke', text: describeObservation(first), after: performance.now() - started };
      }
    }
    const message = answered ? 'it ended without an observation' : 'it ended without a word';
    return { kind: 'failed', error: new GatewayError('unreachable', message) };
  };
  const wait = async (): Promise<Finding> => {
    await sleep(within, stop.signal);
    const counted = describeCounts(counters.values());
    const said = counted === '' ? '' : `; what came: ${counted}`;
    return {
      kind: 'failed',
      error: answered
        ? new GatewayError('unreachable', `it answers, but observed nothing within ${formatDuration(within)}${said}`)
        : new GatewayError('unreachable', `no word within ${formatDuration(within)}${said}`, {
            advice: 'Check power, cable and speed; --wait gives it more time.',
          }),
    };
  };
  const finding = await Promise.race([
    read().catch((thrown: unknown): Finding => ({ kind: 'failed', error: toGatewayError(thrown) })),
    wait(),
  ]);
  stop.abort();
  return finding;
};

/** Asks at one of an uplink's addresses. Throws what the uplink would report; returns what it found otherwise. */
type Question = (reveal: Reveal) => Promise<string>;

const questions: {
  readonly [K in UplinkConfig['sink']]: (uplink: Extract<UplinkConfig, { readonly sink: K }>) => readonly Question[];
} = {
  mqtt: uplink =>
    brokerUrls(uplink).map(url => async reveal => {
      await probeUplink(uplink, url, reveal, systemClock);
      return `${url} lets the gateway in`;
    }),
  influx: config => [
    async reveal => {
      await probeInflux(config, reveal);
      return `${addressOf(config)} lets the gateway write`;
    },
  ],
  'circular-10': ({ delivery, ...config }) => [
    async reveal => {
      const secrets = Object.fromEntries(
        secretsIn({ ...config, delivery }).map(([path, secret]) => [path, reveal(secret)]),
      );
      const { signal } = new AbortController();
      const place = await openPlace(delivery, { secrets, now: systemClock.now, signal });
      place.close();
      return `${stationAddressOf(delivery)} lets the gateway in`;
    },
  ],
};

const questionsOf = <K extends UplinkConfig['sink']>(
  uplink: Extract<UplinkConfig, { readonly sink: K }>,
): readonly Question[] => questions[uplink.sink](uplink);

const probeSink = async (ask: Question, reveal: Reveal): Promise<Finding> => {
  const started = performance.now();
  try {
    const text = await ask(reveal);
    return { kind: 'spoke', text, after: performance.now() - started };
  } catch (thrown) {
    return { kind: 'failed', error: toGatewayError(thrown) };
  }
};

const usesEmbeddedBroker = ({ driver, slice }: DeviceConfig): boolean => {
  const parsed: unknown = driver.schema.safeParse(slice).data;
  return typeof parsed === 'object' && parsed !== null && Reflect.get(parsed, 'broker') === 'embedded';
};

export const probeCommand = defineCommand({
  name: 'probe',
  summary: 'Dial every device and uplink of a configuration once, or one device: what it says, or what is wrong.',
  usage: 'FILE [DEVICE]',
  options: { wait: { type: 'string', value: 'TIME', summary: 'How long to wait for each, as 30s; 20s when absent.' } },
  examples: [
    { line: 'config/harbor-station.yaml', summary: 'All of a site, before the gateway is started' },
    { line: 'config/camera-pole.yaml cam-leloi-north --wait 60s', summary: 'One camera that is slow' },
  ],
  run: async ({ values, positionals: [file = '', id], out }) => {
    const within = values.wait === undefined ? seconds(20) : parseDuration(values.wait);
    if (within === undefined) throw new GatewayError('config', `--wait ${values.wait} is no time such as 30s`);
    const config = requireConfig(file, await loadConfig(file));
    const chosen = chosenDevices(config, id);
    const { reveal } = createSecrets(process.env);
    await using stack = new AsyncDisposableStack();
    const vision = needsVision(chosen) ? stack.use(openVision({ log: silentLog })) : undefined;
    // A gateway that runs has the port: only the devices that publish to it cannot be probed beside it.
    const broker =
      config.broker !== undefined && chosen.some(usesEmbeddedBroker)
        ? stack.use(await openBroker({ ...config.broker, reveal, clock: systemClock, log: silentLog, count: () => {} }))
        : undefined;
    const context = {
      clock: systemClock,
      log: silentLog,
      reveal,
      ...(broker !== undefined && { embedded: broker.source }),
    };
    const report = (name: string, finding: Finding): Finding => {
      if (finding.kind === 'spoke') {
        out(`ok      ${name}: ${finding.text}, after ${formatDuration(finding.after)}\n`);
      } else {
        const { kind, message, advice } = finding.error;
        out(`FAILED  ${name}: ${kind}: ${message}\n${advice === undefined ? '' : `        ${advice}\n`}`);
      }
      return finding;
    };
    const findings = await Promise.all([
      ...chosen.map(async device => {
        const { id: name, driver } = device.profile;
        const finding = await probeDevice(device, within, context, vision);
        return report(`${name} (${driver})`, finding);
      }),
      ...(id === undefined ? config.uplinks : []).flatMap(uplink =>
        questionsOf(uplink).map(async ask => report(`${uplink.name} (uplink)`, await probeSink(ask, reveal))),
      ),
    ]);
    return findings.every(({ kind }) => kind === 'spoke') ? 0 : 1;
  },
});

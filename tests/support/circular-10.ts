/** A station with the files of Circular 10/2021: a real outbox and sink in this thread, so that the time is the test's. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Conclusion } from '../../core/conclusion.ts';
import type { EventStatus, TimeQuality } from '../../core/sealed.ts';
import type { SinkReport } from '../../core/sink.ts';
import { type Duration, type Instant, minutes, toTimestampSeconds } from '../../core/time.ts';
import { exampleSite } from '../../events/example-site.ts';
import { toGroupTopic } from '../../gateway/outbox/group-topic.ts';
import type { Notice } from '../../gateway/outbox/notice.ts';
import type { Group } from '../../gateway/outbox/protocol.ts';
import { openService } from '../../gateway/outbox/service.ts';
import { createSealer } from '../../gateway/runtime/create-sealer.ts';
import { circular10Schema } from '../../sinks/circular-10/config.ts';
import { groupOf } from './outbox.ts';

/** 10:00 at the station. */
export const ten: Instant = Date.UTC(2026, 10, 26, 3);
export const at = (minute: number): Instant => ten + minutes(minute);

export const stationPrefix = 'Hue_SoTNMT_KimLong';
export const nameOf = (clock: string, day = '20261126'): string =>
  `${stationPrefix}_${day}${clock.replace(':', '')}00.txt`;

export const pm25 = { device: 'pm-1', quantity: 'pm25' };
export const temperature = { device: 'ws-1', quantity: 'temperature' };

export const meanOf = (mark: Instant, device: string, values: Record<string, number>): Conclusion => {
  const isWeather = device.startsWith('ws');
  const model = isWeather ? 'WeatherObserved' : 'AirQualityObserved';
  const names = Object.keys(values);
  const each = <T>(value: T) => Object.fromEntries(names.map(name => [name, value]));
  return {
    kind: 'conclusion',
    event: isWeather ? 'environment.weather.observed' : 'environment.air-quality.observed',
    source: device,
    device,
    subject: `station/${device}`,
    time: mark,
    key: `${mark - minutes(5)}/${minutes(5)}`,
    data: {
      id: `urn:ngsi-ld:${model}:hue-gw-017-${device}-${mark}`,
      type: model,
      dateObserved: toTimestampSeconds(mark),
      period: { start: toTimestampSeconds(mark - minutes(5)), end: toTimestampSeconds(mark) },
      ...values,
      units: isWeather ? each('Cel') : each('ug/m3'),
      quality: each('pass'),
      samples: each(300),
      method: each('arithmetic-mean'),
      refDevice: `urn:ngsi-ld:Device:hue-gw-017-${device}`,
    },
  };
};

/** The names of whole files in a folder, sorted; none when it is not there. */
export const filesIn = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder).catch(() => [])).filter(name => name.endsWith('.txt')).sort();

export interface StationOptions {
  /** In which the outbox is. */
  readonly folder: string;
  readonly delivery: Readonly<Record<string, unknown>>;
  readonly values?: readonly object[];
  readonly secrets?: Readonly<Record<string, string>>;
  readonly timeQuality?: TimeQuality;
  readonly config?: object;
  /** Minutes after ten at which it opens. */
  readonly minute?: number;
}

export interface OpenStation extends AsyncDisposable {
  readonly notices: readonly Notice[];
  report(): SinkReport & { readonly backlog: number };
  pass(duration: Duration): Promise<void>;
  /** Somebody sets the clock. */
  jump(by: Duration): Promise<void>;
  /** How far its time can be trusted from now on. */
  judge(quality: TimeQuality): Promise<void>;
  accept(conclusion: Conclusion, quality?: TimeQuality, status?: EventStatus): void;
  /** Files that wait for the authority, and those that it has. */
  waiting(): Promise<readonly string[]>;
  sent(day?: string): Promise<readonly string[]>;
  read(name: string): Promise<string>;
}

/** Closed without a goodbye by the scope. */
export const openStation = async (options: StationOptions): Promise<OpenStation> => {
  const { folder, delivery, secrets = {}, values = [pm25, temperature], minute = 0 } = options;
  const notices: Notice[] = [];
  const config = circular10Schema.parse({
    name: 'authority',
    sink: 'circular-10',
    station: stationPrefix,
    values,
    delivery,
    ...options.config,
  });
  const site = { ...exampleSite, status: 'actual' as EventStatus, devices: new Map() };
  let lead = { now: 0, steady: 0 };
  let quality = options.timeQuality ?? 'ntp';
  const service = openService(
    {
      folder,
      site,
      states: [],
      sinks: [{ config, clientId: 'haidang-hue-gw-017', secrets }],
      budgetBytes: 2 ** 28,
      history: { bytes: 0, age: 0 },
      // Before its time is known it must not make a file of what the machine's clock says.
      timeQuality: 'unsynchronized',
    },
    message => {
      if (message.kind === 'notice') notices.push(message.notice);
    },
  );
  const tell = async (): Promise<void> => {
    await service.answer({ kind: 'judge-clock', quality, lead });
  };
  lead = { now: at(minute) - Date.now(), steady: 0 };
  await tell();
  const spool = path.join(folder, 'circular-10', 'authority');
  const report = () => {
    const [uplink] = service.status().uplinks;
    if (uplink === undefined) throw new Error('it has no sink');
    return uplink as unknown as SinkReport & { readonly backlog: number };
  };
  return {
    notices,
    report,
    pass: async duration => {
      lead = { now: lead.now + duration, steady: lead.steady + duration };
      await tell();
    },
    jump: async by => {
      lead = { ...lead, now: lead.now + by };
      await tell();
    },
    judge: async next => {
      quality = next;
      await tell();
    },
    accept: (conclusion, recorded = 'ntp', status = 'actual') => {
      const sealer = createSealer({ ...site, status });
      const { topic, body } = sealer.event(conclusion, conclusion.time + 5000, recorded);
      if (toGroupTopic(topic) === undefined) throw new Error(`${topic} is no topic`);
      const group: Group = groupOf(topic, [body]);
      service.append(group);
    },
    waiting: () => filesIn(path.join(spool, 'outgoing')),
    sent: (day = '20261126') => filesIn(path.join(spool, 'sent', day)),
    read: name => readFile(path.join(spool, 'outgoing', name), 'utf8'),
    [Symbol.asyncDispose]: async () => {
      await service.answer({ kind: 'close' });
    },
  };
};

import type { GatewayStatus } from '../runtime/status.ts';

interface Metric {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly samples: readonly { readonly labels?: Readonly<Record<string, string>>; readonly value: number }[];
}

/** The read model as Prometheus metrics. Times are seconds since 1970, so that alerts can compare them with `time()`. */
export const metricsOf = (status: GatewayStatus): readonly Metric[] => {
  const perDevice = <T>(of: (device: GatewayStatus['devices'][number]) => T | undefined) =>
    status.devices.flatMap(device => {
      const value = of(device);
      return value === undefined ? [] : [{ labels: { device: device.id, driver: device.driver }, value }];
    });
  const perUplink = (of: (uplink: GatewayStatus['uplinks'][number]) => number | undefined) =>
    status.uplinks.flatMap(uplink => {
      const value = of(uplink);
      return value === undefined ? [] : [{ labels: { uplink: uplink.name, sink: uplink.sink }, value }];
    });
  const perBudget = (of: (budget: GatewayStatus['governor']['budgets'][number]) => number | undefined) =>
    status.governor.budgets.flatMap(budget => {
      const value = of(budget);
      return value === undefined ? [] : [{ labels: { budget: budget.resource, unit: budget.unit }, value }];
    });
  const { lanes, media, refused } = status.outbox;
  const seconds = (instant: number | undefined): number | undefined => instant && instant / 1000;
  return [
    {
      name: 'haidang_info',
      type: 'gauge',
      help: 'Always 1; the labels say what runs.',
      samples: [
        { labels: { gateway: status.gateway, version: status.version, config: status.configVersion }, value: 1 },
      ],
    },
    {
      name: 'haidang_ready',
      type: 'gauge',
      help: '1 when the gateway accepts what its devices say.',
      samples: [{ value: status.ready ? 1 : 0 }],
    },
    {
      name: 'haidang_clock_synchronized',
      type: 'gauge',
      help: '0 while the clock of this machine is not set.',
      samples: [{ value: status.timeQuality === 'unsynchronized' ? 0 : 1 }],
    },
    {
      name: 'haidang_start_time_seconds',
      type: 'gauge',
      help: 'Start of this run.',
      samples: [{ value: status.startedAt / 1000 }],
    },
    {
      name: 'haidang_device_running',
      type: 'gauge',
      help: '1 while the device delivers.',
      samples: perDevice(({ state }) => (state === 'running' ? 1 : 0)),
    },
    {
      name: 'haidang_device_observations_total',
      type: 'counter',
      help: 'Observations read from the device.',
      samples: perDevice(({ observations }) => observations),
    },
    {
      name: 'haidang_device_last_observation_seconds',
      type: 'gauge',
      help: 'Time of the newest observation.',
      samples: perDevice(({ last }) => seconds(last?.time)),
    },
    {
      name: 'haidang_device_dropped_total',
      type: 'counter',
      help: 'Ignored, malformed and dropped pieces.',
      samples: status.devices.flatMap(({ id, counts }) =>
        Object.entries(counts).map(([reason, value]) => ({ labels: { device: id, reason }, value })),
      ),
    },
    {
      name: 'haidang_counted_total',
      type: 'counter',
      help: 'What no single device is to blame for.',
      samples: Object.entries(status.counts).map(([reason, value]) => ({ labels: { reason }, value })),
    },
    {
      name: 'haidang_outbox_accepted_total',
      type: 'counter',
      help: 'Events accepted since the start.',
      samples: [{ value: status.outbox.accepted }],
    },
    {
      name: 'haidang_outbox_refused_total',
      type: 'counter',
      help: 'Events never accepted.',
      samples: Object.entries(refused).map(([reason, value]) => ({ labels: { reason }, value })),
    },
    {
      name: 'haidang_outbox_rows',
      type: 'gauge',
      help: 'Events in the outbox.',
      samples: lanes.map(({ lane, rows }) => ({ labels: { lane }, value: rows })),
    },
    {
      name: 'haidang_outbox_bytes',
      type: 'gauge',
      help: 'Bytes of the events in the outbox.',
      samples: lanes.map(({ lane, bytes }) => ({ labels: { lane }, value: bytes })),
    },
    {
      name: 'haidang_outbox_shed_total',
      type: 'counter',
      help: 'Accepted events that were given up before each uplink had delivered them.',
      samples: lanes.flatMap(({ lane, shed }) =>
        Object.entries(shed).map(([reason, value]) => ({ labels: { lane, reason }, value })),
      ),
    },
    {
      name: 'haidang_budget_used',
      type: 'gauge',
      help: 'What is used of the machine, in the unit of the label; of the disk: what is free.',
      samples: perBudget(({ value }) => value),
    },
    {
      name: 'haidang_budget_limit',
      type: 'gauge',
      help: 'What of it may be used now; of the disk: what must be free.',
      samples: perBudget(({ limit }) => limit),
    },
    {
      name: 'haidang_budget_level',
      type: 'gauge',
      help: 'How many measures are in effect because of it.',
      samples: perBudget(({ level }) => level),
    },
    {
      name: 'haidang_media_files',
      type: 'gauge',
      help: 'Pictures that wait.',
      samples: [{ value: media.files }],
    },
    {
      name: 'haidang_media_bytes',
      type: 'gauge',
      help: 'Bytes of the pictures that wait.',
      samples: [{ value: media.bytes }],
    },
    {
      name: 'haidang_uplink_connected',
      type: 'gauge',
      help: '1 while the uplink is connected.',
      samples: perUplink(({ state }) => (state === 'connected' ? 1 : 0)),
    },
    {
      name: 'haidang_uplink_delivered_total',
      type: 'counter',
      help: 'Events that its other side took since the start.',
      samples: perUplink(({ delivered }) => delivered),
    },
    {
      name: 'haidang_uplink_backlog',
      type: 'gauge',
      help: 'Events that the uplink has not delivered yet.',
      samples: perUplink(({ backlog }) => backlog),
    },
    {
      name: 'haidang_uplink_shed_total',
      type: 'counter',
      help: 'Events that were given up before the uplink delivered them.',
      samples: status.uplinks.flatMap(({ name, sink, shed }) =>
        Object.entries(shed).map(([reason, value]) => ({ labels: { uplink: name, sink, reason }, value })),
      ),
    },
    {
      name: 'haidang_uplink_oldest_seconds',
      type: 'gauge',
      help: 'Time of the oldest event that the uplink has not delivered yet.',
      samples: perUplink(({ oldest }) => seconds(oldest)),
    },
    {
      name: 'haidang_uplink_last_delivery_seconds',
      type: 'gauge',
      help: 'Time of the last delivery.',
      samples: perUplink(({ lastDelivery }) => seconds(lastDelivery)),
    },
  ];
};

/** Prometheus text of the gateway's metrics and of the process itself. */
export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
}

export const createMetrics = async (status: () => GatewayStatus): Promise<Metrics> => {
  const { Counter, collectDefaultMetrics, Gauge, Registry } = await import('prom-client');
  const own = new Registry();
  collectDefaultMetrics({ register: own });
  return {
    contentType: own.contentType,
    text: async () => {
      const registry = new Registry();
      for (const { name, type, help, samples } of metricsOf(status())) {
        // A metric of labels that has none yet would stand there as a lonely 0.
        if (samples.length === 0) continue;
        const labelNames = Object.keys(samples[0]?.labels ?? {});
        const options = { name, help, labelNames, registers: [registry] };
        if (type === 'gauge') {
          const gauge = new Gauge(options);
          for (const { labels = {}, value } of samples) gauge.set(labels, value);
        } else {
          const counter = new Counter(options);
          for (const { labels = {}, value } of samples) counter.inc(labels, value);
        }
      }
      return `${await registry.metrics()}\n${await own.metrics()}`;
    },
  };
};

/** The kinds of sinks that a configuration may name, each with how it is opened: a new kind is one entry here. */

import type { UplinkConfig } from '../../config/uplink.ts';
import type { RunningSink, SinkHost } from '../../core/sink.ts';
import type { Wanted } from '../../core/wanted.ts';
import { addressOf as stationAddressOf } from '../../sinks/circular-10/delivery.ts';
import { openCircular10 } from '../../sinks/circular-10/sink.ts';
import { addressOf } from '../../sinks/influx/database.ts';
import { openInflux } from '../../sinks/influx/sink.ts';
import { brokerUrls } from '../../sinks/mqtt/addresses.ts';
import { openUplink } from '../../sinks/mqtt/uplink.ts';
import { parkSink } from './parked-sink.ts';
import { type SinkOptions, toError } from './protocol.ts';
import type { StoreSink } from './store.ts';

type Kind = UplinkConfig['sink'];
type ConfigOf<K extends Kind> = Extract<UplinkConfig, { readonly sink: K }>;
type OptionsOf<K extends Kind> = SinkOptions & { readonly config: ConfigOf<K> };

interface SinkKind<K extends Kind> {
  /**
   * `center`: what the gateway is there for. `aside`: when there is no room, what only such sinks still wait for is given
   * up before anything else.
   */
  readonly standing: 'center' | 'aside';
  /** The streams that it takes; all of them when absent. */
  readonly wanted?: (config: ConfigOf<K>) => Wanted;
  /** Where its other side is, without credentials. */
  readonly address: (config: ConfigOf<K>) => string;
  /** Takes events from the host's feed until it is stopped. Loads heavy libraries only then, and not before. */
  readonly open: (options: OptionsOf<K>, host: SinkHost) => RunningSink;
}

const kinds: { readonly [K in Kind]: SinkKind<K> } = {
  mqtt: {
    standing: 'center',
    address: config => brokerUrls(config)[0] ?? config.name,
    open: ({ secrets: { password }, ...options }, host) =>
      openUplink({ ...options, ...host, ...(password !== undefined && { password }) }),
  },
  influx: {
    standing: 'aside',
    wanted: ({ take }) => take,
    address: addressOf,
    open: (options, host) => openInflux({ ...options, ...host }),
  },
  'circular-10': {
    standing: 'aside',
    // Means and faults of sensors, and works on them.
    wanted: () => ({ services: ['environment', 'gateway'], classes: ['event', 'obs'] }),
    address: ({ delivery }) => stationAddressOf(delivery),
    open: (options, host) => openCircular10({ ...options, ...host }),
  },
};

/** What the store must know of a sink. */
export const toStoreSink = <K extends Kind>(config: ConfigOf<K>): StoreSink => {
  const { standing, wanted } = kinds[config.sink];
  return { name: config.name, standing, ...(wanted !== undefined && { wanted: wanted(config) }) };
};

export type OpenSink = (options: SinkOptions, host: SinkHost) => RunningSink;

const openKind = <K extends Kind>(options: OptionsOf<K>, host: SinkHost): RunningSink => {
  const { address, open } = kinds[options.config.sink];
  const { config, unusable } = options;
  return unusable === undefined ? open(options, host) : parkSink(address(config), toError(unusable), host);
};

export const openSinkOfKind: OpenSink = openKind;

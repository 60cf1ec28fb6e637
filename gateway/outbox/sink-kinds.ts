/** The kinds of sinks that a configuration may name, each with how it is opened: a new kind is one line here. */
import type { RunningSink, SinkHost } from '../../core/sink.ts';
import { brokerUrls } from '../../sinks/mqtt/addresses.ts';
import { openUplink } from '../../sinks/mqtt/uplink.ts';
import { parkSink } from './parked-sink.ts';
import { type SinkOptions, toError } from './protocol.ts';

type Kind = SinkOptions['config']['sink'];

/** Takes events from the host's feed until it is stopped. */
export type OpenSink<K extends Kind = Kind> = (
  options: SinkOptions & { readonly config: { readonly sink: K } },
  host: SinkHost,
) => RunningSink;

const kinds: { readonly [K in Kind]: OpenSink<K> } = {
  mqtt: (options, host) => openUplink({ ...options, ...host }),
};

export const openSinkOfKind: OpenSink = (options, host) => {
  const { config, unusable } = options;
  if (unusable === undefined) return kinds[config.sink](options, host);
  return parkSink(brokerUrls(config)[0] ?? config.name, toError(unusable), host);
};

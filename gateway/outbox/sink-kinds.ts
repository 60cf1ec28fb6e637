/** The kinds of sinks that a configuration may name, each with how it is opened: a new kind is one line here. */
import type { RunningSink, SinkHost } from '../../core/sink.ts';
import { openUplink } from '../../sinks/mqtt/uplink.ts';
import type { SinkOptions } from './protocol.ts';

type Kind = SinkOptions['config']['sink'];

/** Takes events from the host's feed until it is stopped. */
export type OpenSink<K extends Kind = Kind> = (
  options: SinkOptions & { readonly config: { readonly sink: K } },
  host: SinkHost,
) => RunningSink;

const kinds: { readonly [K in Kind]: OpenSink<K> } = {
  mqtt: (options, host) => openUplink({ ...options, ...host }),
};

export const openSinkOfKind: OpenSink = (options, host) => kinds[options.config.sink](options, host);

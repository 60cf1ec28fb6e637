/** What a device on a line says by itself. */
import type { Batch } from '../../core/batch.ts';
import { decoding } from '../../core/decoding.ts';
import type { Context, Decoder } from '../../core/driver.ts';
import type { Observation } from '../../core/observation.ts';
import { unanswered } from './asking.ts';
import { type ConnectionConfig, openConnection } from './connection.ts';

export interface Listening {
  readonly connection: ConnectionConfig;
  /** How people call the device, for messages. */
  readonly sensor: string;
  /** The speed at which it speaks as delivered. */
  readonly baudRate: number;
  readonly decode: Decoder;
  /** More bytes in a row without a whole message are noise. Well above what is said between two of them on a bad line. */
  readonly mostStrange: number;
}

/** Datagrams and dialed-in connections come from whom they please: only a line has one device. */
const refusingNoise = ({ connection, sensor, baudRate, decode, mostStrange }: Listening): Decoder => {
  if (connection.transport !== 'serial' && connection.transport !== 'tcp-client') return decode;
  let strange = 0;
  return chunk => {
    const decoded = decode(chunk);
    const isMessage = decoded.some(piece => piece.kind !== 'malformed' || piece.reason === 'other-model');
    strange = isMessage ? 0 : strange + chunk.bytes.length;
    if (strange > mostStrange) throw unanswered({ connection, sensor, baudRate }, strange);
    return decoded;
  };
};

/** Batches until aborted. Throws `unreachable` where nothing but noise comes, as it does at a wrong speed. */
export const listening = (listened: Listening, context: Context): AsyncGenerator<Batch<Observation>, void> =>
  decoding(openConnection(listened.connection, context), refusingNoise(listened), context.count);

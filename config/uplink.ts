/** The kinds of uplinks: where events may go. A new kind is one line here and one in `gateway/outbox/sink-kinds.ts`. */
import { z } from 'zod';
import { circular10Schema } from '../sinks/circular-10/config.ts';
import { influxSchema } from '../sinks/influx/config.ts';
import { uplinkSchema as mqttSchema } from '../sinks/mqtt/config.ts';

/** One entry of `uplinks`. */
export const uplinkSchema = z.discriminatedUnion('sink', [mqttSchema, influxSchema, circular10Schema]);

export type UplinkConfig = z.output<typeof uplinkSchema>;

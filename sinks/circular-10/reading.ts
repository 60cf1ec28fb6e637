/** What a stored event says to a file of the circular: a mean of five minutes, or that a device is not to be trusted. Pure. */
import { z } from 'zod';
import { isQuantity, type QuantityName } from '../../core/quantity.ts';
import { type Duration, type Instant, minutes } from '../../core/time.ts';

/** The circular wants a file for each. */
export const filePeriod: Duration = minutes(5);

/** `01` of the circular: somebody works on the device; `02`: the device is in error. */
export type Trouble = 'calibrating' | 'faulty';

export type Reading =
  | {
      readonly kind: 'mean';
      readonly device: string;
      /** End of its period. */
      readonly mark: Instant;
      /** Each quantity that it speaks of; undefined where no sample was good enough. */
      readonly values: ReadonlyMap<QuantityName, number | undefined>;
      /** The device works for real: neither in maintenance, nor simulated. */
      readonly isActual: boolean;
    }
  | {
      readonly kind: 'trouble';
      readonly trouble: Trouble;
      readonly phase: 'begins' | 'ends';
      /** Under which its end is known. */
      readonly correlation: string;
      readonly devices: readonly string[];
      /** Of one sensor alone. */
      readonly quantity: QuantityName | undefined;
      readonly at: Instant;
      /** When it ends at the latest, where that was said at its begin. */
      readonly until: Instant | undefined;
    };

const instant = z.iso.datetime().transform(text => Date.parse(text));

const meanEvent = z.object({
  eventstatus: z.string(),
  source: z.string().regex(/\/[a-z0-9-]+$/),
  data: z
    .object({
      period: z.object({ start: instant, end: instant }),
      quality: z.record(z.string(), z.string()).optional(),
    })
    .catchall(z.unknown()),
});

const troubleEvent = z.object({
  time: instant,
  correlationid: z.string(),
  data: z.object({
    devices: z.array(z.string()).optional(),
    device: z.string().optional(),
    quantity: z.string().optional(),
    flag: z.string().optional(),
    until: instant.optional(),
  }),
});

const typeOf = /"type":"vn\.ioc\.([a-z0-9.-]+)\.v\d+"/;

const troubles: ReadonlyMap<string, readonly [Trouble, 'begins' | 'ends']> = new Map([
  ['gateway.maintenance.started', ['calibrating', 'begins']],
  ['gateway.maintenance.ended', ['calibrating', 'ends']],
  ['environment.sensor-fault.raised', ['faulty', 'begins']],
  ['environment.sensor-fault.updated', ['faulty', 'begins']],
  ['environment.sensor-fault.cleared', ['faulty', 'ends']],
]);

const readMean = (event: unknown): Reading | undefined => {
  const { success, data: parsed } = meanEvent.safeParse(event);
  if (!success) return undefined;
  const { period, quality = {}, ...rest } = parsed.data;
  if (period.end - period.start !== filePeriod || period.end % filePeriod !== 0) return undefined;
  const values = new Map<QuantityName, number | undefined>();
  for (const [name, value] of Object.entries(rest)) {
    if (isQuantity(name) && typeof value === 'number') values.set(name, value);
  }
  for (const name of Object.keys(quality)) if (isQuantity(name) && !values.has(name)) values.set(name, undefined);
  const device = parsed.source.slice(parsed.source.lastIndexOf('/') + 1);
  return { kind: 'mean', device, mark: period.end, values, isActual: parsed.eventstatus === 'actual' };
};

const readTrouble = (event: unknown, trouble: Trouble, phase: 'begins' | 'ends'): Reading | undefined => {
  const { success, data: parsed } = troubleEvent.safeParse(event);
  if (!success) return undefined;
  const { devices, device, quantity, flag, until } = parsed.data;
  // What is only suspect was measured all the same, and is for the authority to judge.
  const isMild = trouble === 'faulty' && flag === 'suspect';
  return {
    kind: 'trouble',
    trouble,
    phase: isMild ? 'ends' : phase,
    correlation: parsed.correlationid,
    devices: devices ?? (device === undefined ? [] : [device]),
    quantity: quantity !== undefined && isQuantity(quantity) ? quantity : undefined,
    at: parsed.time,
    until,
  };
};

/** Undefined for what is no business of a file. `body` is a stored event, which the gateway itself has sealed. */
export const readEvent = (body: string): Reading | undefined => {
  const [, type = ''] = typeOf.exec(body) ?? [];
  const trouble = troubles.get(type);
  const isMean = type.startsWith('environment.') && type.endsWith('.observed');
  if (trouble === undefined && !isMean) return undefined;
  let event: unknown;
  try {
    event = JSON.parse(body);
  } catch {
    return undefined;
  }
  return trouble === undefined ? readMean(event) : readTrouble(event, ...trouble);
};

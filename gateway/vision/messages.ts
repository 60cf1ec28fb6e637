/** What the gateway and its vision process say to each other, as JSON lines of Node.js IPC. Each side parses the other. */
import { z } from 'zod';
import { cameraSignalNames } from '../../core/camera-signals.ts';
import { GatewayError, toGatewayError } from '../../core/errors.ts';
import { keptViewSchema } from '../../pipelines/detect/health.ts';

export const errorSchema = z.strictObject({
  kind: z.enum(['config', 'unsupported', 'denied', 'unreachable', 'protocol', 'exhausted', 'damaged', 'defect']),
  message: z.string(),
  advice: z.string().exactOptional(),
  path: z
    .array(z.union([z.string(), z.number()]))
    .readonly()
    .exactOptional(),
});

export type WireError = z.output<typeof errorSchema>;

export const toWireError = (thrown: unknown): WireError => {
  const { kind, message, advice, path } = toGatewayError(thrown);
  return { kind, message, ...(advice !== undefined && { advice }), ...(path !== undefined && { path }) };
};

export const fromWireError = ({ kind, message, advice, path }: WireError): GatewayError =>
  new GatewayError(kind, message, { ...(advice !== undefined && { advice }), ...(path !== undefined && { path }) });

const session = () => z.int().min(1).describe('One opening of one device');

/** What was ordered instead of the configured thresholds. */
const thresholdsSchema = z.strictObject({
  /** Of every class that is not named below; the configured one when absent. */
  all: z.number().exactOptional(),
  labels: z.record(z.string(), z.number()),
});

/** What the machine allows of all cameras together. */
const paceSchema = z.strictObject({
  kind: z.literal('pace'),
  /** Of the pictures that would be looked at, the part that is. */
  share: z.number().positive().max(1),
  /** `smaller`: that of each camera which has one. */
  model: z.enum(['usual', 'smaller']),
  /** `ordered`: only those that the center orders. */
  pictures: z.enum(['kept', 'ordered']),
});
export type Pace = Omit<z.output<typeof paceSchema>, 'kind'>;

export const fullPace: Pace = { share: 1, model: 'usual', pictures: 'kept' };

/** One command under way in one session. */
const command = () => z.int().min(1);

const openSchema = z.strictObject({
  kind: z.literal('open'),
  session: session(),
  device: z.string(),
  driver: z.string(),
  /** The configuration of the driver, of detection and masks, as in the file; each side parses it by the same schema. */
  config: z.unknown(),
  detect: z.unknown(),
  masks: z.unknown(),
  /** Revealed by the gateway, because only it knows where secrets are kept: `env:NAME` or `file:/path` → value. */
  secrets: z.record(z.string(), z.string()),
  /** Differs between any two vision processes; part of the identities of tracked objects. */
  epoch: z.number(),
  /** Where pictures go, and whose they are; absent where none leave. */
  media: z.strictObject({ folder: z.string(), city: z.string(), gateway: z.string() }).exactOptional(),
  /** Thresholds that were ordered. */
  thresholds: thresholdsSchema.exactOptional(),
  /** What the camera looked at before the vision process was started. */
  view: keptViewSchema.exactOptional(),
});

export const toChildSchema = z.discriminatedUnion('kind', [
  openSchema,
  /** The gateway took one batch: there is room for another. */
  z.strictObject({ kind: z.literal('taken'), session: session() }),
  paceSchema,
  z.strictObject({ kind: z.literal('thresholds'), session: session(), thresholds: thresholdsSchema }),
  z.strictObject({
    kind: z.literal('command'),
    session: session(),
    command: command(),
    name: z.string(),
    input: z.unknown(),
  }),
  /** Nobody waits for its answer any more. */
  z.strictObject({ kind: z.literal('give-up'), session: session(), command: command() }),
  z.strictObject({ kind: z.literal('close'), session: session() }),
  z.strictObject({ kind: z.literal('stop') }),
]);

export type OpenMessage = z.output<typeof openSchema>;
export type ToChild = z.output<typeof toChildSchema>;

const fraction = () => z.number().min(0).max(1);

const snapshotSchema = z.strictObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  mediaType: z.literal('image/jpeg'),
  bytes: z.int(),
  width: z.int(),
  height: z.int(),
  capturedAt: z.number(),
  redaction: z.string().min(1),
});

const objectSchema = z.strictObject({
  label: z.string(),
  confidence: fraction(),
  box: z.strictObject({ x: fraction(), y: fraction(), width: fraction(), height: fraction() }),
  track: z.string().exactOptional(),
});

const detectorSchema = z.strictObject({
  model: z.string(),
  version: z.string(),
  sha256: z.string().exactOptional(),
  threshold: fraction(),
  thresholds: z.record(z.string(), fraction()).exactOptional(),
});

const detectionsSchema = z.strictObject({
  kind: z.literal('detections'),
  device: z.string(),
  time: z.number(),
  timeFrom: z.enum(['device', 'gateway']),
  objects: z.array(objectSchema).readonly(),
  ended: z.array(z.string()).readonly(),
  detector: detectorSchema,
  scene: z
    .array(z.strictObject({ label: z.string(), confidence: fraction() }))
    .readonly()
    .exactOptional(),
  snapshot: snapshotSchema.exactOptional(),
  unblurred: z
    .array(z.strictObject({ label: z.string(), snapshot: snapshotSchema }))
    .max(8)
    .readonly()
    .exactOptional(),
  shown: z.array(objectSchema).readonly().exactOptional(),
});

const signalSchema = z.strictObject({
  kind: z.literal('camera-signal'),
  device: z.string(),
  time: z.number(),
  timeFrom: z.enum(['device', 'gateway']),
  signal: z.enum(cameraSignalNames),
  state: z.enum(['begun', 'ended', 'happened']),
  by: z.enum(['camera', 'gateway']),
  source: z.string().max(64).exactOptional(),
  rule: z.string().max(64).exactOptional(),
  object: z.string().max(64).exactOptional(),
});

const clipSchema = z.strictObject({
  kind: z.literal('camera-clip'),
  device: z.string(),
  time: z.number(),
  timeFrom: z.enum(['device', 'gateway']),
  object: objectSchema.extend({ track: z.string() }),
  detector: detectorSchema,
  clip: z.strictObject({
    ...snapshotSchema.shape,
    mediaType: z.literal('video/mp4'),
    duration: z.number(),
    codec: z.enum(['h264', 'mpeg4']),
  }),
});

/** No other kind of observation comes from a camera, and no frame ever does. */
const itemSchema = z.discriminatedUnion('kind', [detectionsSchema, signalSchema, clipSchema]);

export const fromChildSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('batch'), session: session(), items: z.array(itemSchema).readonly() }),
  z.strictObject({ kind: z.literal('count'), session: session(), reason: z.string(), by: z.number() }),
  z.strictObject({
    kind: z.literal('log'),
    session: session(),
    level: z.enum(['info', 'warn', 'error']),
    message: z.string(),
    fields: z.record(z.string(), z.unknown()).exactOptional(),
  }),
  /** What the connected device can be ordered, and that it cannot any more. */
  z.strictObject({ kind: z.literal('offered'), session: session(), name: z.string() }),
  z.strictObject({ kind: z.literal('withdrawn'), session: session(), name: z.string() }),
  /** A command is done, or has failed. */
  z.strictObject({
    kind: z.literal('answer'),
    session: session(),
    command: command(),
    output: z.unknown().exactOptional(),
    error: errorSchema.exactOptional(),
  }),
  /** The device's source ended: of itself, because it was closed, or with an error. */
  z.strictObject({ kind: z.literal('ended'), session: session(), error: errorSchema.exactOptional() }),
  /** What a camera looks at, to be kept and handed over to the next vision process; absent: nothing is known any more. */
  z.strictObject({ kind: z.literal('view'), device: z.string(), view: keptViewSchema.exactOptional() }),
  z.strictObject({ kind: z.literal('memory'), residentBytes: z.number() }),
]);

export type FromChild = z.output<typeof fromChildSchema>;

/** Batches of one device on their way that the gateway has not taken yet. */
export const window = 4;

/**
 * The part of a configuration file that no driver or stage owns. What a device or a stage adds to it is checked by its
 * own closed schema (`config/load.ts`), and the JSON Schema for editors joins both (`config/json-schema.ts`).
 */
import { z } from 'zod';
import type { Driver } from '../core/driver.ts';
import { byteSize, coordinates, duration, host, identifier, port, secret } from '../core/fields.ts';
import type { Frame, Observation } from '../core/observation.ts';
import { eventStatuses } from '../core/sealed.ts';
import { type Service, services } from '../core/service.ts';
import type { DeviceProfile, Site } from '../core/site.ts';
import { type Duration, hours, minutes, seconds } from '../core/time.ts';
import { isTopicFilter } from '../drivers/protocols/mqtt/topic.ts';
import { detectSchema } from '../pipelines/detect/config.ts';
import { masksSchema } from '../pipelines/detect/masks.ts';
import { type CommandsConfig, commandsSection } from './commands.ts';
import { type GovernorConfig, governorSection } from './governor.ts';
import { type UplinkConfig, uplinkSchema } from './uplink.ts';

const areaCode = () =>
  z
    .string()
    .regex(/^\d{5}$/, 'expected the five digits of the ward, in quotes')
    .describe('Administrative code of the ward, five digits in quotes.');

const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

const siteId = () => identifier().describe('Name of the pole, station or harbor.');

const eventStatus = () =>
  z.enum(eventStatuses).describe('"actual" for the real world; "test", "exercise" and "simulated" send nobody out.');

const gatewaySection = z
  .strictObject({
    id: identifier().describe('Name of this gateway, unique in the city; part of every topic.'),
    city: identifier().describe('Name of the city; part of every topic.'),
    site: siteId(),
    area: areaCode(),
    timeZone: z
      .string()
      .refine(isTimeZone, 'expected an IANA time zone such as "Asia/Ho_Chi_Minh"')
      .default('Asia/Ho_Chi_Minh')
      .describe('Zone in which people at the center read times.'),
    status: eventStatus().default('actual'),
    clockWait: duration({ maximum: minutes(30) })
      .prefault('60s')
      .describe('How long the devices wait after start for the clock to be set; then events carry "unsynchronized".'),
  })
  .describe('Who and where this gateway is.');

const storageSection = z
  .strictObject({
    folder: z
      .string()
      .min(1)
      .max(1024)
      .describe('Folder of the outbox and the media spool; made when it is not there.'),
    outbox: byteSize().prefault('2GB').describe('Disk that waiting events may take.'),
    history: z
      .strictObject({
        size: byteSize().prefault('256MB').describe('Disk that it may take, beside "outbox"; "0MB" keeps nothing.'),
        // No longer than the most short-lived event may wait.
        age: duration({ minimum: hours(1), maximum: hours(14 * 24) })
          .prefault('7d')
          .describe('How long a delivered event is kept at most.'),
      })
      .prefault({})
      .describe('Delivered events that are kept for a center that asks for them again ("outbox.replay").'),
    media: byteSize().prefault('1GB').describe('Disk that waiting pictures may take.'),
    clips: byteSize().prefault('1GB').describe('Disk that waiting clips may take, beside "media".'),
  })
  .describe('Where accepted events wait.');

const apiSection = z
  .strictObject({
    host: host()
      .default('127.0.0.1')
      .describe('Address of the HTTP interface; other machines see it only with a token.'),
    port: port().default(8080),
    token: secret().optional().describe('What callers send as "Authorization: Bearer …".'),
  })
  .describe('GET /healthz, /readyz, /metrics and what `haidang status` asks.');

const topicFilter = () =>
  z
    .string()
    .max(1024)
    .refine(isTopicFilter, 'expected a topic; "+" stands for a whole level, "#" for all levels at the end')
    .describe('Topic that this user may publish under; "+" and "#" as in MQTT.');

const brokerUser = z.strictObject({
  device: identifier().optional().describe('The configured device that logs in with it.'),
  username: z.string().min(1).max(256),
  password: secret().describe('Password of this user.'),
  publish: z.array(topicFilter()).max(64).describe('Topics that this user may publish under.'),
});

const brokerSection = z
  .strictObject({
    host: host().default('127.0.0.1').describe('Address to listen on; other machines reach it only with users.'),
    port: port().default(1883),
    users: z.array(brokerUser).max(10_000).default([]).describe('Who may publish, and where.'),
  })
  .describe("The gateway's own MQTT broker, for devices that publish to it.");

const pemFile = (what: string) => z.string().min(1).max(1024).describe(`PEM file with ${what}.`);

const mediaSection = z
  .strictObject({
    url: z
      .string()
      .regex(/^https:\/\/[^\s@]+$/, 'expected "https://…", without user and password')
      .describe('Where pictures go by HTTPS PUT, below this address.'),
    ca: pemFile("the authorities that sign the center's certificate").optional(),
    certificate: pemFile('the client certificate').optional(),
    key: pemFile('the private key of the client certificate').optional(),
  })
  .describe('Where the center takes pictures.');

/** Several of the longest lines. */
const smallestLogFile = 100_000;

const logSection = z
  .strictObject({
    level: z.enum(['info', 'warn', 'error']).default('info').describe('The least that is written.'),
    file: z
      .string()
      .min(1)
      .max(1024)
      .optional()
      .describe('A file for the same lines; the older ones are <file>.1, <file>.2 and so on.'),
    size: byteSize()
      .refine(bytes => bytes >= smallestLogFile, 'too small: at least 100KB')
      .prefault('10MB')
      .describe('When the file has this size, the next one begins.'),
    files: z.int().min(1).max(100).default(5).describe('So many files are kept, the one that grows included.'),
  })
  .describe('JSON lines on standard output, and in a file where one is named.');

/** Sections by their key. Those with a default need not stand in the file. */
export const sections = {
  gateway: gatewaySection,
  storage: storageSection,
  api: apiSection.prefault({}),
  broker: brokerSection.optional(),
  uplinks: z
    .array(uplinkSchema)
    .max(8)
    .default([])
    .describe('Where events go: brokers of the center, and what stands beside them.'),
  media: mediaSection.optional(),
  commands: commandsSection.optional(),
  governor: governorSection.prefault({}),
  log: logSection.prefault({}),
} as const;

/** What every device says of itself; all other keys are its driver's. */
export const deviceFields = {
  id: identifier().describe('Name of the device, unique on this gateway; part of its topics.'),
  driver: z.string().describe('Which driver reads it: see `haidang devices`.'),
  service: z
    .enum(services)
    .optional()
    .describe("The center's service it works for; follows from the driver when absent."),
  alsoServes: z.array(z.enum(services)).max(10).default([]).describe('Further services that its events serve.'),
  agencies: z.array(identifier()).max(32).default([]).describe('Agencies that its events are for.'),
  name: z.string().min(1).max(200).optional().describe('Name for people; the id when absent.'),
  location: coordinates().optional().describe('[longitude, latitude] in degrees, WGS 84.'),
  site: siteId().optional(),
  area: areaCode().optional(),
  status: eventStatus().optional(),
  tags: z.array(identifier()).max(32).default([]).describe('Words by which pipelines choose devices.'),
  power: identifier().optional().describe('Fuse or battery that it shares with others: they fail as one event.'),
  network: identifier().optional().describe('Switch or radio link that it shares with others, likewise.'),
  silence: duration({ minimum: seconds(1), maximum: hours(7 * 24) })
    .optional()
    .describe('After this time without a word the device counts as silent; the driver knows a good value.'),
} as const;

/** Further keys of devices whose driver yields pictures. */
export const visionFields = {
  detect: detectSchema.describe(
    'What is looked for in its pictures. A camera that says something by itself may do without.',
  ),
  masks: masksSchema
    .default([])
    .describe(
      'Parts of its pictures that are painted black before anything looks at them: outlines of corners [x, y], fractions of the picture from the top left.',
    ),
} as const;

export const pipelineFields = {
  name: identifier().describe('Name of the pipeline, unique on this gateway.'),
  from: z.array(identifier()).min(1).max(10_000).describe('Device ids or tags.'),
} as const;

/** The service whose device a driver's family usually is. */
export const usualServices: Readonly<Partial<Record<string, Service>>> = {
  cameras: 'urban-camera',
  sensors: 'environment',
  vessels: 'fishing-vessel',
};

export interface DeviceConfig {
  readonly profile: DeviceProfile;
  readonly driver: Driver<Observation | Frame>;
  /** The driver's own keys as they stand in the file, found good by its schema. */
  readonly slice: Readonly<Record<string, unknown>>;
  readonly silence: Duration;
  /** What is looked for in its pictures, as it stands in the file; only where something is. */
  readonly detect?: unknown;
  /** What is painted black in its pictures, as it stands in the file. */
  readonly masks?: unknown;
}

export interface PipelineConfig {
  readonly name: string;
  /** Device ids or tags. */
  readonly from: readonly string[];
  /** In their order; besides `stage` each holds the stage's own keys, found good by its schema. */
  readonly stages: readonly { readonly stage: string; readonly [key: string]: unknown }[];
}

export interface Config {
  readonly file: string;
  readonly gateway: z.output<typeof gatewaySection>;
  readonly storage: z.output<typeof storageSection>;
  readonly api: z.output<typeof apiSection>;
  readonly broker?: z.output<typeof brokerSection>;
  readonly uplinks: readonly UplinkConfig[];
  readonly media?: z.output<typeof mediaSection>;
  readonly commands?: CommandsConfig;
  readonly governor: GovernorConfig;
  readonly log: z.output<typeof logSection>;
  readonly devices: readonly DeviceConfig[];
  /** None: one for each family of drivers. */
  readonly pipelines: readonly PipelineConfig[];
  readonly site: Site;
}

/**
 * One captured message of every type of event, as `mosquitto_sub` received it from a running gateway: the files that the
 * documents show and the tests judge. `npm run capture` writes them; nobody edits them.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../events/captured');
const ending = '.json';

const eventSchema = z.looseObject({
  id: z.string(),
  source: z.string(),
  type: z.string(),
  subject: z.string(),
  recordedtime: z.string(),
  data: z.looseObject({}),
});
export type CapturedEvent = z.output<typeof eventSchema>;

const capturedSchema = z.strictObject({
  /** Version of the program that sent it. */
  version: z.string(),
  topic: z.string(),
  /** Whether the broker was asked to keep it for later subscribers. */
  retained: z.boolean(),
  /** As received: a schema that is told its keys would put them in its own order. */
  event: z.custom<CapturedEvent>(value => eventSchema.safeParse(value).success, 'expected an event'),
});
export type Captured = z.output<typeof capturedSchema>;

/** Throws ZodError for what is no event at all. */
export const parseCaptured = (version: string, topic: string, retained: boolean, body: string): Captured =>
  capturedSchema.parse({ version, topic, retained, event: JSON.parse(body) });

/** Every capture that is there, by the name of its type. */
export const readCaptured = async (): Promise<ReadonlyMap<string, Captured>> => {
  const files = (await readdir(folder)).filter(file => file.endsWith(ending)).sort();
  const read = async (file: string) =>
    [
      file.slice(0, -ending.length),
      capturedSchema.parse(JSON.parse(await readFile(path.join(folder, file), 'utf8'))),
    ] as const;
  return new Map(await Promise.all(files.map(read)));
};

export const writeCaptured = async (name: string, captured: Captured): Promise<void> => {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, `${name}${ending}`), `${JSON.stringify(captured, undefined, 2)}\n`);
};

export const removeCaptured = (name: string): Promise<void> => rm(path.join(folder, `${name}${ending}`));

/** The parts of hand-written documents that follow from the code, between `<!-- generated: … -->` markers. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { configJsonSchema } from '../config/json-schema.ts';
import type { Driver } from '../core/driver.ts';
import type { Frame, Observation } from '../core/observation.ts';
import { drivers } from '../drivers/registry.generated.ts';
import type { GeneratedFile } from './generate.ts';

const projectFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

type AnyDriver = Driver<Observation | Frame>;

const families: Readonly<Record<AnyDriver['family'], string>> = {
  cameras: 'Cameras',
  sensors: 'Sensors',
  vessels: 'Vessels',
  services: 'Services',
};

const escapeCell = (text: string): string => text.replace(/\|/g, '\\|').replace(/\s+/g, ' ').trim();

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map(row => `| ${row.map(escapeCell).join(' | ')} |`).join('\n');

const folderOf = ({ family, name }: AnyDriver): string => `drivers/${family}/${name}`;

const catalogue = (): string =>
  table(
    ['Family', 'Driver', 'What it reads', 'What it gives'],
    drivers.map(driver => [
      families[driver.family],
      `[\`${driver.name}\`](${folderOf(driver)}/README.md)`,
      driver.summary,
      driver.host === 'vision' ? 'detections' : driver.emits.join(', '),
    ]),
  );

const property = z.looseObject({
  description: z.string().optional(),
  default: z.unknown().optional(),
  type: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
});
const object = z.looseObject({
  properties: z.record(z.string(), property).optional(),
  required: z.array(z.string()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
});

interface Key {
  readonly name: string;
  readonly isRequired: boolean;
  readonly kind: string;
  readonly text: string;
  readonly usual: string;
}

const kindOf = (schema: z.infer<typeof property>): string => {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(value => JSON.stringify(value)).join(' or ');
  return typeof schema.type === 'string' ? schema.type : 'one of several';
};

/** The keys of a closed object; those of every member, for a union of such objects. */
const keysOf = (schema: unknown): readonly Key[] => {
  const parsed = object.safeParse(schema);
  if (!parsed.success) return [];
  const { properties = {}, required = [], oneOf = [], anyOf = [] } = parsed.data;
  const own = Object.entries(properties).map(([name, value]) => ({
    name,
    isRequired: required.includes(name) && value.default === undefined,
    kind: kindOf(value),
    text: value.description ?? '',
    usual: value.default === undefined ? '' : JSON.stringify(value.default),
  }));
  const members = [...oneOf, ...anyOf].map(keysOf);
  const seen = new Map<string, Key>();
  for (const key of [...own, ...members.flat()]) {
    const before = seen.get(key.name);
    if (before === undefined) {
      const isEverywhere = own.includes(key) || members.every(list => list.some(({ name }) => name === key.name));
      seen.set(key.name, { ...key, isRequired: key.isRequired && isEverywhere });
    } else if (before.kind !== key.kind && !before.kind.split(' or ').includes(key.kind)) {
      seen.set(key.name, { ...before, kind: `${before.kind} or ${key.kind}` });
    }
  }
  return [...seen.values()];
};

const configTable = (driver: AnyDriver): string => {
  const keys = keysOf(z.toJSONSchema(driver.schema, { io: 'input', unrepresentable: 'any' }));
  return table(
    ['Key', 'Value', 'Default', 'Meaning'],
    keys.map(({ name, isRequired, kind, text, usual }) => [
      `\`${name}\``,
      kind,
      isRequired ? '*required*' : usual === '' ? '' : `\`${usual}\``,
      text,
    ]),
  );
};

/** Puts `content` between the markers of this name; a document without them stays as it is. */
const fillMarkers = (text: string, name: string, content: string): string => {
  const begin = `<!-- generated: ${name} -->`;
  const end = `<!-- end: ${name} -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to < from) return text;
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
};

const fill = async (
  file: string,
  parts: Readonly<Record<string, () => string>>,
): Promise<GeneratedFile | undefined> => {
  let text: string;
  try {
    text = await readFile(path.join(projectFolder, file), 'utf8');
  } catch {
    return undefined;
  }
  for (const [name, make] of Object.entries(parts)) text = fillMarkers(text, name, make());
  return { path: file, text };
};

const configSchema = (): GeneratedFile => ({
  path: 'config/haidang.schema.json',
  text: `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
});

/** Every document with generated parts, as it should read now. */
export const documents = async (): Promise<readonly GeneratedFile[]> => {
  const filled = await Promise.all([
    fill('README.md', { devices: catalogue }),
    ...drivers.map(driver => fill(`${folderOf(driver)}/README.md`, { configuration: () => configTable(driver) })),
  ]);
  return [configSchema(), ...filled.filter(file => file !== undefined)];
};

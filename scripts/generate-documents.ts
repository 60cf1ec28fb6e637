/** The parts of hand-written documents that follow from the code, between `<!-- generated: … -->` markers. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { configJsonSchema } from '../config/json-schema.ts';
import { isAboutDevices } from '../core/command.ts';
import { commandRefusals } from '../core/command-refusal.ts';
import { remoteCommands } from '../core/commands.ts';
import { type Driver, kindsFrom } from '../core/driver.ts';
import type { Frame, Observation } from '../core/observation.ts';
import { measures, resourceBudgets } from '../core/resource-budgets.ts';
import { formatDuration, hours } from '../core/time.ts';
import { drivers } from '../drivers/registry.generated.ts';
import { classifications } from '../events/classification.ts';
import { eventTypes } from '../events/registry.ts';
import { outputSchema } from '../models/families.ts';
import { type Captured, readCaptured } from './capture/captured.ts';
import type { GeneratedFile } from './generated-file.ts';

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
      kindsFrom(driver).join(', '),
    ]),
  );

const property = z.looseObject({
  description: z.string().optional(),
  default: z.unknown().optional(),
  type: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  items: z.unknown().optional(),
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
  readonly kinds: readonly string[];
  readonly text: string;
  readonly usual: string;
}

const kindsOf = (schema: z.infer<typeof property>): readonly string[] => {
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  if (schema.enum !== undefined) return schema.enum.map(value => JSON.stringify(value));
  if (schema.type === 'array') return ['list'];
  if (schema.type === 'object') return ['group'];
  if (schema.type === 'integer') return ['whole number'];
  return typeof schema.type === 'string' ? [schema.type] : ['group'];
};

/** A key with those below it: `connection`, `connection.host`, `values[].path`. */
const keysBelow = (name: string, schema: z.infer<typeof property>, isRequired: boolean): readonly Key[] => [
  {
    name,
    isRequired: isRequired && schema.default === undefined,
    kinds: kindsOf(schema),
    text: schema.description ?? '',
    usual: schema.default === undefined ? '' : JSON.stringify(schema.default),
  },
  ...keysOf(schema, `${name}.`),
  ...keysOf(schema.items, `${name}[].`),
];

/** The keys of a closed object; those of every member, for a union of such objects. */
const keysOf = (schema: unknown, prefix: string): readonly Key[] => {
  const parsed = object.safeParse(schema);
  if (!parsed.success) return [];
  const { properties = {}, required = [], oneOf = [], anyOf = [] } = parsed.data;
  const own = Object.entries(properties).flatMap(([name, value]) =>
    keysBelow(`${prefix}${name}`, value, required.includes(name)),
  );
  const members = [...oneOf, ...anyOf].map(member => keysOf(member, prefix));
  const merged = new Map(own.map(key => [key.name, key]));
  for (const key of members.flat()) {
    const before = merged.get(key.name);
    const isEverywhere = members.every(list => list.some(other => other.name === key.name && other.isRequired));
    merged.set(key.name, {
      ...key,
      ...before,
      isRequired: isEverywhere,
      kinds: [...new Set([...(before?.kinds ?? []), ...key.kinds])],
      text: [...new Set([before?.text ?? '', key.text])].filter(text => text !== '').join(' Or: '),
    });
  }
  return [...merged.values()];
};

const configTable = (driver: AnyDriver): string => {
  const keys = keysOf(z.toJSONSchema(driver.schema, { io: 'input', unrepresentable: 'any' }), '');
  return table(
    ['Key', 'Value', 'Default', 'Meaning'],
    keys.map(({ name, isRequired, kinds, text, usual }) => [
      `\`${name}\``,
      kinds.join(' or '),
      isRequired ? '*required*' : usual === '' ? '' : `\`${usual}\``,
      text,
    ]),
  );
};

const eventTable = (): string =>
  table(
    ['Type', 'Class', 'What it says', 'Protection', 'Waits at most', 'For'],
    [...eventTypes.values()].map(({ name, lane, summary }) => {
      const { classification, retention, recipients } = classifications[name];
      return [
        `[\`${name}\`](../events/schemas/${name}.schema.json)`,
        lane,
        summary,
        classification,
        lane === 'state' ? '' : `${Math.round(retention / hours(24))} days`,
        recipients.join(', '),
      ];
    }),
  );

const commandTable = (): string =>
  table(
    ['Command', 'What it does', 'For instance', 'Is given', 'For', 'Ends within'],
    [...remoteCommands.values()].map(command => {
      const { name, summary, example, timeLimit } = command;
      return [
        `[\`${name}\`](../events/command-schemas/${name}.command.schema.json)`,
        summary,
        `\`${JSON.stringify(example.input)}\``,
        `[\`${JSON.stringify(example.output)}\`](../events/command-schemas/${name}.answer.schema.json)`,
        isAboutDevices(command) ? 'devices' : 'the gateway',
        formatDuration(timeLimit),
      ];
    }),
  );

const refusalTable = (): string =>
  table(
    ['Reason', 'What it says', 'What to do'],
    Object.entries(commandRefusals).map(([reason, { says, advice }]) => [`\`${reason}\``, says, advice]),
  );

const budgetTable = (): string =>
  table(
    ['Budget', 'What is measured', 'What is done, one after the other', 'Next step after', 'One step back after'],
    Object.entries(resourceBudgets).map(([resource, budget]) => [
      `\`${resource}\``,
      budget.summary,
      budget.measures.map((measure, index) => `${index + 1}. \`${measure}\`: ${measures[measure]}`).join('<br>'),
      formatDuration(budget.stepAfter),
      formatDuration(budget.calmAfter),
    ]),
  );

/** `2026-11-26`, or `2026-11-26 to 2026-11-28`; likewise versions. */
const span = (values: Iterable<string>): string => {
  const sorted = [...new Set(values)].sort();
  const [first = '', last = first] = [sorted[0], sorted.at(-1)];
  return first === last ? first : `${first} to ${last}`;
};

const exampleOf = (name: string, captured: Captured | undefined): string => {
  if (captured === undefined) return `### ${name}\n\nNot captured yet: \`npm run capture -- ${name}\`.`;
  const { topic, retained, event } = captured;
  const kept = retained ? ', retained' : '';
  return `### ${name}\n\n\`${topic}\`${kept}\n\n\`\`\`json\n${JSON.stringify(event, undefined, 2)}\n\`\`\``;
};

const examples = (captured: ReadonlyMap<string, Captured>): string => {
  const all = [...captured.values()];
  const days = span(all.map(({ event }) => event.recordedtime.slice(0, 10)));
  const versions = span(all.map(({ version }) => version));
  return [
    `Captured on ${days}, version ${versions}.`,
    ...[...eventTypes.keys()].map(name => exampleOf(name, captured.get(name))),
  ].join('\n\n');
};

const familyTable = (): string =>
  [
    '| `output.family` | What its tensors hold |',
    '| --- | --- |',
    ...outputSchema.options.map(
      ({ shape: { family } }) => `| \`${family.value}\` | ${family.description?.replaceAll('|', '\\|')} |`,
    ),
  ].join('\n');

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
  const captured = await readCaptured();
  const filled = await Promise.all([
    fill('README.md', { devices: catalogue }),
    fill('docs/integration.md', { events: eventTable, examples: () => examples(captured) }),
    fill('docs/models.md', { families: familyTable }),
    fill('docs/operating.md', { budgets: budgetTable }),
    fill('docs/commands.md', { commands: commandTable, refusals: refusalTable }),
    ...drivers.map(driver => fill(`${folderOf(driver)}/README.md`, { configuration: () => configTable(driver) })),
  ]);
  return [configSchema(), ...filled.filter(file => file !== undefined)];
};

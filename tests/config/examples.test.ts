import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { configJsonSchema } from '../../config/json-schema.ts';
import { loadConfig } from '../../config/load.ts';
import { parseConfig } from '../../config/parse.ts';
import { deviceFields, visionFields } from '../../config/schema.ts';
import { drivers } from '../../drivers/registry.generated.ts';
import { projectFile } from '../support/resources.ts';

const files = readdirSync(projectFile('config')).filter(file => file.endsWith('.yaml'));
const conforms = new Ajv2020({ strict: false, validateFormats: false }).compile(configJsonSchema());

it('there is one for a pole, a station, a harbor and the demonstration', () => {
  expect(files.toSorted()).toEqual(['camera-pole.yaml', 'demo.yaml', 'harbor-station.yaml', 'sensor-station.yaml']);
});

describe.each(files)('%s', file => {
  const text = readFileSync(projectFile('config', file), 'utf8');

  it('has neither problems nor warnings', async () => {
    const { problems, warnings } = await loadConfig(projectFile('config', file));
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
  });

  it('conforms to the JSON Schema that its first line names', () => {
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=haidang.schema.json');
    expect(conforms(parse(text)), JSON.stringify(conforms.errors)).toBe(true);
  });

  it('is refused by the JSON Schema with an unknown key in a device', () => {
    expect(conforms(parse(text.replace(/^ {4}driver: /m, '    colour: red\n$&')))).toBe(false);
  });
});

const gateway = `
gateway: { id: gw-1, city: hue, site: pole-1, area: "00000" }
storage: { folder: /tmp/haidang }
broker: { port: 1883 }
uplinks: [{ name: ioc, sink: mqtt, url: "mqtt://127.0.0.1:1883" }]
`;

/** Lists of whole devices among the examples of a text. */
const devicesIn = (markdown: string): readonly unknown[] =>
  [...markdown.matchAll(/```yaml\n(.*?)```/gs)].flatMap(([, block = '']) => {
    const found = z.array(z.looseObject({ id: z.string(), driver: z.string() })).safeParse(parse(block));
    return found.success ? found.data : [];
  });

it('every device in the README of a driver is accepted in the configuration of a gateway', () => {
  const devices = drivers.flatMap(({ family, name }) =>
    devicesIn(readFileSync(projectFile('drivers', family, name, 'README.md'), 'utf8')),
  );
  expect(devices.length).toBeGreaterThan(5);
  for (const device of devices)
    expect(parseConfig(gateway + stringify({ devices: [device] }), 'README').problems).toEqual([]);
});

it.each(drivers.map(driver => [driver.name, driver] as const))('%s has no key that every device has', (_, driver) => {
  const { properties = {} } = z.toJSONSchema(driver.schema, { io: 'input', unrepresentable: 'any' });
  const shared = { ...deviceFields, ...(driver.host === 'vision' && visionFields) };
  expect(Object.keys(properties).filter(key => Object.hasOwn(shared, key))).toEqual([]);
});

import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configJsonSchema } from '../../config/json-schema.ts';
import { loadConfig } from '../../config/load.ts';
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

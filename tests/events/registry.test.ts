import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { services } from '../../core/service.ts';
import { classifications } from '../../events/classification.ts';
import { exampleSite } from '../../events/example-site.ts';
import { eventNames, stateNames } from '../../events/names.ts';
import { eventTypes } from '../../events/registry.ts';
import { dataFile, missingData } from '../support/resources.ts';

const types = [...eventTypes.values()];

describe('the registry', () => {
  it('holds every name once, under itself', () => {
    expect([...eventTypes.keys()].toSorted()).toEqual([...eventNames].toSorted());
    expect(types.map(({ name }) => name).toSorted()).toEqual([...eventNames].toSorted());
  });

  it('holds every retained state', () => {
    const states = types.filter(({ lane }) => lane === 'state').map(({ name }) => name);
    expect(states.filter(name => name.startsWith('gateway.'))).toEqual(
      stateNames.map(name => `gateway.${name}.reported`),
    );
  });

  it('classifies every type, and nothing else', () => {
    expect(Object.keys(classifications).toSorted()).toEqual([...eventNames].toSorted());
  });
});

describe.each(types)('$name', type => {
  it('begins with a service of the center and ends with a past participle, the class of object left to the data', () => {
    const [service, noun, verb, ...rest] = type.name.split('.');
    expect(services).toContain(service);
    expect(rest).toEqual([]);
    expect(noun).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(verb).toMatch(/^(no-consumer|set-aside|[a-z]+(ed|ost|eft|een))$/);
  });

  it('has an example that its schema accepts, of a device of the example site', () => {
    const { data, device } = type.example;
    expect(type.data.safeParse(data).error?.issues ?? []).toEqual([]);
    if (device !== undefined) expect(exampleSite.devices.has(device)).toBe(true);
  });

  it('is restricted where it may carry a picture', () => {
    if (type.data.shape['media'] !== undefined) expect(classifications[type.name].classification).toBe('restricted');
  });

  it('names its method or its detector where it is derived', () => {
    if (type.name.startsWith('environment.')) expect(type.data.shape).toHaveProperty('method');
    if (/^urban-camera\.(object|zone)/.test(type.name)) expect(type.data.shape).toHaveProperty('detector');
  });

  it('tells its headline in both languages, in NFC, with the time, where it has one', () => {
    const words = { when: { vi: 'lúc 08:12 ngày 23/11', en: 'at 08:12 on 23 Nov' }, source: 'Trạm Kim Long' };
    const headline = type.headlineOf(type.example.data, words);
    expect(headline !== undefined).toBe(type.hasHeadline);
    if (headline === undefined) return;
    expect(headline.vi).toContain(words.when.vi);
    expect(headline.en).toContain(words.when.en);
    expect(headline.vi).toBe(headline.vi.normalize('NFC'));
    expect(headline.vi).toMatch(/[^\x20-\x7e]/);
  });

  it('has a headline where a duty officer reads it', () => {
    const silent = ['urban-camera.media.stored', 'urban-camera.object.observed'];
    const isRead = type.lane === 'alert' || (type.lane === 'event' && !silent.includes(type.name));
    expect(type.hasHeadline).toBe(isRead);
  });
});

const skipped = missingData();
const modelSchema = z.looseObject({
  allOf: z.array(z.looseObject({ properties: z.record(z.string(), z.looseObject({})).optional() })),
});

describe.skipIf(skipped)('in the words of the Smart Data Models', () => {
  const modelled = types.filter(({ example }) =>
    ['AirQualityObserved', 'WeatherObserved', 'NoiseLevelObserved', 'Vessel'].includes(String(example.data['type'])),
  );

  it('five types are written', () => {
    expect(modelled).toHaveLength(5);
  });

  it.each(modelled)('$name carries values that its model accepts', async ({ example: { data } }) => {
    const model = String(data['type']);
    const text = await readFile(dataFile('uplink', 'smart-data-models', model, 'schema.json'), 'utf8');
    const { allOf } = modelSchema.parse(JSON.parse(text));
    const properties = allOf.flatMap(part => Object.entries(part.properties ?? {}));
    const ajv = new Ajv({ strict: false });
    formats.default(ajv);
    let judged = 0;
    for (const [name, schema] of properties) {
      // References lead to the models' site.
      if (data[name] === undefined || '$ref' in schema) continue;
      judged++;
      expect(ajv.validate(schema, data[name]), `${name}: ${ajv.errorsText()}`).toBe(true);
    }
    expect(judged).toBeGreaterThan(1);
  });
});

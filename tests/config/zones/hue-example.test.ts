import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { isInside } from '../../../pipelines/geofence/zone.ts';
import { parseZoneFile } from '../../../pipelines/geofence/zone-file.ts';
import { projectFile } from '../../support/resources.ts';

const text = await readFile(projectFile('config', 'zones', 'hue-example.geojson'), 'utf8');
const zones = parseZoneFile(text);

it('the example zones are taken, and say in both languages that they are no legal boundaries', () => {
  const { features } = z
    .object({ features: z.array(z.object({ properties: z.object({ description: z.string() }) })) })
    .parse(JSON.parse(text));
  expect(features.length).toBe(zones.length);
  for (const { properties } of features) {
    expect(properties.description).toContain('không phải ranh giới pháp lý');
    expect(properties.description).toContain('no legal boundary');
  }
  expect(text).toBe(text.normalize('NFC'));
});

it('the example waters follow each other out to sea without a gap, each for one class of lengths', () => {
  const at = (longitude: number, latitude: number): string[] =>
    zones.filter(zone => isInside(zone, { longitude, latitude })).map(({ here }) => here.id);
  expect(at(107.75, 16.53)).toEqual(['vung-ven-bo']);
  expect(at(107.9, 16.7)).toEqual(['vung-long']);
  expect(at(108.4, 17.2)).toEqual(['vung-khoi']);
  expect(at(107.65, 16.55)).toContain('cang-thuan-an');
  expect(at(107.5, 16.4)).toEqual([]);
  const lengths = zones.flatMap(({ here, permits }) => (here.kind === 'waters' ? [permits] : []));
  expect(lengths).toEqual([
    { activity: 'fishing', lengthMetres: { below: 12 } },
    { activity: 'fishing', lengthMetres: { least: 12, below: 15 } },
    { activity: 'fishing', lengthMetres: { least: 15 } },
  ]);
});

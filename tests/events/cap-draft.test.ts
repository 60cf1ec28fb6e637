import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Conclusion } from '../../core/conclusion.ts';
import type { Site } from '../../core/site.ts';
import { toCapDraft } from '../../events/cap-draft.ts';
import type { EventType } from '../../events/event-type.ts';
import { exampleConclusion, exampleSite } from '../../events/example-site.ts';
import { thresholdCleared, thresholdRaised, thresholdUpdated } from '../../events/warning.ts';
import { toWire } from '../support/events.ts';
import { dataFile, missingData, missingPrograms, temporaryFolder } from '../support/resources.ts';

const wire = (type: EventType, data: Conclusion['data'] = {}, site: Partial<Site> = {}) => {
  const conclusion = exampleConclusion(type);
  return toWire({ ...conclusion, data: { ...conclusion.data, ...data } }, { ...exampleSite, ...site });
};

const options = { timeZone: 'Asia/Ho_Chi_Minh', radiusKilometres: 0 };
const draft = (...given: Parameters<typeof wire>): string => toCapDraft(wire(...given), options);

/** The text of each element of this name, in order. */
const texts = (xml: string, name: string): readonly string[] =>
  [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text = '']) => text);

const hostile = 'Cầu <Trường & Tiền>, "số" \u0001 5';

const all = {
  raised: draft(thresholdRaised),
  updated: draft(thresholdUpdated),
  recovered: draft(thresholdCleared),
  lost: draft(thresholdCleared, { reason: 'source-lost' }),
  removed: draft(thresholdCleared, { reason: 'config-removed' }),
  hostile: draft(thresholdRaised, { place: hostile, rule: { id: 'own', name: { vi: hostile, en: hostile } } }),
  'nowhere, of your own': draft(thresholdRaised, {
    location: undefined,
    locationOf: undefined,
    station: undefined,
    ratePerHour: undefined,
    hazard: 'other',
  }),
  'around it': toCapDraft(wire(thresholdRaised), { ...options, radiusKilometres: 2.5 }),
  'in another zone': toCapDraft(wire(thresholdRaised), { ...options, timeZone: 'America/St_Johns' }),
};

describe('a draft of CAP', () => {
  const skipped = missingPrograms('xmllint') ?? missingData();

  it.skipIf(skipped)('is valid by the schema of OASIS, whatever it is made of', async () => {
    await using folder = await temporaryFolder();
    const files = await Promise.all(
      Object.entries(all).map(async ([name, xml], index) => {
        const file = path.join(folder.path, `${index}.xml`);
        await writeFile(file, xml);
        return { name, file };
      }),
    );
    const schema = dataFile('uplink', 'CAP-v1.2.xsd');
    const { status, stderr } = spawnSync(
      'xmllint',
      ['--nonet', '--noout', '--schema', schema, ...files.map(({ file }) => file)],
      { encoding: 'utf8' },
    );
    const said = files.reduce((text, { name, file }) => text.replaceAll(file, name), stderr);
    expect({ status, said: said.split('\n').filter(line => line !== '' && !line.endsWith(' validates')) }).toEqual({
      status: 0,
      said: [],
    });
  });

  it('is a draft of a real warning, a test of any other, and never a message to the public', () => {
    expect(texts(all.raised, 'status')).toEqual(['Draft']);
    for (const status of ['test', 'exercise', 'simulated'] as const)
      expect(texts(draft(thresholdRaised, {}, { status, devices: new Map() }), 'status')).toEqual(['Test']);
    for (const xml of Object.values(all)) {
      expect(texts(xml, 'scope')).toEqual(['Restricted']);
      expect(texts(xml, 'status')).toEqual(['Draft']);
    }
  });

  it('tells the same in Vietnamese and English, with local times', () => {
    expect(texts(all.raised, 'language')).toEqual(['vi-VN', 'en-US']);
    expect(texts(all.raised, 'event')).toEqual(['Lũ', 'Flood']);
    expect(texts(all.raised, 'sent')).toEqual(['2026-10-27T20:00:00+07:00']);
    expect(texts(all.raised, 'headline')[0]).toBe(
      'Lũ sông Hương tại wl-kimlong: mực nước 2,04 m, trên báo động II (2,00 m), đang lên 0,21 m/giờ (lúc 20:00 ngày 27/10)',
    );
    expect(texts(all['in another zone'], 'sent')).toEqual(['2026-10-27T10:30:00-02:30']);
  });

  it('says where: the place of the sensor and the ward, no more than was measured', () => {
    expect(texts(all.raised, 'circle')).toEqual(['16.4637,107.5508 0', '16.4637,107.5508 0']);
    expect(texts(all['around it'], 'circle')[0]).toBe('16.4637,107.5508 2.5');
    expect(texts(all['nowhere, of your own'], 'circle')).toEqual([]);
    expect(all.raised).toMatch(/<geocode>\s*<valueName>vn:maDonViHanhChinh<\/valueName>\s*<value>00000<\/value>/);
  });

  it('carries the alarm stage of the river, and no risk level, which only people give', () => {
    expect(all.updated).toMatch(/<valueName>vn:baoDongLu<\/valueName>\s*<value>III<\/value>/);
    expect(all.updated).not.toContain('capDoRuiRo');
  });

  it('refers to the message before it, and ends as all clear, as unknown or as canceled', () => {
    const [sender = ''] = texts(all.raised, 'sender');
    expect(texts(all.raised, 'references')).toEqual([]);
    expect(texts(all.updated, 'references')).toEqual([
      `${sender},${texts(all.raised, 'identifier')[0]},${texts(all.raised, 'sent')[0]}`,
    ]);
    const standing = (xml: string) =>
      ['msgType', 'responseType', 'urgency', 'severity', 'certainty'].map(name => texts(xml, name)[0]);
    expect([all.raised, all.updated, all.recovered, all.lost, all.removed].map(standing)).toEqual([
      ['Alert', 'Assess', 'Immediate', 'Severe', 'Observed'],
      ['Update', 'Assess', 'Immediate', 'Extreme', 'Observed'],
      ['Update', 'AllClear', 'Past', 'Minor', 'Observed'],
      ['Update', 'Assess', 'Unknown', 'Minor', 'Unknown'],
      ['Cancel', 'Assess', 'Unknown', 'Minor', 'Unknown'],
    ]);
  });

  it('follows what was told last where the gateway itself ended the warning', () => {
    const { data } = exampleConclusion(thresholdRaised);
    const { text: _, ...last } = data;
    const ended = {
      ...exampleConclusion(thresholdCleared),
      data: { ...last, phase: 'cleared', reason: 'config-removed' },
    };
    const xml = toCapDraft(toWire(ended), options);
    expect(texts(xml, 'sent')).toEqual(['2026-10-29T04:40:00+07:00']);
    expect(texts(xml, 'references')).toEqual([
      `${texts(xml, 'sender')[0]},${texts(all.raised, 'identifier')[0]},${texts(all.raised, 'sent')[0]}`,
    ]);
    expect(texts(xml, 'identifier')).not.toEqual(texts(all.raised, 'identifier'));
  });

  it.each([
    [
      'another event',
      { ...wire(thresholdRaised), type: 'vn.ioc.gateway.device.failed.v1' },
      'vn.ioc.gateway.device.failed.v1',
    ],
    ['no event at all', [], 'this is no event'],
    ['half a warning', { ...wire(thresholdRaised), areacode: undefined }, 'not whole: areacode'],
  ])('is not made of %s', (_, event, message) => {
    expect(() => toCapDraft(event, options)).toThrow(message);
  });
});

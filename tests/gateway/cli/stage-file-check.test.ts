import { rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../config/parse.ts';
import { checkStageFiles } from '../../../gateway/cli/stage-file-check.ts';
import { siteSections } from '../../support/gateway.ts';
import { temporaryFolder } from '../../support/resources.ts';

type Position = readonly [longitude: number, latitude: number];

const ring: readonly Position[] = [
  [107.5, 16.5],
  [107.7, 16.5],
  [107.7, 16.7],
  [107.5, 16.7],
  [107.5, 16.5],
];

const zone = (id: string, corners: readonly Position[] = ring) => ({
  type: 'Feature',
  properties: { id, name: 'Cảng thử', kind: 'port' },
  geometry: { type: 'Polygon', coordinates: [corners] },
});

const zones = (features: readonly object[], others: object = {}): string =>
  JSON.stringify({ type: 'FeatureCollection', ...others, features });

const goodZones = zones([zone('port')]);
const goodRegistry = 'mark,mmsi\nTTH-96969-TS,574123456\n';

type Content = string | Buffer | undefined;

/** What is said of a registry and of zones; undefined is a file that is not there. */
const check = async (registry: Content, zonesText: Content) => {
  await using folder = await temporaryFolder();
  const files = { registry: path.join(folder.path, 'vessels.csv'), zones: path.join(folder.path, 'zones.geojson') };
  await writeFile(files.registry, registry ?? '');
  await writeFile(files.zones, zonesText ?? '');
  if (registry === undefined) await rm(files.registry);
  if (zonesText === undefined) await rm(files.zones);
  return await checkIn(folder.path, files);
};

const checkIn = async (folder: string, files: { readonly registry: string; readonly zones: string }) => {
  const text = `${siteSections({ folder, apiPort: 8080 })}
devices: [{ id: ais, driver: ais-receiver, connection: { transport: tcp-client, host: 127.0.0.1, port: 10110 } }]
pipelines:
  - name: harbor
    from: [ais]
    stages:
      - { stage: track, registry: ${files.registry} }
      - stage: geofence
        zones: ${files.zones}
`;
  const { config, problems, texts } = parseConfig(text, 'gateway.yaml');
  expect(problems).toEqual([]);
  if (config === undefined) throw new Error('the configuration was refused');
  const found = await checkStageFiles(config, texts);
  const lineOf = (word: string): number => text.split('\n').findIndex(line => line.includes(word)) + 1;
  for (const { line, message, path: at } of found) {
    const isZones = message.includes(files.zones);
    expect(isZones || message.includes(files.registry), `${message} names the file`).toBe(true);
    expect([line, at]).toEqual(
      isZones
        ? [lineOf('zones: '), 'pipelines[0].stages[1].zones']
        : [lineOf('registry: '), 'pipelines[0].stages[0].registry'],
    );
  }
  return found;
};

describe('the check of the files of stages', () => {
  it('has nothing against good ones, in whatever way an office saved them', async () => {
    expect(await check(goodRegistry, goodZones)).toEqual([]);
    const excel = '\uFEFFSố đăng ký;Tên tàu;Chiều dài lớn nhất;Nghề chính\r\nTTH-96969-TS;Thuận An 5;17,2;Lưới kéo\r\n';
    expect(await check(excel, `\uFEFF${goodZones}`)).toEqual([]);
    const clockwise = zones([zone('port', ring.toReversed())], {
      crs: { type: 'name', properties: { name: 'urn:ogc:def:crs:OGC:1.3:CRS84' } },
    });
    expect(await check(goodRegistry, clockwise)).toEqual([]);
  });

  it.each<readonly [string, Content, RegExp, RegExp]>([
    ['are not there', undefined, /cannot be read \(ENOENT\)/, /Put it there, or correct the path/],
    ['are empty', '', /not JSON/, /Save the zones as GeoJSON/],
    ['are a table', 'id;name\nport;Cảng\n', /not JSON/, /Save the zones as GeoJSON/],
    ['lack a comma', '{\n "type": "FeatureCollection"\n "features": [] }', /not JSON: .*line 3/, /a missing comma/],
    ['are JSON of another kind', '{"zones":[]}', /not a GeoJSON FeatureCollection: type/, /"FeatureCollection"/],
    [
      'cross themselves',
      zones([
        zone('port'),
        zone('bow-tie', [
          [107, 16],
          [108, 17],
          [108, 16],
          [107, 17],
          [107, 16],
        ]),
      ]),
      /feature 2 "bow-tie": the outline crosses or touches itself between .*\[107, 16\]/,
      /Fix geometries/,
    ],
    [
      'are not closed',
      zones([zone('port', ring.slice(0, 4))]),
      /feature 1 "port": the outline is not closed/,
      /Repeat/,
    ],
    [
      'have the latitude first',
      zones([
        zone(
          'port',
          ring.map(([longitude, latitude]): Position => [latitude, longitude]),
        ),
      ]),
      /feature 1 "port": geometry.*the latitude stands second/,
      /\[longitude, latitude\]/,
    ],
    [
      'are in metres of VN-2000',
      zones([
        zone(
          'port',
          ring.map(([x, y]): Position => [x * 5000, y * 110_000]),
        ),
      ]),
      /feature 1 "port": geometry.*degrees of WGS 84/,
      /\[longitude, latitude\]/,
    ],
    ['have an id twice', zones([zone('port'), zone('port')]), /feature 2 "port": two features have the id/, /its own/],
    [
      'name another reference system',
      zones([zone('port')], { crs: { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::3405' } } }),
      /another reference system than WGS 84/,
      /EPSG:4326.*VN-2000/,
    ],
    ['are in UTF-16', Buffer.from(`\uFEFF${goodZones}`, 'utf16le'), /not in UTF-8: it is in UTF-16/, /UTF-8/],
  ])('says of zones that %s what is wrong and what to do', async (_, text, message, advice) => {
    const [problem, ...others] = await check(goodRegistry, text);
    expect(problem?.message).toMatch(message);
    expect(problem?.advice).toMatch(advice);
    expect(others).toEqual([]);
  });

  it.each<readonly [string, Content, RegExp, RegExp]>([
    ['is not there', undefined, /cannot be read \(ENOENT\)/, /Put it there/],
    [
      'has a mark twice',
      'mark\nTTH-96969-TS\ntth 96969 ts\n',
      /line 3: the registration mark TTH-96969-TS .*line 2/,
      /C/,
    ],
    [
      'has an MMSI twice',
      'mark,mmsi\nTTH-96969-TS,574123456\nTTH-90002-TS,574123456\n',
      /line 3: the MMSI 574123456 stands in line 2 too: keep it in one of them/,
      /Correct the lines/,
    ],
    ['has no headers', 'TTH-96969-TS,574123456\n', /no column "mark" in its first line/, /Write a line of headers/],
    [
      'was saved by Excel without UTF-8',
      Buffer.concat([Buffer.from('mark,name\nTTH-96969-TS,Thu'), Buffer.from([0xe2, 0xf2]), Buffer.from('n An\n')]),
      /not in UTF-8: line 2 has letters of another encoding/,
      /CSV UTF-8/,
    ],
  ])('says of a registry that %s the line and what to do', async (_, text, message, advice) => {
    const [problem, ...others] = await check(text, goodZones);
    expect(problem?.message).toMatch(message);
    expect(problem?.advice).toMatch(advice);
    expect(others).toEqual([]);
  });

  it('goes on after a bad one, and reads nothing that is too large, or no file', async () => {
    expect(await check('mark\nboat\n', '{}')).toHaveLength(2);
    await using folder = await temporaryFolder();
    const large = path.join(folder.path, 'zones.geojson');
    await writeFile(large, goodZones);
    await truncate(large, 100 * 2 ** 20);
    const found = await checkIn(folder.path, { registry: folder.path, zones: large });
    expect(found.map(({ message }) => message)).toEqual([`${folder.path} is no file`, `the file ${large} has 100 MiB`]);
  });
});

import { expect, test } from 'vitest';
import { circular10Schema } from '../../../sinks/circular-10/config.ts';
import { fileNameOf, type Line, stampIn, stampOf, toText } from '../../../sinks/circular-10/text.ts';

const zone = 'Asia/Ho_Chi_Minh';
const mark = Date.UTC(2026, 10, 26, 3, 15);

const configOf = (values: readonly object[], overrides: object = {}) =>
  circular10Schema.parse({
    name: 'authority',
    sink: 'circular-10',
    station: 'Hue_SoTNMT_KimLong',
    values,
    delivery: { transport: 'folder', path: '/srv/files' },
    ...overrides,
  });

/** The file of values as they were measured, in the quantities' own units. */
const textOf = (
  values: readonly (readonly [value: object, measured: number | undefined, status?: Line['status']])[],
  overrides: object = {},
): string => {
  const config = configOf(
    values.map(([value]) => value),
    overrides,
  );
  const lines = config.values.map((value, index): Line => {
    const [, measured, status = '00'] = values[index] ?? [];
    return { value, measured, status };
  });
  return toText(lines, stampOf(mark, zone), config);
};

test('a file is named by its station and the clock on its wall, seven hours ahead of UTC', () => {
  expect(fileNameOf('Hue_SoTNMT_KimLong', mark, zone)).toBe('Hue_SoTNMT_KimLong_20261126101500.txt');
  expect(fileNameOf('KimLong', Date.UTC(2026, 11, 31, 17), zone)).toBe('KimLong_20270101000000.txt');
});

test('the time is read from the names of files alone that are ours', () => {
  expect(stampIn('Hue_SoTNMT_KimLong_20261126101500.txt')).toBe('20261126101500');
  for (const other of ['.Hue_20261126101500.txt.tmp', 'Hue_20261126101500.txt.tmp', 'station.json', '20261126.txt'])
    expect(stampIn(other)).toBeUndefined();
});

test('a line has symbol, value, unit, local time and status, ended as on Windows', () => {
  expect(
    textOf([
      [{ device: 'pm', quantity: 'pm25' }, 20.614],
      [{ device: 'pm', quantity: 'pm10' }, 31.2, '01'],
      [{ device: 'ws', quantity: 'temperature' }, 24.1],
    ]),
  ).toBe(
    'PM2,5\t20.61\tug/Nm3\t20261126101500\t00\r\n' +
      'PM10\t31.20\tug/Nm3\t20261126101500\t01\r\n' +
      'Temp\t24.10\toC\t20261126101500\t00\r\n',
  );
});

test('a value that is not there leaves its column and its status in the line', () => {
  const value = { device: 'pm', quantity: 'pm25' };
  expect(textOf([[value, undefined, '02']])).toBe('PM2,5\t0\tug/Nm3\t20261126101500\t02\r\n');
  expect(textOf([[value, undefined, '02']], { missing: '' })).toBe('PM2,5\t\tug/Nm3\t20261126101500\t02\r\n');
});

test.for([
  [{ quantity: 'relativeHumidity' }, 0.84, 'RH\t84.00\t%'],
  [{ quantity: 'co', unit: 'mg/m3', decimals: 3 }, 1145, 'CO\t1.145\tmg/Nm3'],
  // 28.01 g/mol of CO at 25 degrees C and 1013.25 hPa: 1145 ug/m3 are one ppm.
  [{ quantity: 'co', unit: '[ppm]', decimals: 3 }, 1144.87, 'CO\t1.000\tppm'],
  [{ quantity: 'atmosphericPressure', unit: 'mm[Hg]' }, 1013.25, 'P\t760.00\tmmHg'],
  [{ quantity: 'temperature', unit: 'K' }, 24.1, 'Temp\t297.25\tK'],
  [{ quantity: 'pH' }, 7.4, 'pH\t7.40\t-'],
  [{ quantity: 'windDirection', symbol: 'WD', decimals: 0 }, -47, 'WD\t313\to'],
  [{ quantity: 'so2', unitText: 'ug/m3' }, 12, 'SO2\t12.00\tug/m3'],
  [{ quantity: 'temperature' }, -0.001, 'Temp\t0.00\toC'],
  [{ quantity: 'temperature' }, -3.456, 'Temp\t-3.46\toC'],
] as const)('%o of %d is written as %s', ([value, measured, line]) => {
  expect(textOf([[{ device: 'one', ...value }, measured]])).toBe(`${line}\t20261126101500\t00\r\n`);
});

test('the authority may have another separator and another decimal mark', () => {
  const value = { device: 'pm', quantity: 'pm25' };
  expect(textOf([[value, 20.6]], { separator: ';', decimalMark: ',' })).toBe(
    'PM2,5;20,60;ug/Nm3;20261126101500;00\r\n',
  );
});

const complaintsOf = (config: object): string =>
  circular10Schema
    .safeParse({
      name: 'a',
      sink: 'circular-10',
      station: 'Hue',
      delivery: { transport: 'folder', path: '/x' },
      ...config,
    })
    .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
    .join('\n') ?? '';

test('what the circular cannot take is refused in the configuration', () => {
  const pm25 = { device: 'pm', quantity: 'pm25' };
  expect(complaintsOf({ values: [pm25, { ...pm25, device: 'other' }] })).toMatch(
    /^values\.1\.symbol: "PM2,5" stands in line 1/,
  );
  expect(complaintsOf({ values: [{ device: 'ws', quantity: 'gustSpeed' }] })).toMatch(
    /^values\.0\.symbol: table 34 has no/,
  );
  expect(complaintsOf({ values: [{ ...pm25, unit: 'Cel' }] })).toMatch(/^values\.0\.unit: "pm25" cannot be told in it/);
  expect(complaintsOf({ values: [pm25], separator: ',' })).toMatch(/^separator: .*another separator/);
  expect(complaintsOf({ values: [pm25], keep: '30d' })).toMatch(/^keep: too short/);
  expect(complaintsOf({ values: [{ ...pm25, symbol: 'PM\t25' }] })).toMatch(/^values\.0\.symbol: expected printable/);
  expect(complaintsOf({ values: [pm25], station: '../etc' })).toMatch(/^station: expected letters/);
});

test('a login is demanded whole: one secret, the key of an SFTP server, no ".." in a folder', () => {
  const values = [{ device: 'pm', quantity: 'pm25' }];
  const server = { transport: 'sftp', host: 'ftp.hue.example', user: 'kimlong' };
  expect(complaintsOf({ values, delivery: { ...server, password: `\${env:X}` } })).toMatch(/^delivery\.hostKey/);
  const hostKey = `SHA256:${'a'.repeat(43)}`;
  expect(complaintsOf({ values, delivery: { ...server, hostKey } })).toMatch(
    /expected either "password" or "privateKey"/,
  );
  expect(complaintsOf({ values, delivery: { ...server, hostKey, password: 'plain' } })).toMatch(/secret never stands/);
  const good = { ...server, hostKey, password: `\${env:X}` };
  expect(complaintsOf({ values, delivery: { ...good, folder: '/data/{yyyy}/{MM}' } })).toBe('');
  expect(complaintsOf({ values, delivery: { ...good, folder: '../../etc' } })).toMatch(/no "\.\."/);
});

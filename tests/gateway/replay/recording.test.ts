import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { withChecksum } from '../../../drivers/protocols/nmea0183/checksum.ts';
import { openRecording, type Recorded } from '../../../gateway/replay/recording.ts';
import { temporaryFolder } from '../../support/resources.ts';

const sentence = '!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A';
const at = Date.parse('2026-11-23T08:00:00Z');

const recordsOf = async (content: string | Uint8Array) => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'recording');
  await writeFile(file, content);
  await using recording = await openRecording(file);
  if (recording.kind !== 'stream') throw new Error(recording.kind);
  const records: Recorded[] = [];
  for await (const record of recording.records()) records.push(record);
  expect(recording.bytesRead()).toBe(recording.size);
  return {
    driver: recording.format.driver,
    trouble: recording.trouble(),
    records: records.map(({ bytes, time }) => ({ text: Buffer.from(bytes).toString('latin1'), time })),
  };
};

test.each([
  ['a TAG block in seconds', `\\${withChecksum(`s:quay,c:${at / 1000}`)}\\${sentence}\r\n`, at],
  ['a TAG block in milliseconds', `\\${withChecksum(`c:${at + 250},s:quay`)}\\${sentence}\n`, at + 250],
  ['the fields that shore stations append', `${sentence},d-109,S2105,r003669946,${at / 1000},1325394001\n`, at],
  ['the short form of them', `${sentence},r003669946,${at / 1000}\n`, at],
])('the time of a sentence is told by %s', async (_, line, time) => {
  expect(await recordsOf(line)).toMatchObject({ driver: 'ais-receiver', records: [{ text: line, time }] });
});

test.each([
  ['an instant', '2026-11-23T08:00:00.250Z ', at + 250],
  ['a date and a time', '2026-11-23 08:00:00\t', at],
  ['an instant in local time', '2026-11-23T15:00:00+07:00 ', at],
  ['a date and a time in local time', '[2026-11-23 15:00:00.500 +0700] ', at + 500],
  ['a fraction after a comma', '2026-11-23 08:00:00,250 INFO ', at + 250],
  ['seconds since 1970', `${at / 1000} `, at],
  ['milliseconds since 1970', `[${at + 250}] `, at + 250],
  ['nothing that is a time', 'quay: ', undefined],
  ['nothing that can be', '2026-13-45 08:00:00 ', undefined],
])('what a logger writes before a sentence is not the device’s, and %s tells the time', async (_, prefix, time) => {
  expect(await recordsOf(`${prefix}${sentence}\n`)).toMatchObject({
    driver: 'ais-receiver',
    records: [{ text: `${sentence}\n`, time }],
  });
});

test('a clock that was never set tells no time', async () => {
  const { records } = await recordsOf(`\\${withChecksum('s:quay,c:17')}\\${sentence}\n`);
  expect(records.map(({ time }) => time)).toEqual([undefined]);
});

test('a TAG block counts also behind what a logger wrote', async () => {
  const { records } = await recordsOf(`quay \\${withChecksum(`c:${at / 1000}`)}\\${sentence}\r\n`);
  expect(records.map(({ time }) => time)).toEqual([at]);
});

test('sentences and JSON lines may be mixed', async () => {
  const json = `{"class":"AIS","rxuxtime":${at / 1000 + 1},"nmea":["${sentence}"]}\n`;
  const { records } = await recordsOf(`${json}${at / 1000 + 2} ${sentence}\n${json}`);
  expect(records.map(({ time }) => time)).toEqual([at + 1000, at + 2000, at + 1000]);
});

test('gzip is taken away, also of several files in one', async () => {
  const lines = Array.from({ length: 30_000 }, (_, index) => `${at / 1000 + index} ${sentence}\n`);
  const halves = [lines.slice(0, 15_000), lines.slice(15_000)].map(half => gzipSync(half.join('')));
  const { records, trouble } = await recordsOf(Buffer.concat(halves));
  expect(records.map(({ time }) => time)).toEqual(lines.map((_, index) => at + index * 1000));
  expect(trouble).toBeUndefined();
});

test('of a compressed file that ends too early, what is there is given, and it is said', async () => {
  const lines = Array.from({ length: 30_000 }, (_, index) => `${at / 1000 + index * 7919} ${sentence}\n`);
  const { records, trouble } = await recordsOf(gzipSync(lines.join('')).subarray(0, -2000));
  expect(records.length).toBeGreaterThan(10_000);
  expect(records.length).toBeLessThan(30_000);
  expect(trouble).toContain('damaged or ends too early');
});

test('comments are passed over, and the last line needs no end', async () => {
  const { records } = await recordsOf(`# recorded at the quay: !AIVDM,\n\n${sentence}\n${sentence}`);
  expect(records.map(({ text }) => text)).toEqual(['\n', `${sentence}\n`, sentence]);
});

test('lines of AIS-catcher tell when they were received', async () => {
  const line = (time: string): string => `{"class":"AIS",${time},"nmea":["${sentence}"]}\n`;
  const { driver, records } = await recordsOf(
    line('"rxtime":"20261123080000"') + line(`"rxuxtime":${at / 1000 + 0.25}`) + line('"ppm":0'),
  );
  expect(driver).toBe('ais-receiver');
  expect(records.map(({ time }) => time)).toEqual([at, at + 250, undefined]);
});

test('NAF messages are cut where they begin, and dated by when they were sent, or else by what they report', async () => {
  const sent = '//SR//DA/20261123//TI/0430//RD/20261123//RT/0800//TM/POS//ER//';
  const reported = '//SR//TI/080000//DA/20261123//TM/POS//ER';
  const { driver, records } = await recordsOf(`${sent}${reported}\n${sent}`);
  expect(driver).toBe('naf-vms');
  expect(records).toEqual([
    { text: sent, time: at },
    { text: `${reported}\n`, time: at },
    { text: sent, time: at },
  ]);
});

test('a record without end is given in pieces', async () => {
  const { records } = await recordsOf(`${sentence}\n${'x'.repeat(1_000_000)}`);
  expect(records.length).toBeGreaterThan(10);
  expect(Math.max(...records.map(({ text }) => text.length))).toBeLessThanOrEqual(65_536);
  expect(records.map(({ text }) => text).join('')).toHaveLength(1_000_000 + sentence.length + 1);
});

test('UTF-16 is called by its name', async () => {
  await expect(recordsOf(Buffer.from(`\uFEFF${sentence}\r\n`, 'utf16le'))).rejects.toMatchObject({
    advice: expect.stringContaining('iconv -f UTF-16'),
  });
});

test('an empty file holds nothing', async () => {
  await expect(recordsOf('')).rejects.toThrow('nothing that can be replayed');
});

test('a file of another kind is refused with what can be replayed', async () => {
  await expect(recordsOf('time,latitude,longitude\n')).rejects.toMatchObject({
    kind: 'config',
    message: expect.stringContaining('nothing that can be replayed'),
    advice: expect.stringContaining('NMEA 0183'),
  });
  await expect(openRecording('/nowhere/quay.nmea')).rejects.toMatchObject({
    kind: 'config',
    message: '/nowhere/quay.nmea cannot be read (ENOENT)',
  });
});

test('what is nothing else is a document where one is expected, also one made smaller by gzip', async () => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'positions');
  const text = '[{"id":1,"class":"fishing"}]';
  const opened = async (content: string | Uint8Array, expected: 'document' | 'either') => {
    await writeFile(file, content);
    await using recording = await openRecording(file, expected);
    return recording.kind === 'document' ? Buffer.from(recording.content).toString() : recording.format.name;
  };
  expect(await opened(text, 'either')).toBe(text);
  expect(await opened(gzipSync(text), 'document')).toBe(text);
  expect(await opened(`${sentence}\n`, 'either')).toBe('AIS');
  expect(await opened(`${sentence}\n`, 'document')).toBe(`${sentence}\n`);
  await expect(opened('', 'either')).rejects.toThrow('nothing that can be replayed');
});

test('a document that memory cannot hold is refused', async () => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'positions.gz');
  await writeFile(file, gzipSync(Buffer.alloc(65 * 2 ** 20, ' ')));
  await expect(openRecording(file, 'document')).rejects.toMatchObject({
    kind: 'config',
    message: expect.stringContaining('larger than 64 MiB'),
    advice: expect.stringContaining('Cut it'),
  });
});

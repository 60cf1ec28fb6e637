import { expect, test } from 'vitest';
import { minutes } from '../../../core/time.ts';
import { circular10Schema } from '../../../sinks/circular-10/config.ts';
import type { Reading } from '../../../sinks/circular-10/reading.ts';
import {
  decodeStation,
  encodeStation,
  linesOf,
  markDone,
  newStation,
  nextDue,
  type Station,
  takeReading,
} from '../../../sinks/circular-10/station.ts';

const { values: wanted } = circular10Schema.parse({
  name: 'authority',
  sink: 'circular-10',
  station: 'Hue',
  values: [
    { device: 'pm-1', quantity: 'pm25' },
    { device: 'pm-1', quantity: 'pm10' },
    { device: 'ws-1', quantity: 'temperature' },
  ],
  delivery: { transport: 'folder', path: '/srv/files' },
});
const wait = minutes(2);
const ten = Date.UTC(2026, 10, 26, 3);
const at = (minute: number): number => ten + minutes(minute);

const mean = (
  minute: number,
  device: string,
  values: Record<string, number | undefined>,
  isActual = true,
): Reading => ({
  kind: 'mean',
  device,
  mark: at(minute),
  values: new Map(Object.entries(values)) as Extract<Reading, { kind: 'mean' }>['values'],
  isActual,
});

const trouble = (
  minute: number,
  phase: 'begins' | 'ends',
  overrides: Partial<Extract<Reading, { kind: 'trouble' }>> = {},
): Reading => ({
  kind: 'trouble',
  trouble: 'calibrating',
  phase,
  correlation: 'command/1',
  devices: ['pm-1'],
  quantity: undefined,
  at: at(minute),
  until: undefined,
  ...overrides,
});

/** At work since ten o'clock. */
const open = (...readings: readonly Reading[]): Station => {
  const station = newStation();
  nextDue(station, { now: ten, since: ten, wait }, wanted);
  for (const reading of readings) takeReading(station, reading, wanted);
  return station;
};

const dueAt = (station: Station, minute: number): number | undefined =>
  nextDue(station, { now: at(minute), since: ten, wait }, wanted);

const statuses = (station: Station, minute: number): readonly string[] =>
  linesOf(station, at(minute), wanted).map(({ status }) => status);

const whole = (minute: number): readonly Reading[] => [
  mean(minute, 'pm-1', { pm25: 20, pm10: 31 }),
  mean(minute, 'ws-1', { temperature: 24 }),
];

test('a file is made as soon as all its values are there', () => {
  const station = open(...whole(5));
  expect(dueAt(station, 5)).toBe(at(5));
  expect(linesOf(station, at(5), wanted).map(({ measured }) => measured)).toEqual([20, 31, 24]);
  expect(statuses(station, 5)).toEqual(['00', '00', '00']);
});

test('a file waits for values that are not there, and then says that their devices are in error', () => {
  const station = open(mean(5, 'pm-1', { pm25: 20, pm10: 31 }));
  expect(dueAt(station, 6.9)).toBeUndefined();
  expect(dueAt(station, 7)).toBe(at(5));
  expect(statuses(station, 5)).toEqual(['00', '00', '02']);
});

test('a value of which no sample was good enough is there, and in error', () => {
  const station = open(mean(5, 'pm-1', { pm25: undefined, pm10: 31 }), mean(5, 'ws-1', { temperature: 24 }));
  expect(dueAt(station, 5)).toBe(at(5));
  expect(statuses(station, 5)).toEqual(['02', '00', '00']);
});

test('there is a file for each five minutes also while nothing comes at all', () => {
  const station = open();
  const made: (number | undefined)[] = [];
  for (let due = dueAt(station, 17); due !== undefined; due = dueAt(station, 17)) {
    made.push(due);
    markDone(station, due);
  }
  expect(made).toEqual([at(5), at(10), at(15)]);
});

test('what was on its way at a start is waited for, also for files that are due long since', () => {
  const station = open();
  expect(nextDue(station, { now: at(60), since: at(59), wait }, wanted)).toBeUndefined();
  expect(nextDue(station, { now: at(61), since: at(59), wait }, wanted)).toBe(at(5));
});

test('files are owed for a day, and not for the months that a station was switched off', () => {
  const station = open();
  const days = (count: number): number => count * 24 * 60;
  expect(dueAt(station, days(90))).toBe(at(days(89) + 5));
});

test('a mean that comes when its file was made is late', () => {
  const station = open(...whole(5));
  markDone(station, at(5));
  expect(takeReading(station, mean(5, 'pm-1', { pm25: 1, pm10: 2 }), wanted)).toBe('late');
});

test('the first mean of a line counts; a supplement of late samples changes nothing', () => {
  const station = open(...whole(5), mean(5, 'pm-1', { pm25: 99, pm10: 99 }));
  expect(linesOf(station, at(5), wanted).map(({ measured }) => measured)).toEqual([20, 31, 24]);
});

test('what no line is for is of no interest', () => {
  expect(takeReading(open(), mean(5, 'pm-2', { pm25: 1 }), wanted)).toBe('unwanted');
  expect(takeReading(open(), mean(5, 'pm-1', { temperature: 1 }), wanted)).toBe('unwanted');
});

test('a device that is only tested or simulated does not measure', () => {
  const station = open(mean(5, 'pm-1', { pm25: 20, pm10: 31 }, false), mean(5, 'ws-1', { temperature: 24 }));
  expect(statuses(station, 5)).toEqual(['01', '01', '00']);
});

test('a period in which somebody worked on a device, even for a part of it, is calibration', () => {
  const station = open(trouble(7, 'begins', { until: at(60) }), trouble(11, 'ends'));
  const seen = [5, 10, 15, 20].map(minute => {
    for (const reading of whole(minute)) takeReading(station, reading, wanted);
    const found = statuses(station, minute).join(' ');
    markDone(station, at(minute));
    return found;
  });
  expect(seen).toEqual(['00 00 00', '01 01 00', '01 01 00', '00 00 00']);
});

test('a device that is unplugged for its calibration is calibrated, not in error', () => {
  expect(statuses(open(trouble(1, 'begins', { until: at(60) })), 5)).toEqual(['01', '01', '02']);
});

test('works on a device end at the hour that was said when nobody says so', () => {
  const station = open(trouble(1, 'begins', { until: at(9) }), ...whole(15));
  markDone(station, at(10));
  expect(statuses(station, 15)).toEqual(['00', '00', '00']);
});

test('a sensor with a fault is in error while it lasts, whatever it says, and the others of its device are not', () => {
  const fault = { trouble: 'faulty', quantity: 'pm25', correlation: 'sensor-fault/1' } as const;
  const station = open(trouble(1, 'begins', fault), ...whole(5));
  expect(statuses(station, 5)).toEqual(['02', '00', '00']);
  takeReading(station, trouble(6, 'ends', fault), wanted);
  markDone(station, at(5));
  markDone(station, at(10));
  for (const reading of whole(15)) takeReading(station, reading, wanted);
  expect(statuses(station, 15)).toEqual(['00', '00', '00']);
});

test('events that come again after a crash change nothing', () => {
  const readings = [...whole(5), trouble(1, 'begins', { until: at(60) }), trouble(3, 'ends')];
  const station = open(...readings);
  const before = encodeStation(station);
  for (const reading of readings) takeReading(station, reading, wanted);
  expect(encodeStation(station)).toBe(before);
});

test('what waits for its file survives a restart, and what is no such thing is not believed', () => {
  const station = open(...whole(5), trouble(1, 'begins'));
  const restored = decodeStation(encodeStation(station));
  expect(restored).toEqual(station);
  for (const text of ['', '{', '{"open":[]}', '[]']) expect(decodeStation(text)).toBeUndefined();
});

test('a clock that was set back goes over its marks again', () => {
  const station = open();
  markDone(station, at(60));
  expect(dueAt(station, 12)).toBeUndefined();
  expect(dueAt(station, 17)).toBe(at(15));
});

test('a device with a wild clock opens no files without end', () => {
  const station = open();
  for (let minute = 5; minute < 5 * 1000; minute += 5)
    takeReading(station, mean(minute, 'pm-1', { pm25: 1, pm10: 2 }), wanted);
  expect(station.open.size).toBe(300);
  expect(station.open.has(at(5))).toBe(true);
});

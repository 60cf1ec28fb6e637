import { describe, expect, it } from 'vitest';
import { jsonVmsConfig } from '../../../../drivers/vessels/json-vms/config.ts';

const connection = { transport: 'folder', path: '/var/spool/vms' };
const fields = { vmsId: 'id', time: 'time', latitude: 'lat', longitude: 'lon' };

/** Paths of what is wrong. */
const wrong = (settings: object, changes: object = {}) =>
  jsonVmsConfig
    .safeParse({ connection, fields: { ...fields, ...changes }, ...settings })
    .error?.issues.map(({ path }) => path.join('.'));

describe('the mapping of a provider', () => {
  it('may be as short as the names of its fields', () => {
    expect(jsonVmsConfig.parse({ connection, fields }).fields).toEqual({
      vmsId: 'id',
      time: { path: ['time'], format: 'iso', zone: 'UTC' },
      latitude: { path: 'lat', format: 'decimal' },
      longitude: { path: 'lon', format: 'decimal' },
    });
  });

  it.each([
    [{}, {}, undefined],
    [{}, { vmsId: undefined }, ['fields']],
    [{}, { vmsId: undefined, mark: 'soDangKy' }, undefined],
    [{}, { course: 'a b' }, ['fields.course']],
    [{}, { latitude: { path: 'lat', hemisphere: 'n s' } }, ['fields.latitude']],
    [{}, { time: { path: ['date', 'time of day'], format: 'dd/MM/yyyy HH:mm' } }, ['fields.time.path.1']],
    [{ format: 'csv' }, { course: 'a b', speed: 'Tốc độ (km/h)' }, undefined],
    [
      { format: 'csv', csv: { header: 'absent' } },
      {},
      ['fields.time.path.0', 'fields.latitude', 'fields.longitude', 'fields.vmsId'],
    ],
    [{ format: 'csv', csv: { header: 'absent' } }, { vmsId: '1', time: '2', latitude: '3', longitude: '4' }, undefined],
    [{ format: 'csv', records: 'data' }, {}, ['records']],
    [{ records: 'data.' }, {}, ['records']],
    [{ records: 'fleet[].positions' }, { mark: '^.vessel.mark', name: '^^.name' }, undefined],
    [{ records: 'positions' }, { mark: '^^.mark' }, ['fields.mark']],
    [{}, { mark: '^.mark' }, ['fields.mark']],
    [{}, { alarm: { path: 'a b', values: { SOS: 'distress' } } }, ['fields.alarm']],
    [{}, { alarm: { path: 'a', values: { '0': 'none' } } }, ['fields.alarm.values']],
  ])('%j with fields %j lacks %j', (settings, changes, expected) => {
    expect(wrong(settings, changes)).toEqual(expected);
  });

  it.each([
    { time: { path: 'time', format: 'dd/MM/yyyy' } },
    { time: { path: 'time', zone: 'Hanoi' } },
    { speed: { path: 'v', unit: 'mph' } },
    { latitude: { path: 'lat', format: 'dms' } },
    { heading: 'x' },
  ])('refuses %j', changes => {
    expect(wrong({}, changes)).not.toBeUndefined();
  });
});

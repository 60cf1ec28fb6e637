import { describe, expect, it } from 'vitest';
import { hours, minutes } from '../../../core/time.ts';
import { stage } from '../../../pipelines/alert/stage.ts';

const aggregate = { stage: 'aggregate', config: { periods: [minutes(1), hours(1)] } };
const airQuality = { stage: 'air-quality', config: {} };

const lacking = (config: object, before: readonly { stage: string; config: unknown }[] = [aggregate]) =>
  stage.lacks(config, { before, devices: ['wl-1'] }).map(({ path, message }) => [path.join('.'), message]);

const rule = { id: 'own', name: { vi: 'Nước', en: 'Water' }, quantity: 'waterLevel', above: 1 };
const gauge = { device: 'wl-1', station: 'kim-long', zeroMetres: 0 };

describe('the stage lacks', () => {
  it.each([
    ['nothing behind the means that it judges', { gauges: [gauge], rules: [rule, { ...rule, id: 'b', over: '1h' }] }],
    ['nothing for its own rules of noise, air and gas, which a station may do without', { over: '10m' }],
  ])('%s', (_, config) => {
    expect(lacking(config)).toEqual([]);
  });

  it('aggregate, unless all its rules are of single values', () => {
    expect(lacking({}, [])).toEqual([['', expect.stringContaining('"aggregate" does not stand before it')]]);
    expect(lacking({ rules: [{ ...rule, over: 'sample' }] }, [])).toEqual([]);
  });

  it('means of a length that nobody makes', () => {
    expect(lacking({ over: '10m', gauges: [gauge], rules: [{ ...rule, over: '5m' }] })).toEqual([
      ['over', expect.stringContaining('means of 10m')],
      ['rules.0', expect.stringContaining('means of 5m')],
    ]);
  });

  it('single values behind aggregate', () => {
    expect(lacking({ rules: [{ ...rule, over: 'sample' }] })).toEqual([
      ['rules.0.over', expect.stringContaining('single values end at "aggregate"')],
    ]);
  });

  it('the index, unless air-quality makes it of the hour', () => {
    const index = { rules: [{ ...rule, quantity: 'airQualityIndex' }] };
    expect(lacking(index)).toEqual([['rules.0.quantity', expect.stringContaining('made by "air-quality"')]]);
    expect(lacking(index, [aggregate, airQuality])).toEqual([]);
  });

  it('devices with a name that none has', () => {
    expect(lacking({ gauges: [{ ...gauge, device: 'wl1' }], rules: [{ ...rule, devices: ['wl-1', 'wl2'] }] })).toEqual([
      ['gauges.0.device', 'there is no device "wl1"'],
      ['rules.0.devices.1', 'there is no device "wl2"'],
    ]);
  });
});

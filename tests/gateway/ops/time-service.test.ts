import { describe, expect, it } from 'vitest';
import { readChronyTracking, readNtpVariables } from '../../../gateway/ops/time-service.ts';

describe('what a time service says', () => {
  it.each([
    // chronyc -c tracking: reference id, name, stratum, time, offsets, …, leap status.
    [
      'synchronized',
      'C0A80101,192.168.1.1,3,1764118860.123456789,0.000012,-0.00003,0.00005,-12.3,0.01,0.05,0.02,0.001,64.4,Normal',
    ],
    ['gnss', '47505300,GPS,1,1764118860.123456789,0.000000012,0.0,0.0,-12.3,0.0,0.05,0.000001,0.0001,16.0,Normal'],
    ['gnss', '50505330,PPS0,1,1764118860.123456789,0.000000012,0.0,0.0,-12.3,0.0,0.05,0.000001,0.0001,16.0,Normal'],
    [
      'gnss',
      '53484D30,SHM0,1,1764118860.123456789,0.000000012,0.0,0.0,-12.3,0.0,0.05,0.000001,0.0001,16.0,Insert second',
    ],
    [
      'synchronized',
      '50484330,PHC0,1,1764118860.123456789,0.000000012,0.0,0.0,-12.3,0.0,0.05,0.000001,0.0001,16.0,Normal',
    ],
    ['unknown', '7F7F0101,,10,1764118860.1,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,Normal'],
    ['unsynchronized', '00000000,,0,0.000000000,0.0,0.0,0.0,0.0,0.0,0.0,1.0,1.0,0.0,Not synchronised'],
    ['unsynchronized', '47505300,GPS,1,1764118860.123456789,0.0,0.0,0.0,0.0,0.0,0.0,1.0,1.0,0.0,Not synchronised'],
  ] as const)('is "%s" by chrony: %s', (expected, line) => {
    expect(readChronyTracking(`${line}\n`)).toBe(expected);
  });

  it.each([
    ['synchronized', 'leap=0, refid=203.0.113.7'],
    ['synchronized', 'leap=00, stratum=3,\r\nrefid=10.0.0.1'],
    ['unknown', 'leap=0, refid=LOCAL(0)'],
    ['unknown', 'leap=0, refid=127.127.1.0'],
    ['gnss', 'leap=0, refid=GPS'],
    ['gnss', 'leap=00, refid=.PPS.'],
    ['unsynchronized', 'leap=11, refid=INIT'],
    ['unsynchronized', 'leap=3, refid=.STEP.'],
    ['unsynchronized', 'associd=0 status=c016 leap_alarm, sync_unspec, refid=INIT'],
  ] as const)('is "%s" by ntpd: %s', (expected, text) => {
    expect(readNtpVariables(text)).toBe(expected);
  });
});

import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../core/errors.ts';
import { matchOf, parseRegistry } from '../../../pipelines/track/registry.ts';

const header = 'mark,name,mmsi,callSign,lengthMaxMetres,gear,crew,homePort,ward,provider,vmsId,status';

const failureOf = (text: string): GatewayError => {
  try {
    parseRegistry(text, 'v');
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
  }
  throw new Error('it was accepted');
};

describe('a registry of vessels', () => {
  it('gives each vessel with all that is written of it', () => {
    const line = 'tth 96969 ts,Thuận An 5,574123456,xvab1,17.2,gillnet,8,Thuận An,19909,VNPT,A-17,under-repair';
    expect(parseRegistry(`${header}\n${line}\n`, 'v').entries).toEqual([
      {
        mark: 'TTH-96969-TS',
        name: 'Thuận An 5',
        mmsi: 574123456,
        callSign: 'XVAB1',
        lengthMaxMetres: 17.2,
        gear: 'gillnet',
        crew: 8,
        homePort: 'Thuận An',
        ward: '19909',
        provider: 'VNPT',
        vmsId: 'A-17',
        status: 'under-repair',
      },
    ]);
  });

  it('is read as offices write it: Vietnamese headers, semicolons, decimal commas, other columns', () => {
    const text =
      '\uFEFFSố đăng ký;Chủ tàu;Chiều dài lớn nhất;Số thuyền viên;Tình trạng\nTTH-96969-TS;A;17,2;8;Đang sửa chữa\n';
    expect(parseRegistry(text, 'v').entries).toEqual([
      { mark: 'TTH-96969-TS', lengthMaxMetres: 17.2, crew: 8, status: 'under-repair' },
    ]);
  });

  it('leaves out what is not written, so that no rule about lengths meets a vessel of unknown length', () => {
    expect(parseRegistry('mark,lengthMaxMetres\nTTH-1234-TS,\n', 'v').entries).toEqual([
      { mark: 'TTH-1234-TS', status: 'active' },
    ]);
  });

  it.each([
    ['no registration mark', 'mark\nTTH-96969-TS\nboat', /line 3: "boat" is no registration mark: write it like/],
    ['an MMSI of eight digits', 'mark,mmsi\nTTH-96969-TS,57412345', /line 2: the MMSI "57412345" .* nine digits/],
    ['a length in words', 'mark,length\nTTH-96969-TS,long', /line 2: the length "long" is not a number from 0 to 200/],
    ['a length of nothing', 'mark,length\nTTH-96969-TS,0', /line 2: the length "0"/],
    ['half a person', 'mark,crew\nTTH-96969-TS,7.5', /line 2: the crew "7.5" is not a whole number/],
    ['an unknown status', 'mark,status\nTTH-96969-TS,gone', /line 2: there is no status "gone": write active, ashore/],
    [
      'a mark twice',
      'mark\nTTH-96969-TS\n\nTTH 96969 TS',
      /line 4: the registration mark TTH-96969-TS stands in line 2/,
    ],
    ['an MMSI twice', 'mark,mmsi\nA1-1234-TS,574123456\nTTH-1235-TS,574123456', /line 2: "A1-1234-TS" is no/],
    [
      'an MMSI twice',
      'mark,mmsi\nTTH-1234-TS,574123456\nTTH-1235-TS,574123456',
      /line 3: the MMSI 574123456 stands in/,
    ],
    [
      'a device twice',
      'mark,provider,vmsId\nTTH-1234-TS,VNPT,7\nTTH-1235-TS,vnpt,7',
      /line 3: the VMS device vnpt\/7 stands in line 2 too: keep it in one/,
    ],
    ['a quotation mark too many', 'mark,name\nTTH-1234-TS,"A\nTTH-1235-TS,B', /line 2: a quotation mark is not closed/],
    ['no column of marks', 'name,mmsi\nA,574123456', /has no column "mark" in its first line/],
    ['nothing', '', /has no column "mark"/],
  ])('with %s is refused as a whole, with the line and what to do', (_, text, message) => {
    const failure = failureOf(text);
    expect(failure.kind).toBe('config');
    expect(failure.message).toMatch(message);
    expect(failure.advice).toBeDefined();
  });

  it('names the first lines that are wrong, and how many more there are', () => {
    const { message } = failureOf(['mark', ...Array.from({ length: 40 }, (_, index) => `boat ${index}`)].join('\n'));
    expect(message).toContain('line 6:');
    expect(message).not.toContain('line 7:');
    expect(message).toContain('and 35 more');
  });

  it('with 200 000 lines is read within seconds', () => {
    const lines = Array.from(
      { length: 200_000 },
      (_, index) => `TTH-${100_000 + index}-TS,${574_000_000 + index},17.2`,
    );
    const { entries } = parseRegistry(['mark,mmsi,length', ...lines].join('\n'), 'v');
    expect(entries).toHaveLength(200_000);
    expect(failureOf(['mark', ...lines, 'TTH-1-TS'].join('\n')).message).toContain('more than 200000 lines');
  });
});

describe('the line of a vessel', () => {
  const registry = parseRegistry(
    [
      'mark,mmsi,callSign,provider,vmsId',
      'TTH-1001-TS,574000001,XV1,VNPT,7',
      'TTH-1002-TS,,XV2,,8',
      'TTH-1003-TS,,XV3,,',
    ].join('\n'),
    'v',
  );

  it.each([
    ['its MMSI', { mmsi: 574000001 }, undefined, 'TTH-1001-TS', 'mmsi'],
    [
      'its device, whatever the case of the provider',
      { provider: 'vnpt', vmsId: '7' },
      undefined,
      'TTH-1001-TS',
      'vms-id',
    ],
    [
      'its device, of a line that names no provider',
      { provider: 'any', vmsId: '8' },
      undefined,
      'TTH-1002-TS',
      'vms-id',
    ],
    ['its call sign', { callSign: 'XV3' }, undefined, 'TTH-1003-TS', 'call-sign'],
    ['its mark', {}, 'TTH-1003-TS', 'TTH-1003-TS', 'mark'],
    ['the mark that it uses for a name', { mmsi: 574000009, name: 'TTH 1003 TS' }, undefined, 'TTH-1003-TS', 'mark'],
  ] as const)('is found by %s', (_, facts, mark, found, matchedBy) => {
    expect(matchOf(registry, facts, mark)).toMatchObject({ entry: { mark: found }, matchedBy });
  });

  it.each([
    ['call sign', { mmsi: 574000009, callSign: 'XV1' }],
    ['name', { mmsi: 574000009, name: 'TTH 1001 TS' }],
  ])('that names an MMSI is not found by %s for another one', (_, facts) => {
    expect(matchOf(registry, facts, undefined)).toBeUndefined();
  });
});

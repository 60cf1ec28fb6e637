import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decodeApplication, encodeApplication } from '../../../../../drivers/protocols/ais/applications/application.ts';
import { encode } from '../../../../../drivers/protocols/ais/encode.ts';
import { dearmor, putUnsigned, readUnsigned } from '../../../../../drivers/protocols/ais/sixbit.ts';
import { createRandom } from '../../../../../simulators/world/random.ts';
import { dataFile, missingData, missingPrograms, readJsonLines } from '../../../../support/resources.ts';

/** What the sentences of one message of type 6 or 8 say. */
const decodeSentences = (sentences: readonly string[]) => {
  const parts = sentences.map(sentence => sentence.split(','));
  const payload = parts.map(part => part[5] ?? '').join('');
  const fill = Number(parts.at(-1)?.[6]?.[0]);
  const symbols = new Uint8Array(256);
  expect(dearmor(Buffer.from(payload), 0, payload.length, symbols, 0)).toBe(true);
  const bits = payload.length * 6 - fill;
  const from = symbols[0] === 6 ? 88 : 56;
  const code = readUnsigned(symbols, from - 16, 10);
  const identifier = readUnsigned(symbols, from - 6, 6);
  return { code, identifier, decoded: decodeApplication(symbols, bits, from, code, identifier) };
};

/** A broadcast (message 8) with the application's data, a sentence a line. */
const broadcast = (
  designatedAreaCode: number,
  functionIdentifier: number,
  content: Readonly<Record<string, unknown>>,
): readonly string[] =>
  encode({
    messageType: 8,
    mmsi: 5_740_001,
    designatedAreaCode,
    functionIdentifier,
    applicationData: encodeApplication(designatedAreaCode, functionIdentifier, content),
  })
    .trim()
    .split('\r\n');

/** The application's data alone, from bit 0 on. */
const symbolsOf = (code: number, identifier: number, content: Readonly<Record<string, unknown>>) => {
  const { bits, hex } = encodeApplication(code, identifier, content);
  const symbols = new Uint8Array(256);
  for (const [index, digit] of [...hex].entries()) putUnsigned(symbols, index * 4, 4, Number.parseInt(digit, 16));
  return { symbols, bits };
};

const contentOf = (sentences: readonly string[]): Readonly<Record<string, unknown>> | undefined =>
  decodeSentences(sentences).decoded?.content;

describe('real messages', () => {
  it('of a weather station in the Baltic give what it measures, and nothing for what it does not', () => {
    const content = contentOf([
      '!AIVDM,2,1,9,B,8>j`;MP0GhRHI1S`CrTW2?u2Ot1owwnews0F003wwwwwww0001wwwwwwwwh0,0*02',
      '!AIVDM,2,2,9,B,00,4*18',
    ]);
    expect(content).toMatchObject({
      longitude: 18.776667,
      latitude: 54.411183,
      day: 20,
      hour: 18,
      minute: 28,
      windSpeedKnots: 17,
      windDirectionDegrees: 132,
      airTemperatureCelsius: 1.4,
      pressureHectopascals: 1013,
      waterLevelMetres: 5.38,
    });
    // The station writes the older "all bits set", which are no numbers of this layout.
    expect(content).not.toHaveProperty('relativeHumidityPercent');
    expect(content).not.toHaveProperty('gustSpeedKnots');
    expect(content).not.toHaveProperty('dewPointCelsius');
    expect(content).not.toHaveProperty('waterTemperatureCelsius');
  });

  it('of a buoy set up by hand give what was put in, in the older layout', () => {
    expect(contentOf(['!AIVDO,1,1,4,B,8>jR06@0Bk3:wOli;<`WPhh<1rqVBQf2V@Pdt0J82avIM2b<<Rv1t<ot=@1,2*54'])).toEqual({
      latitude: 53.294883,
      longitude: -6.133983,
      day: 18,
      hour: 17,
      minute: 15,
      windSpeedKnots: 3,
      gustSpeedKnots: 6,
      windDirectionDegrees: 12,
      gustDirectionDegrees: 15,
      airTemperatureCelsius: 14.2,
      relativeHumidityPercent: 50,
      dewPointCelsius: 12.3,
      pressureHectopascals: 1024,
      pressureTendency: 'increasing',
      visibilityNauticalMiles: 15.3,
      waterLevelMetres: -8.4,
      waterLevelTrend: 'decreasing',
      currentSpeedKnots: 10.3,
      currentDirectionDegrees: 256,
      current2SpeedKnots: 10.4,
      current2DirectionDegrees: 257,
      current2DepthMetres: 10,
      current3SpeedKnots: 12.6,
      current3DirectionDegrees: 203,
      current3DepthMetres: 20,
      waveHeightMetres: 4.2,
      wavePeriodSeconds: 35,
      waveDirectionDegrees: 25,
      swellHeightMetres: 2.3,
      swellPeriodSeconds: 48,
      swellDirectionDegrees: 124,
      seaStateBeaufort: 3,
      waterTemperatureCelsius: 12.3,
      salinityPermille: 5.3,
      ice: 'no',
    });
  });

  it('of a buoy without data give its place and time alone, in both layouts', () => {
    expect(contentOf(['!AIVDO,1,1,4,B,8>jR06@0Bk3:vOli;L`nwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwt1,2*0E'])).toEqual({
      latitude: 53.294817,
      longitude: -6.13395,
      day: 18,
      hour: 17,
      minute: 45,
    });
    expect(contentOf(['!AIVDO,1,1,5,A,8>jR06@0Gwli:QQUP3en?wvlFR06EuOwgwl?wnSwe7wvlOwwsAwwnSGmwvh0,0*51'])).toEqual({
      longitude: -6.134067,
      latitude: 53.294933,
      accurate: false,
      day: 29,
      hour: 23,
      minute: 24,
    });
  });

  it('of an area notice give its areas, with lengths in metres whatever their scale', () => {
    expect(contentOf(['!AIVDM,1,1,0,B,803Ovrh0EPM0WB0h2l0MwJUi=6B4G9000aip8<2Bt2Hq2Qhp,0*01'])).toEqual({
      messageLinkage: 29,
      noticeCode: 1,
      notice: 'Caution area: marine mammals in area, reduce speed',
      startMonth: 3,
      startDay: 20,
      startHour: 16,
      startMinute: 6,
      durationMinutes: 1440,
      areas: [
        { shape: 'circle', longitude: -70.2243, latitude: 42.105867, decimals: 4, radiusMetres: 14_810 },
        { shape: 'text', text: 'NOAA RW SGHTNG' },
      ],
    });
    expect(
      contentOf([
        '!AIVDM,2,1,1,A,803Ovrh0EPJ0Vvch00@=w52I9BK<00000VFHkP0>D>3,0*24',
        '!AIVDM,2,2,1,A,;J005>?11PBGP4=1PPP,0*3F',
      ])?.['areas'],
    ).toEqual([
      { shape: 'circle', longitude: -70.408217, latitude: 40.02495, decimals: 4, radiusMetres: 0 },
      {
        shape: 'polygon',
        legs: [
          { bearingDegrees: 89.5, distanceMetres: 103_000 },
          { bearingDegrees: 0, distanceMetres: 114_000 },
          { bearingDegrees: 270, distanceMetres: 101_000 },
        ],
      },
      { shape: 'text', text: 'NOAA RW DMA' },
    ]);
  });

  it('of an area notice that ends in front of its first area are not understood', () => {
    expect(decodeSentences(['!AIVDM,1,1,,A,803Ovrh0EPG0WB5p2l0L40,4*1E'])).toEqual({
      code: 1,
      identifier: 22,
      decoded: undefined,
    });
  });

  it('of an inland ship give its size, and none for garbage under the same identifiers', () => {
    expect(contentOf(['!AIVDM,1,1,,B,83aDChPj2d<dL<uM=hhhI?a@6HP0,0*40'])).toEqual({
      vesselIdentifier: '02103547',
      lengthMetres: 39,
      beamMetres: 5,
      shipType: 8010,
      hazard: 'none',
      draughtMetres: 2.04,
      load: 'loaded',
    });
    expect(
      decodeSentences([
        '!AIVDM,2,1,4,A,83aDChPj2d<dL<uM=hhhI?a@6HP0e9QvUEEEOPPrE4t880>p2JqA6wimt:Ow,0*22',
        '!AIVDM,2,2,4,A,UPP8k;JvOeD,2*7F',
      ]).decoded,
    ).toBeUndefined();
    expect(decodeSentences(['!AIVDO,1,1,,A,85M67F@j2U=7EW=RAkQkBDITMV=e,0*51']).decoded).toBeUndefined();
  });

  it('of texts give them to the end', () => {
    expect(decodeSentences(['!AIVDM,1,1,,B,65Ps:8=:0MjP0420<4U>1@E=B10i>04<fp0,2*23']).decoded).toEqual({
      application: 'text',
      content: { textSequence: 3, text: 'AIS TEST PLS ACK.' },
    });
  });

  it('of persons on board give how many', () => {
    expect(decodeSentences(['!AIVDM,1,1,,B,63aGD6@0RW?8<SL4000000000000,0*11']).decoded).toEqual({
      application: 'persons-on-board',
      content: { crew: 4, passengers: 0, personnel: 0 },
    });
  });
});

const captured = z.looseObject({ nmea: z.array(z.string()), expected: z.looseObject({ type: z.number() }) });
const peerLine = z.looseObject({ dac: z.number(), fid: z.number() });

/** Their name, ours, and how many of ours are one of theirs. */
const weather: readonly (readonly [theirs: string, ours: string])[] = [
  ['lat', 'latitude'],
  ['lon', 'longitude'],
  ['wspeed', 'windSpeedKnots'],
  ['wgust', 'gustSpeedKnots'],
  ['wdir', 'windDirectionDegrees'],
  ['wgustdir', 'gustDirectionDegrees'],
  ['airtemp', 'airTemperatureCelsius'],
  ['humidity', 'relativeHumidityPercent'],
  ['dewpoint', 'dewPointCelsius'],
  ['pressure', 'pressureHectopascals'],
  ['visibility', 'visibilityNauticalMiles'],
  ['cspeed', 'currentSpeedKnots'],
  ['cdir', 'currentDirectionDegrees'],
  ['cspeed2', 'current2SpeedKnots'],
  ['cdir2', 'current2DirectionDegrees'],
  ['cdepth2', 'current2DepthMetres'],
  ['cspeed3', 'current3SpeedKnots'],
  ['cdir3', 'current3DirectionDegrees'],
  ['cdepth3', 'current3DepthMetres'],
  ['waveheight', 'waveHeightMetres'],
  ['waveperiod', 'wavePeriodSeconds'],
  ['wavedir', 'waveDirectionDegrees'],
  ['swellheight', 'swellHeightMetres'],
  ['swellperiod', 'swellPeriodSeconds'],
  ['swelldir', 'swellDirectionDegrees'],
  ['seastate', 'seaStateBeaufort'],
  ['watertemp', 'waterTemperatureCelsius'],
  ['salinity', 'salinityPermille'],
];

describe.skipIf(missingData() !== undefined || missingPrograms('gpsdecode') !== undefined)('beside gpsdecode', () => {
  const peer = (sentences: readonly string[]) => {
    const run = spawnSync('gpsdecode', ['-j'], { input: `${sentences.join('\r\n')}\r\n`, encoding: 'latin1' });
    return peerLine.parse(JSON.parse(run.stdout.trim()));
  };

  it('every weather of the corpus has the same numbers, but where nothing is measured', async () => {
    const messages = captured.array().parse(await readJsonLines(dataFile('ais/consensus.jsonl')));
    let compared = 0;
    for (const { nmea, expected } of messages) {
      if (expected.type !== 8) continue;
      const { code, identifier, decoded } = decodeSentences(nmea);
      if (code !== 1 || (identifier !== 11 && identifier !== 31) || decoded === undefined) continue;
      const theirs = peer(nmea);
      for (const [name, ours] of weather) {
        const own = decoded.content[ours];
        if (own === undefined) continue;
        expect(typeof own, ours).toBe('number');
        // The other one prints one or four decimals.
        expect(Math.abs(Number(own) - Number(theirs[name])), `${ours} of ${nmea[0]}`).toBeLessThanOrEqual(6e-5);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(100);
  });

  it('reads weather with every field as we write it', () => {
    for (let round = 0; round < 40; round++) {
      const random = createRandom('weather', round);
      const upTo = (most: number): number => Math.floor(random() * (most + 1));
      const content = {
        longitude: upTo(21_600_000) / 60_000 - 180,
        latitude: upTo(10_800_000) / 60_000 - 90,
        day: 1 + upTo(29),
        hour: upTo(23),
        minute: upTo(59),
        windSpeedKnots: upTo(120),
        gustSpeedKnots: upTo(120),
        windDirectionDegrees: upTo(359),
        gustDirectionDegrees: upTo(359),
        airTemperatureCelsius: upTo(1200) / 10 - 60,
        relativeHumidityPercent: upTo(100),
        dewPointCelsius: upTo(700) / 10 - 20,
        pressureHectopascals: 800 + upTo(400),
        visibilityNauticalMiles: upTo(126) / 10,
        currentSpeedKnots: upTo(250) / 10,
        currentDirectionDegrees: upTo(359),
        waveHeightMetres: upTo(250) / 10,
        wavePeriodSeconds: upTo(60),
        waveDirectionDegrees: upTo(359),
        swellHeightMetres: upTo(250) / 10,
        swellPeriodSeconds: upTo(60),
        swellDirectionDegrees: upTo(359),
        seaStateBeaufort: upTo(12),
        waterTemperatureCelsius: upTo(600) / 10 - 10,
        salinityPermille: upTo(500) / 10,
      };
      for (const identifier of [11, 31]) {
        const sentences = broadcast(1, identifier, content);
        const theirs = peer(sentences);
        const ours: Readonly<Record<string, unknown>> = content;
        for (const [name, field] of weather) {
          if (ours[field] === undefined) continue;
          expect(Math.abs(Number(theirs[name]) - Number(ours[field])), `${field} of ${sentences[0]}`).toBeLessThan(
            1e-4,
          );
        }
      }
    }
  });

  it('reads persons, texts and inland ships as we write them', () => {
    expect(peer(broadcast(1, 29, { messageLinkage: 7, text: 'GIO GIAT CAP 8' }))).toMatchObject({
      linkage: 7,
      text: 'GIO GIAT CAP 8',
    });
    expect(
      peer(broadcast(200, 10, { vesselIdentifier: '02103547', lengthMetres: 39, beamMetres: 5, shipType: 8010 })),
    ).toMatchObject({ vin: '02103547', length: 390, beam: 50, shiptype: 8010, draught: 0 });
  });
});

describe('what is written', () => {
  it('is read back: weather', () => {
    const content = {
      longitude: 107.63,
      latitude: 16.57,
      accurate: true,
      windSpeedKnots: 22,
      windDirectionDegrees: 45,
      waterLevelMetres: 0.62,
      waterLevelTrend: 'increasing',
      precipitation: 'rain',
      visibilityNauticalMiles: 2.4,
      visibilityIs: 'at-least',
      pressureHectopascals: 799,
      ice: 'no',
    };
    expect(contentOf(broadcast(1, 31, content))).toEqual(content);
  });

  it('is read back: a temperature just below zero', () => {
    const content = { dewPointCelsius: -0.1, waterTemperatureCelsius: -0.1, windDirectionDegrees: 20, accurate: false };
    expect(contentOf(broadcast(1, 31, content))).toEqual(content);
  });

  it('is read back: an area notice of every shape', () => {
    const content = {
      messageLinkage: 12,
      noticeCode: 32,
      startMonth: 11,
      startDay: 26,
      startHour: 6,
      startMinute: 0,
      durationMinutes: 600,
      areas: [
        { shape: 'circle', longitude: 107.63, latitude: 16.57, decimals: 4, radiusMetres: 1500 },
        { shape: 'polyline', legs: [{ bearingDegrees: 45.5, distanceMetres: 900 }] },
        { shape: 'polygon', legs: [90, 180, 270].map(bearingDegrees => ({ bearingDegrees, distanceMetres: 20_000 })) },
        {
          shape: 'rectangle',
          longitude: 107.6,
          latitude: 16.5,
          decimals: 4,
          eastMetres: 2000,
          northMetres: 50,
          orientationDegrees: 30,
        },
        {
          shape: 'sector',
          longitude: 107.6,
          latitude: 16.5,
          decimals: 4,
          radiusMetres: 40_000,
          leftDegrees: 350,
          rightDegrees: 20,
        },
        { shape: 'text', text: 'CAM DANH BAT' },
      ],
    };
    const read = contentOf(broadcast(1, 22, content));
    expect(read).toMatchObject({ ...content, notice: 'Restricted area: fishing prohibited', areas: expect.anything() });
    // A length that the scale of its area cannot carry is the nearest one.
    expect(read?.['areas']).toEqual(
      content.areas.map(area => (area.shape === 'rectangle' ? { ...area, northMetres: 50 } : area)),
    );
  });

  it('is read back: persons on board, the most of them as "so many and more"', () => {
    expect(contentOf(broadcast(1, 16, { persons: 8 }))).toEqual({ persons: 8 });
    expect(contentOf(broadcast(1, 16, { persons: 20_000 }))).toEqual({ persons: 8191 });
    expect(contentOf(broadcast(1, 16, {}))).toEqual({});
  });

  it('is read back: a text as long as one can be', () => {
    const text = 'TIN BAO KHONG KHI LANH '.repeat(7).slice(0, 157);
    expect(contentOf(broadcast(1, 29, { messageLinkage: 3, text }))).toEqual({ messageLinkage: 3, text });
    expect(contentOf(broadcast(1, 29, { messageLinkage: 3, text: `${text}AND MORE` }))).toEqual({
      messageLinkage: 3,
      text,
    });
  });

  it('is refused for an application or a shape that nobody knows', () => {
    expect(() => encodeApplication(1, 63, {})).toThrow(RangeError);
    expect(() => encodeApplication(1, 22, { areas: [{ shape: 'star' }] })).toThrow(RangeError);
  });
});

describe('data that are something else under known identifiers', () => {
  const known = [
    [1, 11],
    [1, 31],
    [1, 22],
    [1, 23],
    [1, 16],
    [1, 29],
    [1, 30],
    [1, 0],
    [200, 10],
    [200, 55],
  ] as const;

  it('never throw and never give a value out of range, whatever their bits and length', () => {
    let understood = 0;
    for (let round = 0; round < 20_000; round++) {
      const random = createRandom('applications', round);
      const [code, identifier] = known[Math.floor(random() * known.length)] ?? [1, 11];
      const symbols = Uint8Array.from({ length: 180 }, () => Math.floor(random() * 64));
      const bits = 56 + Math.floor(random() * 1000);
      const decoded = decodeApplication(symbols, bits, 56, code, identifier);
      if (decoded === undefined) continue;
      understood++;
      const { content } = decoded;
      expect(Math.abs(Number(content['longitude'] ?? 0))).toBeLessThanOrEqual(180);
      expect(Math.abs(Number(content['latitude'] ?? 0))).toBeLessThanOrEqual(90);
      expect(Number(content['hour'] ?? 0)).toBeLessThan(24);
      expect(Number(content['windDirectionDegrees'] ?? 0)).toBeLessThan(360);
      for (const value of Object.values(content)) expect(value).toBeDefined();
    }
    expect(understood).toBeGreaterThan(1000);
  });

  it('are refused when a place, a time or a size cannot be', () => {
    const { symbols: good, bits: length } = symbolsOf(1, 31, { longitude: 107, latitude: 16, day: 3, hour: 4 });
    const isUnderstood = (at: number, bits: number, raw: number): boolean => {
      const symbols = Uint8Array.from(good);
      putUnsigned(symbols, at, bits, raw);
      return decodeApplication(symbols, length, 0, 1, 31) !== undefined;
    };
    expect(isUnderstood(0, 25, 181 * 60_000)).toBe(true);
    expect(isUnderstood(0, 25, 182 * 60_000)).toBe(false);
    expect(isUnderstood(25, 24, 92 * 60_000)).toBe(false);
    expect(isUnderstood(55, 5, 31)).toBe(true);
    expect(isUnderstood(55, 5, 25)).toBe(false);
    expect(isUnderstood(60, 6, 61)).toBe(false);
    // What is out of range elsewhere is only not measured.
    expect(isUnderstood(80, 9, 400)).toBe(true);
  });

  it('are refused when they are longer or shorter than theirs', () => {
    const { symbols, bits } = symbolsOf(1, 31, { longitude: 107, latitude: 16 });
    expect(decodeApplication(symbols, bits, 0, 1, 31)).toBeDefined();
    expect(decodeApplication(symbols, bits + 13, 0, 1, 31)).toBeUndefined();
    expect(decodeApplication(symbols, bits - 16, 0, 1, 31)).toBeUndefined();
  });
});

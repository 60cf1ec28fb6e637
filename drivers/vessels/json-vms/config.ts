import { z } from 'zod';
import { csvSeparators } from '../../../core/csv.ts';
import { angleFormats } from '../../protocols/records/angle.ts';
import { isTimePattern, isTimeZone } from '../../protocols/records/device-time.ts';
import { parseFieldPath, parseRecordsPath } from '../../protocols/records/record-path.ts';
import { alarmValues } from '../../protocols/vms/alarm.ts';
import { providerField } from '../../protocols/vms/provider.ts';
import { folderConfig } from '../../transports/folder.ts';
import { httpClientConfig } from '../../transports/http-client.ts';
import { httpServerConfig } from '../../transports/http-server.ts';

/** Knots in one of the unit. */
export const speedUnits = { kn: 1, 'km/h': 1000 / 1852, 'm/s': 3600 / 1852 } as const;

const separators = Object.keys(csvSeparators) as [keyof typeof csvSeparators, ...(keyof typeof csvSeparators)[]];

const place = () => z.string().min(1).max(256);

const identity = (what: string) => place().optional().describe(`Where ${what} stands.`);

const timeFormat = z
  .string()
  .max(64)
  .refine(
    text => ['iso', 'epoch-s', 'epoch-ms'].includes(text) || isTimePattern(text),
    'expected "iso", "epoch-s", "epoch-ms", or a pattern such as "dd/MM/yyyy HH:mm:ss"',
  )
  .default('iso')
  .describe(
    '"iso" (2026-11-23T08:00:00, with or without a zone), seconds or milliseconds since 1970 ("epoch-s", "epoch-ms"), or a pattern of yyyy, yy, MM, M, dd, d, HH, H, mm, m, ss, s, SSS.',
  );

const zone = z
  .string()
  .refine(isTimeZone, 'expected an IANA time zone such as "Asia/Ho_Chi_Minh", or an offset such as "+07:00"')
  .default('UTC')
  .describe('Time zone of a time that names none.');

const time = z
  .union([
    place().transform(path => ({ path: [path], format: 'iso', zone: 'UTC' })),
    z.strictObject({
      path: z
        .union([place().transform(path => [path]), z.array(place()).min(1).max(2)])
        .describe('Where the time stands; two places where date and time of day stand apart, in this order.'),
      format: timeFormat,
      zone,
    }),
  ])
  .describe("The report's own time, by which it is judged.");

const angle = (axis: 'latitude' | 'longitude') =>
  z
    .union([
      place().transform(path => ({ path, format: 'decimal' as const, hemisphere: undefined })),
      z.strictObject({
        path: place().describe(`Where the ${axis} stands.`),
        format: z
          .enum(angleFormats)
          .default('decimal')
          .describe('Degrees ("decimal"), or degrees and minutes as in NMEA 0183 ("ddmm": 1633.45).'),
        hemisphere: place().optional().describe('Where its letter N, S, E or W stands, when it stands apart.'),
      }),
    ])
    .describe(`The ${axis}, WGS 84.`);

const speed = z
  .union([
    place().transform(path => ({ path, unit: 'kn' as const })),
    z.strictObject({
      path: place().describe('Where the speed over ground stands.'),
      unit: z.enum(['kn', 'km/h', 'm/s']).default('kn').describe('Its unit.'),
    }),
  ])
  .optional()
  .describe('Speed over ground.');

const identities = {
  vmsId: identity("the device's id with the provider"),
  mark: identity('the registration mark'),
  callSign: identity('the call sign'),
  name: identity("the vessel's name"),
  flag: identity('the flag, ISO 3166-1 alpha-3,'),
  imo: identity('the IMO number'),
  mmsi: identity('the MMSI'),
} as const;

const fields = z
  .strictObject({
    ...identities,
    time,
    latitude: angle('latitude'),
    longitude: angle('longitude'),
    speed,
    course: identity('the course over ground in degrees'),
    alarm: z
      .strictObject({ path: place().describe('Where the code or word of an alarm stands.'), values: alarmValues() })
      .optional()
      .describe('Where a record tells that the crew calls for help.'),
  })
  .describe(
    'Where each value of a record stands: a path in JSON (position.lat, or ^.vessel.name in what holds the list), the name of a column in CSV.',
  );

const csv = z.strictObject({
  separator: z
    .enum(separators)
    .optional()
    .describe('What separates the cells: "comma", "semicolon" or "tab"; found out from the first line when absent.'),
  header: z
    .enum(['present', 'absent'])
    .default('present')
    .describe('Whether the first line names the columns; without names they are numbered from "1".'),
});

/** Every place that `fields` names, with where it stands in the configuration. */
const placesOf = (
  given: z.output<typeof fields>,
): readonly (readonly [path: readonly (string | number)[], place: string])[] => {
  const { time: when, latitude, longitude, speed: knots, alarm, ...others } = given;
  const apart = { latitude: latitude.hemisphere, longitude: longitude.hemisphere };
  return [
    ...when.path.map((each, at) => [['time', 'path', at], each] as const),
    [['latitude'], latitude.path] as const,
    [['longitude'], longitude.path] as const,
    ...(knots === undefined ? [] : [[['speed'], knots.path] as const]),
    ...(alarm === undefined ? [] : [[['alarm'], alarm.path] as const]),
    ...Object.entries({ ...others, ...apart }).flatMap(([name, each]) =>
      each === undefined ? [] : [[[name], each] as const],
    ),
  ];
};

export const jsonVmsConfig = z
  .strictObject({
    connection: z
      .discriminatedUnion('transport', [httpClientConfig, httpServerConfig, folderConfig])
      .describe('How the positions come.'),
    provider: providerField(),
    format: z.enum(['json', 'csv']).default('json').describe('What the provider sends: JSON or a table (CSV).'),
    records: place()
      .optional()
      .describe(
        'Path to the list of positions in JSON (data.positions), through lists where they stand apart by vessel (fleet[].positions); absent when the whole is the list, or one position.',
      ),
    csv: csv.prefault({}).describe('How a table is written.'),
    fields,
  })
  .superRefine((config, context) => {
    const refuse = (path: readonly (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path: [...path], message });
    const { vmsId, mark, callSign, name, imo, mmsi } = config.fields;
    if ([vmsId, mark, callSign, name, imo, mmsi].every(each => each === undefined)) {
      refuse(['fields'], 'expected at least one that tells vessels apart: vmsId, mark, callSign, name, imo or mmsi');
    }
    if (config.format === 'csv' && config.records !== undefined) refuse(['records'], 'only used with "format: json"');
    const lists = config.records === undefined ? [] : parseRecordsPath(config.records);
    if (lists === undefined) {
      refuse(['records'], 'expected a path such as data.positions, result[0].list or fleet[].positions');
    }
    for (const [path, each] of placesOf(config.fields)) {
      const found = parseFieldPath(each);
      if (config.format === 'json' && found === undefined) {
        refuse(['fields', ...path], 'expected a path such as position.lat, values[0] or object["odd name"]');
      }
      if (config.format === 'json' && found !== undefined && lists !== undefined && found.up > lists.length) {
        refuse(['fields', ...path], `each "^" leads out of one list, and "records" goes through ${lists.length}`);
      }
      if (config.format === 'csv' && config.csv.header === 'absent' && !/^[1-9]\d{0,2}$/.test(each)) {
        refuse(['fields', ...path], 'expected the number of a column, from "1": the table names none');
      }
    }
  });

export type JsonVmsConfig = z.output<typeof jsonVmsConfig>;

/** What a VMS provider sends as JSON or CSV, by the mapping of the configuration, as observations. */
import type { Chunk } from '../../../core/chunk.ts';
import type { DocumentDecoder } from '../../../core/decoding.ts';
import type { Decoded } from '../../../core/driver.ts';
import { parseAngle } from '../../protocols/records/angle.ts';
import { createTimeParser } from '../../protocols/records/device-time.ts';
import { type DocumentForm, type ReadPlace, readRecords } from '../../protocols/records/document.ts';
import { isAbsent, toLocalNumber } from '../../protocols/records/value.ts';
import { createAlarmReader } from '../../protocols/vms/alarm.ts';
import { noPosition, type ReportedVessel, toVmsCall, toVmsPosition } from '../../protocols/vms/position.ts';
import { type JsonVmsConfig, speedUnits } from './config.ts';

/** `device` as the gateway knows it, and who runs the VMS devices. */
export interface VmsSource {
  readonly device: string;
  readonly provider: string;
}

const formOf = ({ format, records, csv }: JsonVmsConfig): DocumentForm =>
  format === 'csv' ? { format, separator: csv.separator, header: csv.header } : { format, records };

/** Ids are numbers in JSON as often as texts. */
const toText = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value;
  // A longer whole number lost its last digits when it was read: two devices would be one.
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return undefined;
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
};

const wholeNumber = (value: unknown, digits: RegExp): number | undefined => {
  const text = toText(value)?.trim();
  return text !== undefined && digits.test(text) ? Number(text) : undefined;
};

const malformed = (reason: string): Decoded => ({ kind: 'malformed', reason });

type Mapping = (record: unknown, receivedAt: number) => Decoded;

const createMapping = (config: JsonVmsConfig, source: VmsSource, at: (place: string) => ReadPlace): Mapping => {
  const { fields } = config;
  const optional = (place: string | undefined): ReadPlace => (place === undefined ? () => undefined : at(place));
  const vmsId = optional(fields.vmsId);
  const mark = optional(fields.mark);
  const callSign = optional(fields.callSign);
  const name = optional(fields.name);
  const flag = optional(fields.flag);
  const imo = optional(fields.imo);
  const mmsi = optional(fields.mmsi);
  const course = optional(fields.course);
  const times = fields.time.path.map(at);
  const parseTime = createTimeParser(fields.time);
  const latitude = at(fields.latitude.path);
  const longitude = at(fields.longitude.path);
  const northSouth = optional(fields.latitude.hemisphere);
  const eastWest = optional(fields.longitude.hemisphere);
  const speed = optional(fields.speed?.path);
  const knots = speedUnits[fields.speed?.unit ?? 'kn'];
  const alarm = optional(fields.alarm?.path);
  const readAlarm = createAlarmReader(fields.alarm?.values ?? {});

  const timeOf = (record: unknown): unknown => {
    const given = times.map(read => read(record));
    if (given.length === 1) return given[0];
    return given.some(isAbsent) ? undefined : given.map(toText).join(' ');
  };

  return (record, receivedAt) => {
    const word = alarm(record);
    const said = readAlarm(typeof word === 'boolean' ? String(word) : toText(word));
    const vessel: ReportedVessel = {
      vmsId: toText(vmsId(record)),
      mark: toText(mark(record)),
      callSign: toText(callSign(record)),
      name: toText(name(record)),
      flag: toText(flag(record)),
      imo: wholeNumber(imo(record), /^\d{7}$/),
      mmsi: wholeNumber(mmsi(record), /^\d{9}$/),
    };
    const bringer = { ...source, receivedAt };
    const when = timeOf(record);
    const time = isAbsent(when) ? undefined : parseTime(when);
    const refuse = (refusal: Decoded): Decoded =>
      said === 'distress' ? toVmsCall({ ...vessel, time }, bringer) : refusal;

    const given = [latitude(record), longitude(record)] as const;
    if (given.some(isAbsent)) return refuse(noPosition);
    const degrees = [
      parseAngle(given[0], fields.latitude.format, 'latitude', northSouth(record)),
      parseAngle(given[1], fields.longitude.format, 'longitude', eastWest(record)),
    ] as const;
    if (degrees[0] === undefined || degrees[1] === undefined) return refuse(malformed('bad-position'));
    if (time === undefined) return refuse(malformed(isAbsent(when) ? 'no-time' : 'bad-time'));
    const inUnit = toLocalNumber(speed(record));
    return toVmsPosition(
      {
        ...vessel,
        report: 'position',
        time,
        latitude: degrees[0],
        longitude: degrees[1],
        speedKnots: inUnit === undefined ? undefined : inUnit * knots,
        courseDegrees: toLocalNumber(course(record)),
        alarm: said,
      },
      bringer,
    );
  };
};

/** One chunk is one whole document. */
export const createDocumentDecoder = (config: JsonVmsConfig, source: VmsSource): DocumentDecoder => {
  const form = formOf(config);
  const needed = [...config.fields.time.path, config.fields.latitude.path, config.fields.longitude.path];
  return function* decode({ bytes, receivedAt }: Chunk): Generator<Decoded, void> {
    const reading = readRecords(bytes, form, needed);
    if (reading.kind === 'malformed') {
      yield malformed(reading.reason);
      return;
    }
    const map = createMapping(config, source, reading.at);
    if (reading.records.length === 0) yield { kind: 'ignored', reason: 'no-records' };
    for (const record of reading.records) yield map(record, receivedAt);
    for (let line = 0; line < reading.broken; line++) yield malformed('broken-line');
  };
};

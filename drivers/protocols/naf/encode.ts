/** Position reports → NAF, as senders write them: one record a line. */
import { toTimestamp } from '../../../core/time.ts';
import { nafCodes, omnicomCodes, omnicomType } from './fields.ts';
import type { NafReport } from './report.ts';

const angle = (degrees: number, digits: number): string => {
  const [whole = '', fraction = ''] = Math.abs(degrees).toFixed(3).split('.');
  return `${degrees < 0 ? '-' : '+'}${whole.padStart(digits, '0')}.${fraction}`;
};

/** `/` ends a value, and what is no ISO 8859-1 does not exist. */
const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .replaceAll('Đ', 'D')
    .replaceAll('đ', 'd')
    .replace(/[^\x20-\x2e\x30-\x7e]/g, ' ');

const join = (fields: readonly (readonly [code: string, value: string | undefined])[]): string =>
  fields.map(([code, value]) => (value === undefined ? '' : `//${code}/${plain(value)}`)).join('');

/** To the minute, and with three digits of a degree, as the format has it. */
export const encodeNaf = (report: NafReport): string => {
  const stamp = toTimestamp(report.time);
  const isOmnicom = report.type === omnicomType;
  const codes = { ...nafCodes, ...(isOmnicom && omnicomCodes) };
  const date = stamp.slice(0, 10).replaceAll('-', '');
  const time = stamp.slice(11, 16).replace(':', '');
  return `//SR${join([
    [codes.type, report.type],
    [codes.imei, report.imei],
    ['TOM', isOmnicom ? 'SPR' : undefined],
    [codes.to, report.to],
    [codes.from, report.from],
    [codes.name, report.name],
    [codes.callSign, report.callSign],
    [codes.externalMark, report.externalMark],
    [codes.internalReference, report.internalReference],
    [codes.imo, report.imo?.toString()],
    [codes.flag, report.flag],
    [codes.date, date],
    [codes.time, time],
    [codes.latitude, angle(report.latitude, 2)],
    [codes.longitude, angle(report.longitude, 3)],
    [codes.speed, report.speedKnots === undefined ? undefined : String(Math.round(report.speedKnots * 10))],
    [codes.course, report.courseDegrees === undefined ? undefined : String(Math.round(report.courseDegrees) % 360)],
  ])}//ER//\r\n`;
};

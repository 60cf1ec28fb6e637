/**
 * What the reports of VMS providers have in common, in whatever format they come: what is believed of them, and how they
 * are observed. Positions come late and in batches, so all that is judged is the time that the report itself names.
 */
import type { Decoded } from '../../../core/driver.ts';
import type { VmsPosition } from '../../../core/observation.ts';
import { parseRegistrationMark } from '../../../core/registration-mark.ts';
import { type Duration, type Instant, minutes } from '../../../core/time.ts';
import type { VesselAlarm } from '../../../core/vessel.ts';

/** Who reports, as a provider's format has it. */
export interface ReportedVessel {
  /** The device's id with the provider. */
  readonly vmsId?: string | undefined;
  /** As it was written. */
  readonly mark?: string | undefined;
  readonly callSign?: string | undefined;
  readonly name?: string | undefined;
  readonly flag?: string | undefined;
  readonly imo?: number | undefined;
  readonly mmsi?: number | undefined;
}

/** A position as a provider's format has it, not judged yet. */
export interface ReportedPosition extends ReportedVessel {
  readonly report: VmsPosition['report'];
  readonly time: Instant;
  /** WGS 84 degrees. */
  readonly longitude: number;
  readonly latitude: number;
  readonly speedKnots?: number | undefined;
  /** 0–360, clockwise from north. */
  readonly courseDegrees?: number | undefined;
  readonly alarm?: VesselAlarm | undefined;
}

/** Who brought a report, and when. */
export interface Bringer {
  readonly device: string;
  readonly provider: string;
  readonly receivedAt: Instant;
}

/** Before this instant nobody reported by VMS; a device says so whose clock was never set. */
const earliest = Date.UTC(2000, 0, 1);
/** After this instant it is another unit, milliseconds taken for seconds: also for a gateway without a clock. */
const latest = Date.UTC(2100, 0, 1);
/** Before this instant the gateway's own clock was never set, and judges nobody. */
const gatewayUnset = Date.UTC(2024, 0, 1);
/**
 * As far as a right clock is ahead of another right one. Further ahead is local time taken for UTC, which would hide the
 * vessel's silence for seven hours.
 */
const mostAhead: Duration = minutes(10);

/** Faster is no vessel; AIS too tells no more than 102.2 kn. */
const greatestKnots = 102.2;

const longestText = 64;

/** As people read it: no control characters, no blanks in a row, not without end. Undefined when nothing is left. */
const cleaned = (text: string | undefined): string | undefined => {
  const clean = text
    ?.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, longestText)
    .toWellFormed();
  return clean === '' ? undefined : clean;
};

const micro = (degrees: number): number => Math.round(degrees * 1e6) / 1e6;
const tenth = (value: number): number => Math.round(value * 10) / 10;

const malformed = (reason: string): Decoded => ({ kind: 'malformed', reason });

/** Of a device that has no fix. */
export const noPosition: Decoded = { kind: 'ignored', reason: 'no-position' };

/** Begins with the country: ITU-R M.585-9 annex 1, section 1. */
const isVesselMmsi = (mmsi: number | undefined): boolean =>
  mmsi !== undefined && mmsi >= 200_000_000 && mmsi <= 799_999_999;

/** The last digit checks the others: IMO resolution A.1117(30). */
const isImoNumber = (imo: number | undefined): boolean => {
  if (imo === undefined || imo < 1_000_000 || imo > 9_999_999) return false;
  const digits = [...String(imo)].map(Number);
  const sum = digits.slice(0, 6).reduce((total, digit, at) => total + digit * (7 - at), 0);
  return sum % 10 === digits[6];
};

type Identity = Pick<VmsPosition, 'provider' | 'vmsId' | 'mark' | 'callSign' | 'name' | 'flag' | 'imo' | 'mmsi'>;

/**
 * Undefined where nothing says of whom the report is. A name alone serves as the device's id. Zeros and the like, which
 * providers fill in for a number that they do not know, are no MMSI and no IMO number: they would make one vessel of many.
 */
const identityOf = (reported: ReportedVessel, provider: string): Identity | undefined => {
  const mmsi = isVesselMmsi(reported.mmsi) ? reported.mmsi : undefined;
  const imo = isImoNumber(reported.imo) ? reported.imo : undefined;
  const name = cleaned(reported.name);
  const callSign = cleaned(reported.callSign)?.toUpperCase();
  const mark = [reported.mark, name, reported.vmsId, callSign]
    .map(text => (text === undefined ? undefined : parseRegistrationMark(text)))
    .find(each => each !== undefined);
  const given = cleaned(reported.vmsId) ?? (mark === undefined ? cleaned(reported.mark) : undefined);
  const isKnown = mark !== undefined || callSign !== undefined || mmsi !== undefined || imo !== undefined;
  const vmsId = given ?? (isKnown ? undefined : name);
  if (vmsId === undefined && !isKnown) return undefined;
  const flag = reported.flag?.trim().toUpperCase();
  return {
    provider,
    ...(vmsId !== undefined && { vmsId }),
    ...(mark !== undefined && { mark }),
    ...(callSign !== undefined && { callSign }),
    ...(name !== undefined && { name }),
    ...(flag !== undefined && /^[A-Z]{3}$/.test(flag) && { flag }),
    ...(imo !== undefined && { imo }),
    ...(mmsi !== undefined && { mmsi }),
  };
};

/** What makes a time one that nobody is judged by. */
const faultOf = (time: Instant, receivedAt: Instant): 'implausible-time' | 'time-ahead' | undefined => {
  if (!(time >= earliest && time < latest)) return 'implausible-time';
  return receivedAt > gatewayUnset && time > receivedAt + mostAhead ? 'time-ahead' : undefined;
};

/**
 * A call for help in a report that is no position, at its own time where that can be, and else when it came: whatever is
 * wrong with the rest, somebody calls. `malformed` as `no-identity` where it does not say who.
 */
export const toVmsCall = (
  reported: ReportedVessel & { readonly time?: Instant | undefined },
  { device, provider, receivedAt }: Bringer,
): Decoded => {
  const identity = identityOf(reported, provider);
  if (identity === undefined) return malformed('no-identity');
  const { time = Number.NaN } = reported;
  const dated = faultOf(time, receivedAt) === undefined;
  return {
    kind: 'observation',
    observation: {
      kind: 'vms-call',
      device,
      ...(dated ? { time, timeFrom: 'device' } : { time: receivedAt, timeFrom: 'gateway' }),
      ...identity,
    },
  };
};

/**
 * `malformed` where the position is none (`bad-position`), where its time cannot be (`implausible-time`, `time-ahead`) or
 * where it does not say of whom it is (`no-identity`); `ignored` as `no-position` at 0° N 0° E, where devices without a
 * fix are. A call for help among them is a `vms-call`.
 */
export const toVmsPosition = (reported: ReportedPosition, bringer: Bringer): Decoded => {
  const { report, time, longitude, latitude, speedKnots, courseDegrees, alarm } = reported;
  const { device, provider, receivedAt } = bringer;
  const refuse = (refusal: Decoded): Decoded => (alarm === 'distress' ? toVmsCall(reported, bringer) : refusal);
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return refuse(malformed('bad-position'));
  if (latitude === 0 && longitude === 0) return refuse(noPosition);
  const fault = faultOf(time, receivedAt);
  if (fault !== undefined) return refuse(malformed(fault));
  const identity = identityOf(reported, provider);
  if (identity === undefined) return malformed('no-identity');
  return {
    kind: 'observation',
    observation: {
      kind: 'vms-position',
      device,
      time,
      timeFrom: 'device',
      ...identity,
      longitude: micro(longitude),
      latitude: micro(latitude),
      ...(speedKnots !== undefined &&
        speedKnots >= 0 &&
        speedKnots <= greatestKnots && { sogKnots: tenth(speedKnots) }),
      ...(courseDegrees !== undefined &&
        courseDegrees >= 0 &&
        courseDegrees <= 360 && { cogDegrees: tenth(courseDegrees) % 360 }),
      report,
      ...(alarm !== undefined && { alarm }),
    },
  };
};

/**
 * AIS messages that come as decoded fields, by the names and units of gpsd's AIVDM documentation, which AIS-catcher
 * shares, as observations. What is out of range, such as the numbers for "not available", is absent. Binary messages
 * come without their bits, so nothing is made of them.
 */
import { z } from 'zod';
import type { Decoded } from '../../../core/driver.ts';
import type { Observation, VesselPosition, VesselStatic } from '../../../core/observation.ts';
import type { JsonFields } from './json-line.ts';
import { largestMmsi } from './layout.ts';
import { type Heard, largestNumber, noMmsi, noPosition, noText } from './observations.ts';

const number = (least: number, most: number) => z.number().min(least).max(most).optional().catch(undefined);
const whole = (least: number, most: number) => z.int().min(least).max(most).optional().catch(undefined);
const flag = () => z.boolean().optional().catch(undefined);

/** What AIS can write, in capitals, and no more of it. */
const text = (characters: number) =>
  z
    .string()
    .transform(value => {
      const written = value.toUpperCase().replaceAll(/[^ -_]/g, '?');
      return written.slice(0, characters).trim() || undefined;
    })
    .optional()
    .catch(undefined);

const head = z.looseObject({
  type: z.int().min(1).max(27),
  mmsi: z.int().min(0).max(largestMmsi),
});

const place = z.object({ lon: z.number().min(-180).max(180), lat: z.number().min(-90).max(90) });

const position = place.extend({
  accuracy: flag(),
  speed: number(0, 1022),
  course: number(0, 359.99),
  heading: whole(0, 359),
  turn: number(-708, 708),
  status: whole(0, 14),
  alt: whole(0, 4094),
});

const particulars = z.object({
  imo: whole(1, largestNumber),
  callsign: text(7),
  shipname: text(20),
  shiptype: whole(1, 99),
  to_bow: whole(1, 511),
  to_stern: whole(1, 511),
  to_port: whole(1, 63),
  to_starboard: whole(1, 63),
  draught: number(0.1, 25.5),
  destination: text(20),
  mothership_mmsi: whole(1, largestNumber),
});

const aid = place.extend({
  aid_type: whole(1, 31),
  name: text(34),
  off_position: flag(),
  virtual_aid: flag(),
});

const message = z.object({ dest_mmsi: whole(1, largestNumber), text: text(161) });

/** Beyond these a speed says "not available": 1/10 knots, whole knots of an aircraft and of long range. */
const fastest = (type: number): number => {
  if (type === 9) return 1022;
  return type === 27 ? 62 : 102.2;
};

type Make = (fields: JsonFields, type: number, heard: Heard & { readonly mmsi: number }) => Observation | undefined;

const toPosition =
  (stationClass: VesselPosition['stationClass']): Make =>
  (fields, type, heard) => {
    const { success, data } = position.safeParse(fields);
    if (!success) return undefined;
    const { lon: longitude, lat: latitude, accuracy = false, speed, course, heading, turn, status, alt } = data;
    return {
      kind: 'vessel-position',
      ...heard,
      stationClass,
      messageType: type,
      longitude,
      latitude,
      accurate: accuracy,
      ...(speed !== undefined && speed <= fastest(type) && { sogKnots: speed }),
      ...(course !== undefined && { cogDegrees: course }),
      ...(heading !== undefined && { headingDegrees: heading }),
      ...(turn !== undefined && { rateOfTurnDegreesPerMinute: turn }),
      ...(status !== undefined && { navigationStatus: status }),
      ...(alt !== undefined && { altitudeMetres: alt }),
    };
  };

const toStatic: Make = (fields, _type, heard): VesselStatic | undefined => {
  const told = particulars.parse(fields);
  const { imo, callsign, shipname, shiptype, draught, destination, mothership_mmsi: mothershipMmsi } = told;
  const { to_bow: bow, to_stern: stern, to_port: port, to_starboard: starboard } = told;
  return {
    kind: 'vessel-static',
    ...heard,
    ...(imo !== undefined && { imo }),
    ...(callsign !== undefined && { callSign: callsign }),
    ...(shipname !== undefined && { name: shipname }),
    ...(shiptype !== undefined && { shipType: shiptype }),
    ...(bow !== undefined && { toBowMetres: bow }),
    ...(stern !== undefined && { toSternMetres: stern }),
    ...(port !== undefined && { toPortMetres: port }),
    ...(starboard !== undefined && { toStarboardMetres: starboard }),
    ...(draught !== undefined && { draughtMetres: draught }),
    ...(destination !== undefined && { destination }),
    ...(mothershipMmsi !== undefined && { mothershipMmsi }),
  };
};

const toAid: Make = (fields, _type, heard) => {
  const { success, data } = aid.safeParse(fields);
  if (!success) return undefined;
  const { lon: longitude, lat: latitude, aid_type: aidType, name, off_position: offPosition, virtual_aid } = data;
  return {
    kind: 'navigation-aid',
    ...heard,
    longitude,
    latitude,
    virtual: virtual_aid ?? false,
    ...(aidType !== undefined && { aidType }),
    ...(name !== undefined && { name }),
    ...(offPosition !== undefined && { offPosition }),
  };
};

const toStation: Make = (fields, _type, heard) => {
  const { success, data } = place.safeParse(fields);
  return success ? { kind: 'base-station', ...heard, longitude: data.lon, latitude: data.lat } : undefined;
};

const toText: Make = (fields, type, heard) => {
  const { dest_mmsi: toMmsi, text: said } = message.parse(fields);
  if (said === undefined) return undefined;
  return { kind: 'safety-text', ...heard, ...(type === 12 && toMmsi !== undefined && { toMmsi }), text: said };
};

const classA = toPosition('A');
const classB = toPosition('B');

/** What each type of message becomes. */
const makes: Readonly<Record<number, readonly Make[]>> = {
  1: [classA],
  2: [classA],
  3: [classA],
  4: [toStation],
  5: [toStatic],
  9: [toPosition('sar-aircraft')],
  12: [toText],
  14: [toText],
  18: [classB],
  19: [classB, toStatic],
  21: [toAid],
  24: [toStatic],
  27: [classA],
};

const badFields: Decoded = { kind: 'malformed', reason: 'bad-fields' };

/** Appends what the message is reported as, or why it is not. */
export const appendFields = (fields: JsonFields, heard: Heard, out: Decoded[]): void => {
  const { success, data } = head.safeParse(fields);
  if (!success) {
    out.push(badFields);
    return;
  }
  const { type, mmsi } = data;
  const { device, time, timeFrom } = heard;
  if (mmsi > largestNumber) {
    out.push(noMmsi);
    return;
  }
  const own = makes[type];
  if (own === undefined) {
    out.push({ kind: 'ignored', reason: `message-${type}` });
    return;
  }
  for (const make of own) {
    const observation = make(fields, type, { device, time, timeFrom, mmsi });
    if (observation !== undefined) out.push({ kind: 'observation', observation });
    else out.push(make === toText ? noText : noPosition);
  }
};

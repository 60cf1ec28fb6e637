/**
 * Vaisala WXT510, WXT520, WXT530: lines `0R1,Dm=027D,Sm=0.1M`. Vaisala, "WXT530 series user guide" M211840EN, chapters
 * "ASCII protocol" and "Sensor and data message settings". The letter behind a value is its unit, as the transmitter is
 * set; `#` is the letter of a value that is not valid. A line with a lower-case r ends with the check of SDI-12.
 */
import type { Decoded, Decoder } from '../../../core/driver.ts';
import { perChannel } from '../../../core/framing.ts';
import { type QuantityName, quantities, toQuantityUnit } from '../../../core/quantity.ts';
import { createLineReader } from '../../protocols/lines/reader.ts';
import { crcOf, withoutCrc } from '../../protocols/sdi12/crc.ts';

/** The composite message with all parameters has some 230 characters. */
const longestLine = 512;
const invalid = '#';

const speeds = { M: 'm/s', K: 'km/h', S: '[mi_i]/h', N: '[kn_i]' };

interface Parameter {
  readonly quantity: QuantityName;
  /** UCUM codes by the letter of the unit. */
  readonly units: Readonly<Record<string, string>>;
}

/** Least and greatest directions, hail, heating and the inner temperature are passed over. */
const parameters: Readonly<Record<string, Parameter>> = {
  Dm: { quantity: 'windDirection', units: { D: 'deg' } },
  Sm: { quantity: 'windSpeed', units: speeds },
  Sx: { quantity: 'gustSpeed', units: speeds },
  Ta: { quantity: 'temperature', units: { C: 'Cel', F: '[degF]' } },
  Ua: { quantity: 'relativeHumidity', units: { P: '%' } },
  Pa: {
    quantity: 'atmosphericPressure',
    units: { H: 'hPa', P: 'Pa', B: 'bar', M: 'mm[Hg]', I: "[in_i'Hg]" },
  },
  /** Since the transmitter last set it to zero. */
  Rc: { quantity: 'precipitationTotal', units: { M: 'mm', I: '[in_i]' } },
  Ri: { quantity: 'precipitationRate', units: { M: 'mm/h', I: '[in_i]/h' } },
  Vs: { quantity: 'voltage', units: { V: 'V' } },
};

interface Found {
  readonly quantity: QuantityName;
  readonly value: number;
}

const message = /^([0-9A-Za-z])([Rr])[0-9]?,(.+)$/;
const said = /^([+-]?\d+(?:\.\d+)?)([A-Za-z#])$/;

const readParameter = (
  { quantity, units }: Parameter,
  raw: number,
  letter: string,
): Found | 'bad-unit' | 'implausible' => {
  const unit = units[letter];
  if (unit === undefined) return 'bad-unit';
  const value = toQuantityUnit(quantity, quantity === 'windDirection' && raw > 180 ? raw - 360 : raw, unit);
  const { minimum, maximum } = quantities[quantity];
  return value === undefined || !(value >= minimum && value <= maximum) ? 'implausible' : { quantity, value };
};

type Outcome =
  | { readonly kind: 'found'; readonly found: readonly Found[]; readonly invalid: number }
  | { readonly kind: 'ignored' | 'malformed'; readonly reason: string };

const malformed = (reason: string): Outcome => ({ kind: 'malformed', reason });

const readLine = (line: string, address: string): Outcome => {
  const isChecked = line[1] === 'r';
  const text = isChecked ? withoutCrc(line) : line;
  if (text === undefined) return malformed('bad-checksum');
  const parts = message.exec(text);
  if (parts === null) return malformed('other-message');
  const [, from, , list = ''] = parts;
  if (from !== address) return { kind: 'ignored', reason: 'other-address' };
  const found: Found[] = [];
  let invalids = 0;
  for (const pair of list.split(',')) {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, Math.max(0, equals));
    const parameter = parameters[name];
    if (parameter === undefined) continue;
    const value = said.exec(pair.slice(equals + 1));
    if (value === null) return malformed('bad-value');
    const [, digits, letter = ''] = value;
    if (letter === invalid) {
      invalids++;
    } else {
      const outcome = readParameter(parameter, Number(digits), letter);
      if (typeof outcome === 'string') return malformed(outcome);
      found.push(outcome);
    }
  }
  return { kind: 'found', found, invalid: invalids };
};

const decodeLine = (line: string, address: string, device: string, time: number): Decoded[] => {
  const outcome = readLine(line, address);
  if (outcome.kind !== 'found') return [{ kind: outcome.kind, reason: outcome.reason }];
  const out: Decoded[] = outcome.found.map(({ quantity, value }) => ({
    kind: 'observation',
    observation: { kind: 'measurement', device, time, timeFrom: 'gateway', quantity, value },
  }));
  for (let count = 0; count < outcome.invalid; count++) out.push({ kind: 'ignored', reason: 'invalid' });
  if (out.length === 0) out.push({ kind: 'ignored', reason: 'other-parameters' });
  return out;
};

export const createDecoder = (device: string, address: string): Decoder => {
  const readerOf = perChannel(() => createLineReader(longestLine));
  return ({ bytes, channel, receivedAt }) =>
    readerOf(channel)(bytes).flatMap(line =>
      line.kind === 'line'
        ? decodeLine(line.text, address, device, receivedAt)
        : [{ kind: 'malformed', reason: line.reason } as const],
    );
};

/** Asks for the composite message; checked, in lower case, the transmitter checks the request and answers alike. */
export const request = (address: string, isChecked: boolean): Uint8Array => {
  const text = `${address}${isChecked ? 'r' : 'R'}0`;
  return Buffer.from(`${text}${isChecked ? crcOf(text) : ''}\r\n`, 'latin1');
};

/** A line as the transmitter sends it: `0R0` or, checked, `0r0`, with what `list` says. */
export const encode = (address: string, isChecked: boolean, list: string): Uint8Array => {
  const text = `${address}${isChecked ? 'r' : 'R'}0,${list}`;
  return Buffer.from(`${text}${isChecked ? crcOf(text) : ''}\r\n`, 'latin1');
};

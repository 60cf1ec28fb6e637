/**
 * Hydreon RG-15, an optical rain gauge: `Acc 0.01 mm, EventAcc 0.13 mm, TotalAcc 3.21 mm, RInt 1.20 mmph` in answer to
 * `R`. Hydreon, "RG-15 instructions", software 1.000, "Serial protocol". Set to inches it says `in` and `iph`.
 */
import type { Decoded, Decoder } from '../../../core/driver.ts';
import { perChannel } from '../../../core/framing.ts';
import { type QuantityName, quantities, toQuantityUnit } from '../../../core/quantity.ts';
import { createLineReader } from '../../protocols/lines/reader.ts';

const longestLine = 160;

/** `Acc` since the last report and `EventAcc` of a shower are parts of the whole. */
const fields: Readonly<Record<string, QuantityName>> = { TotalAcc: 'precipitationTotal', RInt: 'precipitationRate' };
const units: Readonly<Record<string, string>> = { mm: 'mm', in: '[in_i]', mmph: 'mm/h', iph: '[in_i]/h' };

const field = /^(\w+)\s+(\d{1,7}(?:\.\d{1,4})?)\s*(mmph|mm|iph|in)$/;

/** Words behind the values: the lens is dirty, its light too strong. What it counts meanwhile is doubtful. */
const isTrouble = (word: string): boolean => /^(?:LensBad|EmSat)\b/i.test(word);

/** A report begins with what fell since the last one; nothing else does. */
const isReport = (line: string): boolean => /^Acc\s/.test(line);

const decodeLine = (line: string, device: string, time: number): readonly Decoded[] => {
  if (!isReport(line)) return [{ kind: 'ignored', reason: 'other-message' }];
  const parts = line.split(',').map(part => part.trim());
  const isDoubtful = parts.some(isTrouble);
  const found: Decoded[] = [];
  for (const part of parts) {
    const [, name = '', digits = '', word = ''] = field.exec(part) ?? [];
    const quantity = fields[name];
    if (quantity === undefined) continue;
    const value = toQuantityUnit(quantity, Number(digits), units[word] ?? '');
    if (value === undefined || value > quantities[quantity].maximum)
      return [{ kind: 'malformed', reason: 'implausible' }];
    found.push({
      kind: 'observation',
      observation: {
        kind: 'measurement',
        device,
        time,
        timeFrom: 'gateway',
        quantity,
        value,
        ...(isDoubtful && { quality: 'suspect' }),
      },
    });
  }
  return found.length === Object.keys(fields).length ? found : [{ kind: 'malformed', reason: 'half-report' }];
};

export const createDecoder = (device: string): Decoder => {
  const readerOf = perChannel(() => createLineReader(longestLine));
  return ({ bytes, channel, receivedAt }) =>
    readerOf(channel)(bytes).flatMap(line =>
      line.kind === 'line'
        ? decodeLine(line.text, device, receivedAt)
        : [{ kind: 'malformed', reason: line.reason } as const],
    );
};

/** Asks for a report. */
export const request: Uint8Array = Buffer.from('R\n', 'latin1');

/** A report as the gauge sends it, in millimeters. */
export const encode = (total: number, rate: number): Uint8Array =>
  Buffer.from(
    `Acc 0.00 mm, EventAcc 0.00 mm, TotalAcc ${total.toFixed(2)} mm, RInt ${rate.toFixed(2)} mmph\r\n`,
    'latin1',
  );

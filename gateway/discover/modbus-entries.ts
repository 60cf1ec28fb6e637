/** Modbus devices that a scan found, for people and as entries of a configuration. */
import { quantities } from '../../core/quantity.ts';
import type { Framing } from '../../drivers/protocols/modbus/codec.ts';
import type { LineConfig } from '../../drivers/transports/line.ts';
import type { Entry } from './entry.ts';
import type { Match, ModbusFound } from './modbus.ts';

const mostValues = 4;

const describeMatch = ({ map, values }: Match): string => {
  const told = values.slice(0, mostValues).map(({ quantity, value }) => {
    const number = Number(value.toPrecision(4));
    const { unit } = quantities[quantity];
    return `${quantity} ${number}${unit === '1' ? '' : ` ${unit}`}`;
  });
  return `as ${map} it says ${told.join(', ')}`;
};

const describeAnswer = ({ answer }: ModbusFound): string =>
  answer.kind === 'exception'
    ? `register 0 is refused (exception ${answer.code})`
    : `register 0 is ${Buffer.from(answer.bytes).readUInt16BE(0)}`;

export const describeFound = (found: ModbusFound): string => {
  const [best] = found.matches ?? [];
  const unknown = found.matches === undefined ? 'the maps were not tried' : 'none of the maps of the gateway fits';
  const told = best === undefined ? `${describeAnswer(found)}; ${unknown}` : describeMatch(best);
  return `address ${found.address}: ${told}${found.isLate ? '; it answers late, so give it a longer "timeout"' : ''}`;
};

/** What a configuration needs not say of a line is left out. */
const asWritten = (connection: LineConfig): LineConfig => {
  if (connection.transport !== 'serial') return connection;
  const { transport, path, baudRate, parity } = connection;
  return { transport, path, baudRate, ...(parity !== 'none' && { parity }) } as LineConfig;
};

/** One that no map fits is a draft: its registers stand in its manual. */
export const modbusEntry = (found: ModbusFound, connection: LineConfig, framing: Framing): Entry => {
  const [best, ...others] = found.matches ?? [];
  const config = { address: found.address, ...(framing === 'tcp' && { framing }) };
  return {
    name: best === undefined ? `modbus-${found.address}` : `${best.map}-${found.address}`,
    driver: 'modbus',
    config: {
      ...config,
      map: best?.map ?? [{ quantity: 'temperature', register: 0, type: 'i16', scale: 0.1 }],
      connection: asWritten(connection),
    },
    ...(best === undefined && { toFill: { map: 'by the manual of the device' } }),
    remarks: [describeFound(found), ...others.map(other => `or ${describeMatch(other)}`)],
    isDraft: best === undefined,
  };
};

import { expect, it } from 'vitest';
import { encodeRequest } from '../../../drivers/protocols/modbus/codec.ts';
import { commands as hpma115 } from '../../../drivers/sensors/hpma115/codec.ts';
import { commands as pms5003 } from '../../../drivers/sensors/pms5003/codec.ts';
import { commands as sps30 } from '../../../drivers/sensors/sps30/codec.ts';

const read = (register: number, count: number): Uint8Array =>
  encodeRequest('rtu', { address: 1, function: 3, register, count, transaction: 0 });

it.each([
  ['passive of a PMS5003', pms5003.passive, '424de100000170'],
  ['read of a PMS5003', pms5003.read, '424de200000171'],
  ['sleep of a PMS5003', pms5003.sleep, '424de400000173'],
  ['wake of a PMS5003', pms5003.wake, '424de400010174'],
  ['start of an SPS30', sps30.start, '7e0000020103f97e'],
  ['read of an SPS30', sps30.read, '7e000300fc7e'],
  ['stop of an SPS30', sps30.stop, '7e000100fe7e'],
  ['read of an HPMA115', hpma115.read, '68010493'],
  ['sixteen registers from 0x01f4 of a weather station', read(0x01f4, 16), '010301f400100408'],
  ['two registers from 0 over Modbus', read(0, 2), '010300000002c40b'],
])('asks, byte for byte as the makers print it: %s', (_, bytes, hex) => {
  expect(Buffer.from(bytes).toString('hex')).toBe(hex);
});

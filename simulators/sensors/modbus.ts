import { z } from 'zod';
import { type QuantityName, quantities, toQuantityUnit } from '../../core/quantity.ts';
import { defineSimulator, type SimulatorContext } from '../../core/simulator.ts';
import { type Answer, encodeAnswer, firstRead, type ReadRequest } from '../../drivers/protocols/modbus/codec.ts';
import { type Entry, mapNames, readMap, registerMap, registersOf } from '../../drivers/protocols/modbus/map.ts';
import { startAnswerer } from '../outlets/answerer.ts';
import { outletConfig } from '../outlets/open.ts';
import type { World } from '../world/world.ts';

/** What the register holds for `value` of the quantity's own unit: the units' conversions are straight lines. */
const rawOf = (value: number, { quantity, unit, scale, offset }: Entry): number => {
  const own = unit ?? quantities[quantity].unit;
  const zero = toQuantityUnit(quantity, 0, own) ?? 0;
  const slope = (toQuantityUnit(quantity, 1, own) ?? 1) - zero;
  return ((value - zero) / slope - offset) / scale;
};

const illegalRegister: Answer = { kind: 'exception', code: 2 };

const answerOf = (
  { function: called, register, count }: ReadRequest,
  entries: readonly Entry[],
  values: Readonly<Partial<Record<QuantityName, number>>>,
): Answer => {
  const bytes = new Uint8Array(count * 2);
  let isMapped = false;
  for (const entry of entries) {
    if (entry.function !== called) continue;
    const raw = rawOf(values[entry.quantity] ?? 0, entry);
    const written = registersOf(entry.type === 'f32' ? raw : Math.round(raw), entry);
    const at = (entry.register - register) * 2;
    if (at < 0 || at + written.length > bytes.length) continue;
    bytes.set(written, at);
    isMapped = true;
  }
  return isMapped ? { kind: 'registers', bytes } : illegalRegister;
};

export const simulator = defineSimulator({
  name: 'modbus',
  summary: 'Modbus devices of several addresses that measure the air of the world, on a pty or behind TCP.',
  config: z.strictObject({
    connection: outletConfig,
    framing: z.enum(['rtu', 'tcp']).default('rtu'),
    addresses: z.array(z.int().min(1).max(255)).min(1).default([1]),
    map: z.union([z.enum(mapNames), registerMap]).default('renke-weather-station'),
  }),
  start: async ({ connection, framing, addresses, map }, { world, clock, signal, random }: SimulatorContext<World>) => {
    const entries = await readMap(map);
    return startAnswerer({
      connection,
      signal,
      random,
      answer: heard => {
        const found = firstRead(framing, heard);
        if (found === undefined) return undefined;
        const { request, taken } = found;
        // Where no device has that address, nobody says anything.
        const bytes = addresses.includes(request.address)
          ? encodeAnswer(framing, request, answerOf(request, entries, world.quantitiesAt(clock.now())))
          : new Uint8Array(0);
        return { bytes, taken };
      },
    });
  },
});

/**
 * Why nothing was understood on a serial line: the device may speak at another speed than is configured. Its port is
 * listened to at the others with its own codec; nothing is sent.
 */
import type { DeviceConfig } from '../../config/schema.ts';
import { onAbort } from '../../core/abort.ts';
import type { Context, SerialDefaults } from '../../core/driver.ts';
import { GatewayError } from '../../core/errors.ts';
import { type Duration, seconds } from '../../core/time.ts';
import { openSerial, type SerialConfig, serialConfig } from '../../drivers/transports/serial.ts';

/** Of most serial devices, the most usual first. */
const usualSpeeds = [9600, 115_200, 4800, 19_200, 38_400, 57_600];

/** Sensors that speak by themselves do it at least so often. */
const listenFor: Duration = seconds(3);

export type Explain = (signal: AbortSignal) => Promise<GatewayError | undefined>;

type Heard = 'understood' | 'strange' | 'nothing';

/** Resolves as soon as one message was understood. Throws what the port throws. */
const listen = async (
  line: SerialConfig,
  createDecoder: () => ReturnType<ReturnType<DeviceConfig['driver']['bind']>['createDecoder']>,
  clock: Context['clock'],
  signal: AbortSignal,
): Promise<Heard> => {
  const decode = createDecoder();
  if (decode === undefined) return 'nothing';
  const ending = new AbortController();
  using _ = onAbort(signal, () => ending.abort());
  const timer = setTimeout(() => ending.abort(), listenFor);
  let heard: Heard = 'nothing';
  try {
    for await (const chunk of openSerial(line, { signal: ending.signal, clock, count: () => {} })) {
      if (decode(chunk).some(({ kind }) => kind === 'observation')) return 'understood';
      heard = 'strange';
    }
  } finally {
    clearTimeout(timer);
  }
  return heard;
};

const isSerial = (connection: unknown): boolean => Reflect.get(Object(connection), 'transport') === 'serial';

/** Undefined for a device that is on no serial line or has no codec that could tell. */
export const explainBySpeed = (
  { profile, driver, slice }: DeviceConfig,
  clock: Context['clock'],
): Explain | undefined => {
  if (!isSerial(Reflect.get(Object(slice), 'connection'))) return undefined;
  const parsed: unknown = driver.schema.safeParse(slice).data;
  const configured = serialConfig({ baudRate: 9600 }).safeParse(Reflect.get(Object(parsed), 'connection')).data;
  if (configured === undefined) return undefined;
  const device = driver.bind(profile.id, slice);
  if (device.createDecoder() === undefined) return undefined;
  const own = driver.signs.flatMap(({ lines }) => lines);
  const others: readonly SerialDefaults[] = [...own, ...usualSpeeds.map(baudRate => ({ baudRate }))];
  const speeds = [...new Set(others.map(({ baudRate }) => baudRate))].filter(speed => speed !== configured.baudRate);
  return async signal => {
    for (const baudRate of speeds) {
      if (signal.aborted) return undefined;
      // Whatever keeps the port from being opened was told already.
      const heard = await listen({ ...configured, baudRate }, () => device.createDecoder(), clock, signal).catch(
        (): Heard => 'nothing',
      );
      // Where nobody speaks, the speed is not to blame.
      if (heard === 'nothing') return undefined;
      if (heard === 'strange') continue;
      return new GatewayError(
        'unreachable',
        `frames on ${configured.path} look like ${baudRate} baud, configured ${configured.baudRate}`,
        { advice: `Write "baudRate: ${baudRate}" under "connection" of this device.` },
      );
    }
    return undefined;
  };
};

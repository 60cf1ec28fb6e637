/** What common devices and bridges publish where, as tables: the rest is the plain JSON mapping. */
import type { QuantityName } from '../../../core/quantity.ts';
import { parsePayloadPath, valueAt } from '../../protocols/records/payload-path.ts';
import { toNumber } from '../../protocols/records/value.ts';

/** One quantity in what a device says, when the configuration lists none. */
interface UsualValue {
  readonly quantity: QuantityName;
  readonly path: string;
  /** UCUM. */
  readonly unit: string;
  /** Where the payload itself names the unit, in the device's words. */
  readonly unitAt?: string;
}

/** Of a LoRaWAN frame. */
interface Frame {
  /** The same for every copy of one frame: session, counter and payload. */
  readonly key: string;
  readonly port: number | undefined;
  readonly payload: Buffer;
  /** Best of the gateways that heard it, dBm and dB. */
  readonly rssi: number | undefined;
  readonly snr: number | undefined;
}

export interface Report {
  /** What the paths of `values` lead into. */
  readonly root: unknown;
  /** What the paths of `usual` lead into; `root` when absent. */
  readonly usualRoot?: unknown;
  /** ISO 8601 with its zone as text, or seconds or milliseconds since 1970. */
  readonly time?: unknown;
  readonly frame?: Frame;
}

interface Dialect {
  /** What the device of this name publishes under. */
  readonly topics: (name: string) => readonly string[];
  /** Where the broker or the bridge says whether the device is there. */
  readonly presence: (name: string) => readonly string[];
  readonly usual: readonly UsualValue[];
  /** Whether what comes under this rest of a topic only repeats what other messages say with their time. */
  readonly repeats?: (rest: string) => boolean;
  /** `rest`: what stands behind the device's name in the topic. */
  readonly read: (payload: unknown, rest: string) => Report;
}

const at = (payload: unknown, path: string): unknown => valueAt(payload, parsePayloadPath(path) ?? []);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Words of devices for units, as UCUM codes. */
export const unitWords: ReadonlyMap<unknown, string> = new Map([
  ['C', 'Cel'],
  ['F', '[degF]'],
  ['hPa', 'hPa'],
  ['mmHg', 'mm[Hg]'],
  ['inHg', "[in_i'Hg]"],
]);

/** Fields of all sensors of a Tasmota device by their names; of several with the same field the first one's. */
const mergeSensors = (payload: unknown): Readonly<Record<string, unknown>> => {
  const merged: Record<string, unknown> = Object.create(null);
  // A sensor that does not answer says null, and another's value must not stand in for it.
  const take = (field: string, value: unknown): void => {
    if (!Object.hasOwn(merged, field)) merged[field] = value;
  };
  if (!isObject(payload)) return merged;
  for (const [name, sensor] of Object.entries(payload)) {
    if (!isObject(sensor)) {
      take(name, sensor);
      continue;
    }
    // What came by Tasmota's Zigbee radio stands one level deeper, below the name of the Zigbee device.
    const holders = name === 'ZbReceived' ? Object.values(sensor).filter(isObject) : [sensor];
    for (const holder of holders) for (const [field, value] of Object.entries(holder)) take(field, value);
  }
  return merged;
};

const bestOf = (gateways: unknown, field: string): number | undefined => {
  if (!Array.isArray(gateways)) return undefined;
  const heard = gateways.slice(0, 64).flatMap(gateway => toNumber(at(gateway, field)) ?? []);
  return heard.length === 0 ? undefined : Math.max(...heard);
};

interface FramePaths {
  readonly session: string;
  readonly counter: string;
  readonly port: string;
  readonly payload: string;
  readonly gateways: string;
}

const frameOf = (message: unknown, paths: FramePaths): Frame => {
  const base64 = at(message, paths.payload);
  const payload = typeof base64 === 'string' ? base64 : '';
  const gateways = at(message, paths.gateways);
  return {
    // Protocol buffers as JSON leave out what is 0.
    key: [at(message, paths.session), at(message, paths.counter) ?? 0, payload].join(' '),
    port: toNumber(at(message, paths.port)),
    payload: Buffer.from(payload, 'base64'),
    rssi: bestOf(gateways, 'rssi'),
    snr: bestOf(gateways, 'snr'),
  };
};

const table = {
  /** https://tasmota.github.io/docs/MQTT/; the clock is local and names no zone, so `time` is the configuration's. */
  tasmota: {
    topics: name => [`tele/${name}/SENSOR`],
    presence: name => [`tele/${name}/LWT`],
    usual: [
      { quantity: 'temperature', path: 'Temperature', unit: 'Cel', unitAt: 'TempUnit' },
      { quantity: 'dewPoint', path: 'DewPoint', unit: 'Cel', unitAt: 'TempUnit' },
      { quantity: 'relativeHumidity', path: 'Humidity', unit: '%' },
      { quantity: 'atmosphericPressure', path: 'Pressure', unit: 'hPa', unitAt: 'PressureUnit' },
      { quantity: 'pm1', path: 'PM1', unit: 'ug/m3' },
      { quantity: 'pm25', path: '["PM2.5"]', unit: 'ug/m3' },
      { quantity: 'pm10', path: 'PM10', unit: 'ug/m3' },
      { quantity: 'co2', path: 'CarbonDioxide', unit: '[ppm]' },
      { quantity: 'tvoc', path: 'TVOC', unit: '[ppb]' },
      { quantity: 'illuminance', path: 'Illuminance', unit: 'lx' },
      { quantity: 'voltage', path: 'Voltage', unit: 'V' },
      { quantity: 'current', path: 'Current', unit: 'A' },
      { quantity: 'power', path: 'Power', unit: 'W' },
      { quantity: 'energy', path: 'Total', unit: 'kW.h' },
    ],
    read: payload => ({ root: payload, usualRoot: mergeSensors(payload) }),
  },
  /** https://www.zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages.html; `last_seen` is there when switched on. */
  zigbee2mqtt: {
    topics: name => [`zigbee2mqtt/${name}`],
    presence: name => [`zigbee2mqtt/${name}/availability`],
    usual: [
      { quantity: 'temperature', path: 'temperature', unit: 'Cel' },
      { quantity: 'relativeHumidity', path: 'humidity', unit: '%' },
      { quantity: 'atmosphericPressure', path: 'pressure', unit: 'hPa' },
      { quantity: 'pm25', path: 'pm25', unit: 'ug/m3' },
      { quantity: 'pm10', path: 'pm10', unit: 'ug/m3' },
      { quantity: 'co2', path: 'co2', unit: '[ppm]' },
      { quantity: 'illuminance', path: 'illuminance', unit: 'lx' },
      { quantity: 'soilMoisture', path: 'soil_moisture', unit: '%' },
      { quantity: 'batteryLevel', path: 'battery', unit: '%' },
      { quantity: 'current', path: 'current', unit: 'A' },
      { quantity: 'power', path: 'power', unit: 'W' },
      { quantity: 'energy', path: 'energy', unit: 'kW.h' },
    ],
    read: payload => ({ root: payload, time: at(payload, 'last_seen') }),
  },
  /** https://shelly-api-docs.shelly.cloud/gen1/ ("MQTT"): one number a topic. */
  'shelly-gen1': {
    topics: name => [`shellies/${name}/sensor/+`, `shellies/${name}/relay/0/power`],
    presence: name => [`shellies/${name}/online`],
    usual: [
      { quantity: 'temperature', path: '["sensor/temperature"]', unit: 'Cel' },
      { quantity: 'relativeHumidity', path: '["sensor/humidity"]', unit: '%' },
      { quantity: 'illuminance', path: '["sensor/lux"]', unit: 'lx' },
      { quantity: 'batteryLevel', path: '["sensor/battery"]', unit: '%' },
      { quantity: 'power', path: '["relay/0/power"]', unit: 'W' },
    ],
    read: (payload, rest) => ({ root: { [rest]: payload } }),
  },
  /** https://shelly-api-docs.shelly.cloud/gen2/General/Notifications and …/ComponentsAndServices/Mqtt. */
  shelly: {
    topics: name => [`${name}/status/+`, `${name}/events/rpc`],
    presence: name => [`${name}/online`],
    usual: [
      { quantity: 'temperature', path: '["temperature:0"].tC', unit: 'Cel' },
      { quantity: 'relativeHumidity', path: '["humidity:0"].rh', unit: '%' },
      { quantity: 'illuminance', path: '["illuminance:0"].lux', unit: 'lx' },
      { quantity: 'batteryLevel', path: '["devicepower:0"].battery.percent', unit: '%' },
      { quantity: 'voltage', path: '["switch:0"].voltage', unit: 'V' },
      { quantity: 'current', path: '["switch:0"].current', unit: 'A' },
      { quantity: 'power', path: '["switch:0"].apower', unit: 'W' },
    ],
    repeats: rest => rest.startsWith('status/'),
    read: (payload, rest) =>
      rest === 'events/rpc'
        ? { root: at(payload, 'params'), time: at(payload, 'params.ts') }
        : { root: { [rest.replace('status/', '')]: payload } },
  },
  /** ChirpStack v4, "Event types", `up`: https://www.chirpstack.io/docs/chirpstack/integrations/events.html. */
  chirpstack: {
    topics: name => [`application/+/device/${name}/event/up`],
    presence: () => [],
    usual: [],
    read: payload => ({
      root: at(payload, 'object'),
      time: at(payload, 'time'),
      frame: frameOf(payload, {
        session: 'devAddr',
        counter: 'fCnt',
        port: 'fPort',
        payload: 'data',
        gateways: 'rxInfo',
      }),
    }),
  },
  /** The Things Stack v3, "MQTT server": https://www.thethingsindustries.com/docs/integrations/mqtt/. */
  'the-things-stack': {
    topics: name => [`v3/+/devices/${name}/up`],
    presence: () => [],
    usual: [],
    read: payload => ({
      root: at(payload, 'uplink_message.decoded_payload'),
      time: at(payload, 'uplink_message.received_at') ?? at(payload, 'received_at'),
      frame: frameOf(payload, {
        session: 'uplink_message.session_key_id',
        counter: 'uplink_message.f_cnt',
        port: 'uplink_message.f_port',
        payload: 'uplink_message.frm_payload',
        gateways: 'uplink_message.rx_metadata',
      }),
    }),
  },
} as const satisfies Readonly<Record<string, Dialect>>;

export type DialectName = keyof typeof table;

export const dialects: Readonly<Record<DialectName, Dialect>> = table;

export const dialectNames = Object.keys(table) as [DialectName, ...DialectName[]];

/** Dialects whose messages are LoRaWAN frames. */
export const framed: ReadonlySet<DialectName> = new Set<DialectName>(['chirpstack', 'the-things-stack']);

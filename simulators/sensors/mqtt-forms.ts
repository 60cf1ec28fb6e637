/** How devices of each dialect of `mqtt-json` write what they measure, as tables. */
import type { QuantityName } from '../../core/quantity.ts';
import { type Instant, toTimestamp } from '../../core/time.ts';

interface FormValue {
  readonly quantity: QuantityName;
  /** Below `under`. */
  readonly path: string;
  /** UCUM; the quantity's own when absent. */
  readonly unit?: string;
}

interface Entry {
  readonly path: string;
  readonly value: unknown;
}

interface Form {
  readonly topic: (name: string) => string;
  /** What stands before the path of each value. */
  readonly under: string;
  readonly values: readonly FormValue[];
  /** What else such a message has. `count`: messages before this one. */
  readonly others: (now: Instant, count: number) => readonly Entry[];
  /** Whether the gateway has to be told the paths. */
  readonly isDecodedObject?: true;
}

const climate: readonly FormValue[] = [
  { quantity: 'temperature', path: 'temperature' },
  { quantity: 'relativeHumidity', path: 'humidity', unit: '%' },
  { quantity: 'atmosphericPressure', path: 'pressure' },
];

const link = [{ rssi: -88, snr: 7.25 }];

/** Says the same of every frame, so that the frame's number and its time tell one from the other. */
const frame = Buffer.of(1).toString('base64');

const table = {
  tasmota: {
    topic: name => `tele/${name}/SENSOR`,
    under: '',
    values: [
      { quantity: 'temperature', path: 'BME280.Temperature' },
      { quantity: 'relativeHumidity', path: 'BME280.Humidity', unit: '%' },
      { quantity: 'atmosphericPressure', path: 'BME280.Pressure' },
      { quantity: 'pm25', path: 'SDS0X1["PM2.5"]' },
      { quantity: 'pm10', path: 'SDS0X1.PM10' },
    ],
    others: now => [
      { path: 'Time', value: toTimestamp(now) },
      { path: 'TempUnit', value: 'C' },
      { path: 'PressureUnit', value: 'hPa' },
    ],
  },
  zigbee2mqtt: {
    topic: name => `zigbee2mqtt/${name}`,
    under: '',
    values: climate,
    others: now => [
      { path: 'linkquality', value: 112 },
      { path: 'last_seen', value: toTimestamp(now) },
    ],
  },
  shelly: {
    topic: name => `${name}/events/rpc`,
    under: 'params',
    values: [
      { quantity: 'temperature', path: '["temperature:0"].tC' },
      { quantity: 'relativeHumidity', path: '["humidity:0"].rh', unit: '%' },
    ],
    others: now => [
      { path: 'method', value: 'NotifyStatus' },
      { path: 'params.ts', value: now / 1000 },
    ],
  },
  chirpstack: {
    topic: name => `application/simulated/device/${name}/event/up`,
    under: 'object.',
    values: climate,
    isDecodedObject: true,
    others: (now, count) => [
      { path: 'time', value: toTimestamp(now) },
      { path: 'devAddr', value: '01a2b3c4' },
      { path: 'fCnt', value: count },
      { path: 'fPort', value: 2 },
      { path: 'data', value: frame },
      { path: 'rxInfo', value: link },
    ],
  },
  'the-things-stack': {
    topic: name => `v3/simulated@tenant/devices/${name}/up`,
    under: 'uplink_message.decoded_payload.',
    values: climate,
    isDecodedObject: true,
    others: (now, count) => [
      { path: 'uplink_message.received_at', value: toTimestamp(now) },
      { path: 'uplink_message.session_key_id', value: 'AZpdcJdm3ixYYWExQAIgUg==' },
      { path: 'uplink_message.f_cnt', value: count },
      { path: 'uplink_message.f_port', value: 2 },
      { path: 'uplink_message.frm_payload', value: frame },
      { path: 'uplink_message.rx_metadata', value: link },
    ],
  },
} as const satisfies Readonly<Record<string, Form>>;

type FormName = keyof typeof table;

export const formNames = Object.keys(table) as [FormName, ...FormName[]];

export const forms: Readonly<Record<FormName, Form>> = table;

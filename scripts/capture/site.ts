/** The gateway that is recorded: a pole with a camera, an AIS receiver and some sensors. */
import path from 'node:path';
import type { RunningSimulator } from '../../core/simulator.ts';

export const cityName = 'hue';
export const gatewayName = 'gw-017';
export const topicRoot = `ioc/v1/${cityName}/${gatewayName}`;

/** What its weather station measures, under these names in its payload. */
export const weatherValues = [
  'temperature',
  'relativeHumidity',
  'atmosphericPressure',
  'windSpeed',
  'windDirection',
  'illuminance',
  'LAeq',
] as const;

/** Where a part of the rig listens or keeps its files. */
interface SiteParts {
  readonly folder: string;
  readonly apiPort: number;
  readonly brokerPort: number;
  readonly embeddedPort: number;
  readonly media: object;
  /** Devices and pipelines of the sea. */
  readonly sea: { readonly devices: readonly object[]; readonly pipelines: readonly object[] };
  /** Of the stage `sighting`: the camera over the quay. */
  readonly sighting: object;
  /** Folder of the model that knows a flood. */
  readonly floodModel: string;
  /** Public key of the operator who may order. */
  readonly operatorKey: object;
  readonly devices: Readonly<
    Record<'camera' | 'quayCamera' | 'receiver' | 'air' | 'first' | 'second', RunningSimulator>
  >;
}

/** The configuration of the gateway that is recorded. */
export const siteConfiguration = (parts: SiteParts): Readonly<Record<string, unknown>> => {
  const { folder, devices } = parts;
  const { camera, quayCamera, receiver, air, first, second } = devices;
  const ofTest = (name: string): string => `\${env:${name}}`;
  const quay = [107.64612, 16.55734];
  const station = [107.5508, 16.4637];
  return {
    gateway: {
      id: gatewayName,
      city: cityName,
      site: 'pole-thuanan-07',
      area: '00000',
      status: 'simulated',
      clockWait: '0s',
    },
    storage: { folder: path.join(folder, 'storage'), outbox: '200MB', media: '100KB' },
    api: { port: parts.apiPort },
    broker: {
      port: parts.embeddedPort,
      users: [
        { username: 'weather', password: ofTest('SENSOR_PASSWORD'), publish: ['tele/weather'] },
        { username: 'gauge', password: ofTest('SENSOR_PASSWORD'), publish: ['tele/gauge', 'tele/river', 'tele/air'] },
      ],
    },
    uplinks: [{ name: 'ioc', sink: 'mqtt', url: `mqtt://127.0.0.1:${parts.brokerPort}` }],
    media: parts.media,
    commands: {
      keys: [
        {
          id: 'operator',
          publicKey: parts.operatorKey,
          commands: ['snapshot', 'maintenance.start', 'maintenance.stop', 'vessel.acknowledge'],
        },
      ],
    },
    devices: [
      {
        id: 'cam-3',
        driver: 'onvif-camera',
        name: 'Camera đường Lê Lợi',
        location: quay,
        ...camera.address,
        username: 'viewer',
        password: ofTest('CAMERA_PASSWORD'),
        detect: {
          ...{ model: 'simulated-scenes', fps: 2, snapshot: { width: 640 } },
          clip: { before: '3s', after: '3s', classes: ['person'] },
        },
      },
      {
        id: 'cam-quay',
        driver: 'rtsp-camera',
        service: 'fishing-vessel',
        name: 'Camera cầu cảng Thuận An',
        location: quay,
        ...quayCamera.address,
        username: 'viewer',
        password: ofTest('CAMERA_PASSWORD'),
        detect: { model: 'simulated-scenes', fps: 2, snapshot: { width: 640 } },
      },
      {
        id: 'cam-underpass',
        driver: 'rtsp-camera',
        name: 'Camera hầm chui',
        location: quay,
        ...quayCamera.address,
        username: 'viewer',
        password: ofTest('CAMERA_PASSWORD'),
        detect: { model: parts.floodModel, fps: 1, look: '1s' },
      },
      { id: 'ais-1', driver: 'ais-receiver', name: 'Máy thu AIS Thuận An', location: quay, ...receiver.address },
      {
        id: 'aq-kimlong',
        driver: 'pms5003',
        name: 'Trạm không khí Kim Long',
        location: station,
        silence: '2s',
        ...air.address,
      },
      ...[first, second].map((fused, index) => ({
        id: `aq-vyda-${index + 1}`,
        driver: 'pms5003',
        name: `Trạm không khí Vỹ Dạ ${index + 1}`,
        location: [107.6022, 16.4731],
        power: 'fuse-3',
        silence: '2s',
        ...fused.address,
      })),
      {
        id: 'ws-kimlong',
        driver: 'mqtt-json',
        name: 'Trạm khí tượng Kim Long',
        location: station,
        topics: ['tele/weather'],
        values: weatherValues.map(quantity => ({ quantity, path: quantity })),
        time: { path: 'Time' },
      },
      {
        id: 'wl-kimlong',
        driver: 'mqtt-json',
        name: 'Trạm đo mực nước Kim Long',
        location: station,
        alsoServes: ['warning'],
        topics: ['tele/gauge'],
        values: [
          { quantity: 'waterLevel', path: 'level' },
          { quantity: 'batteryLevel', path: 'battery', unit: '%' },
          { quantity: 'rssi', path: 'rssi' },
          { quantity: 'waterTemperature', path: 'temperature' },
          { quantity: 'pH', path: 'ph' },
          { quantity: 'turbidity', path: 'turbidity' },
          { quantity: 'soilMoisture', path: 'bank.moisture', unit: '%' },
          { quantity: 'temperature', path: 'air' },
        ],
        time: { path: 'time' },
      },
      {
        id: 'wl-phuoc',
        driver: 'mqtt-json',
        name: 'Trạm đo mực nước Phú Ốc',
        location: [107.4869, 16.5345],
        topics: ['tele/river'],
        values: [{ quantity: 'waterLevel', path: 'level' }],
        time: { path: 'time' },
      },
      {
        id: 'aq-phuhoi',
        driver: 'mqtt-json',
        name: 'Trạm không khí Phú Hội',
        location: [107.5939, 16.4678],
        topics: ['tele/air'],
        values: ['pm25', 'pm10', 'no2', 'temperature', 'relativeHumidity'].map(quantity => ({
          quantity,
          path: quantity,
        })),
        time: { path: 'time' },
      },
      ...parts.sea.devices,
    ],
    pipelines: [
      ...parts.sea.pipelines,
      {
        name: 'air',
        from: ['aq-kimlong', 'aq-vyda-1', 'aq-vyda-2', 'ws-kimlong', 'wl-kimlong', 'wl-phuoc'],
        stages: [
          { stage: 'normalize' },
          {
            stage: 'quality',
            limits: { soilMoisture: { usual: [0, 0.6] } },
            failover: [
              {
                quantities: ['temperature'],
                primary: 'wl-kimlong',
                backup: 'ws-kimlong',
                failAfter: '5s',
                returnAfter: '5s',
              },
            ],
          },
          { stage: 'aggregate', periods: ['2s'], lateness: '500ms' },
          { stage: 'alert', over: '2s', gauges: [{ device: 'wl-phuoc', station: 'phu-oc', zeroMetres: 0 }] },
        ],
      },
      {
        name: 'hours',
        from: ['aq-phuhoi'],
        stages: [
          { stage: 'normalize' },
          { stage: 'quality' },
          { stage: 'aggregate', periods: ['1h'], interval: '1m' },
          { stage: 'air-quality' },
        ],
      },
      {
        name: 'vessels',
        from: ['ais-1', 'cam-quay'],
        stages: [{ stage: 'track' }, { stage: 'sighting', ...parts.sighting }, { stage: 'downsample', every: '5s' }],
      },
      {
        name: 'scenes',
        from: ['cam-underpass'],
        stages: [{ stage: 'scenes', classes: [{ label: 'flood', severity: 'HIGH' }], begins: '2s' }],
      },
      {
        name: 'quay',
        from: ['cam-quay'],
        stages: [{ stage: 'zones', budget: { daily: 10 } }],
      },
      {
        name: 'cameras',
        from: ['cam-3'],
        stages: [
          {
            stage: 'zones',
            update: '1s',
            counts: { every: '10s' },
            lines: [
              {
                id: 'le-loi',
                name: 'Giữa đường Lê Lợi',
                englishName: 'Middle of Le Loi street',
                points: [
                  [0.5, 0],
                  [0.5, 1],
                ],
                inward: 'left',
              },
            ],
            zones: [
              {
                id: 'roadway',
                name: 'Lòng đường Lê Lợi',
                englishName: 'Le Loi roadway',
                objects: 'while-there',
                rules: [{ rule: 'loitering', after: '2s' }],
                polygon: [
                  [0, 0.47],
                  [1, 0.55],
                  [1, 0.94],
                  [0.5, 0.85],
                  [0, 0.77],
                ],
              },
            ],
          },
          { stage: 'camera-signals', settle: '1s' },
          { stage: 'clips' },
        ],
      },
    ],
  };
};

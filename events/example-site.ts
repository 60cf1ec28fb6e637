import type { Conclusion } from '../core/conclusion.ts';
import type { DeviceProfile, Site } from '../core/site.ts';
import type { EventType } from './event-type.ts';

const device = (profile: Pick<DeviceProfile, 'id' | 'driver' | 'service' | 'name' | 'location'>): DeviceProfile => ({
  alsoServes: [],
  agencies: [],
  siteId: 'pole-thuanan-07',
  areaCode: '00000',
  status: 'actual',
  tags: [],
  ...profile,
});

const devices = [
  device({
    id: 'aq-kimlong',
    driver: 'pms5003',
    service: 'environment',
    name: 'Trạm không khí Kim Long',
    location: [107.5508, 16.4637],
  }),
  device({
    id: 'cam-3',
    driver: 'onvif-camera',
    service: 'urban-camera',
    name: 'Camera cầu cảng Thuận An',
    location: [107.64612, 16.55734],
  }),
  device({
    id: 'ais-1',
    driver: 'ais-receiver',
    service: 'fishing-vessel',
    name: 'Máy thu AIS Thuận An',
    location: [107.646, 16.557],
  }),
];

/** The site that the examples of the published schemas come from. */
export const exampleSite: Site = {
  city: 'hue',
  gateway: 'gw-017',
  siteId: 'pole-thuanan-07',
  areaCode: '00000',
  timeZone: 'Asia/Ho_Chi_Minh',
  status: 'actual',
  configVersion: 'c41f09ab77d2',
  devices: new Map(devices.map(profile => [profile.id, profile])),
};

/** The conclusion that a type's example is made of; for states, which nobody concludes, it carries what a state needs. */
export const exampleConclusion = ({ name, example }: EventType): Conclusion => ({
  kind: 'conclusion',
  event: name,
  ...example,
  time: Date.parse(example.time),
  key: `example/${example.time}`,
});

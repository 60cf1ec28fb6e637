/** Events of the size that vessels make, for the rows that measure the way from the seal on. */
import type { Sealed } from '../core/sealed.ts';
import type { Site } from '../core/site.ts';

export const benchSite: Site = {
  city: 'hue',
  gateway: 'gw-bench',
  siteId: 'bench',
  areaCode: '00000',
  timeZone: 'Asia/Ho_Chi_Minh',
  status: 'simulated',
  configVersion: '000000000000',
  devices: new Map(),
};

/** With one AIS receiver, `ais-1`. */
export const receiverSite: Site = {
  ...benchSite,
  devices: new Map([
    [
      'ais-1',
      {
        id: 'ais-1',
        driver: 'ais-receiver',
        service: 'fishing-vessel',
        alsoServes: [],
        agencies: [],
        name: 'ais-1',
        siteId: benchSite.siteId,
        areaCode: benchSite.areaCode,
        status: benchSite.status,
        tags: [],
      },
    ],
  ]),
};

const time = Date.UTC(2026, 10, 23);

export const benchEvents = (count: number): readonly Sealed[] =>
  Array.from({ length: count }, (_, index) => {
    const id = index.toString(16).padStart(32, '0');
    const body = JSON.stringify({
      specversion: '1.0',
      id,
      source: '/ioc/hue/gw-bench/ais-1',
      type: 'vn.ioc.fishing-vessel.vessel.observed.v1',
      subject: `vessel/mmsi/${574_000_000 + (index % 500)}`,
      time: new Date(time + index).toISOString(),
      recordedtime: new Date(time + index).toISOString(),
      timequality: 'ntp',
      datacontenttype: 'application/json',
      dataschema: 'urn:ioc:schema:fishing-vessel.vessel.observed:1.0.0',
      services: 'fishing-vessel',
      siteid: 'bench',
      areacode: '00000',
      eventstatus: 'simulated',
      historical: false,
      data: {
        mmsi: 574_000_000 + (index % 500),
        location: { type: 'Point', coordinates: [107.6 + index / 1e7, 16.5] },
        speedOverGround: 4.32,
        courseOverGround: 212,
        units: { speedOverGround: 'm/s', courseOverGround: 'deg' },
      },
    });
    return { lane: 'obs', id, topic: 'ioc/v1/hue/gw-bench/fishing-vessel/obs/ais-1', time: time + index, body };
  });

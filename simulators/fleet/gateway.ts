/** A gateway for the fleet's recordings: devices that could have heard them, and the pipeline that judges them. */
import { stringify } from 'yaml';
import type { Fleet } from './fleet.ts';

/** Ids of the devices, by what they hear. */
export const receiverId = 'ais-quay';
export const vmsDeviceId = (provider: string): string => `vms-${provider}`;

export interface GatewayFiles {
  readonly registry: string;
  readonly zones: string;
}

/** A configuration in YAML. */
export const formatGateway = ({ providers }: Fleet, { registry, zones }: GatewayFiles): string =>
  stringify({
    gateway: { id: 'gw-fleet', city: 'hue', site: 'harbor-thuanan', area: '19900', status: 'simulated' },
    storage: { folder: 'storage', outbox: '200MB' },
    uplinks: [],
    devices: [
      {
        id: receiverId,
        driver: 'ais-receiver',
        name: 'Máy thu AIS cầu cảng Thuận An',
        location: [107.64612, 16.55734],
        connection: { transport: 'udp', port: 10110 },
      },
      ...providers.map((provider, index) => ({
        id: vmsDeviceId(provider),
        driver: 'naf-vms',
        name: `VMS ${provider}`,
        provider,
        connection: { transport: 'tcp-server', port: 10200 + index },
      })),
    ],
    pipelines: [
      {
        name: 'vessels',
        from: [receiverId, ...providers.map(vmsDeviceId)],
        stages: [
          { stage: 'track', registry },
          { stage: 'geofence', zones },
          { stage: 'vessel-rules' },
          { stage: 'fleet' },
          { stage: 'downsample' },
        ],
      },
    ],
  });

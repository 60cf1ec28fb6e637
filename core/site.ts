import type { EventStatus } from './sealed.ts';
import type { Service } from './service.ts';

/** What the configuration says of a device, whatever its driver. */
export interface DeviceProfile {
  readonly id: string;
  readonly driver: string;
  readonly service: Service;
  /** Further services its events also serve, after `service`. */
  readonly alsoServes: readonly Service[];
  readonly agencies: readonly string[];
  readonly name: string;
  /** WGS 84 degrees, longitude first. */
  readonly location?: readonly [longitude: number, latitude: number];
  readonly siteId: string;
  readonly areaCode: string;
  readonly status: EventStatus;
  readonly tags: readonly string[];
  /** The fuse or battery that it shares with other devices: when that goes, all of them go, and that is one event. */
  readonly power?: string;
  /** The switch or radio link that it shares, likewise. */
  readonly network?: string;
}

/** What devices can share, by the key of their profile. */
export const supplies = ['power', 'network'] as const;

/** Where this gateway stands: what stages and the seal need to know of the configuration. */
export interface Site {
  readonly city: string;
  readonly gateway: string;
  readonly siteId: string;
  readonly areaCode: string;
  /** IANA name of the zone in which people at the center read times. */
  readonly timeZone: string;
  readonly status: EventStatus;
  /** First 12 hex digits of the SHA-256 of the configuration file. */
  readonly configVersion: string;
  readonly devices: ReadonlyMap<string, DeviceProfile>;
}

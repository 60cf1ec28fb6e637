/** One entry of `devices`: the keys that every device has, those of its driver, and what is looked for in its pictures. */
import { z } from 'zod';
import type { Driver } from '../core/driver.ts';
import type { Frame, Observation } from '../core/observation.ts';
import type { DeviceProfile } from '../core/site.ts';
import { unstablePath } from '../drivers/transports/serial.ts';
import type { Path } from './explain.ts';
import { field, isGroup, type Judge, pick, textsOf, unknownName } from './judge.ts';
import { type Config, type DeviceConfig, deviceFields, usualServices, visionFields } from './schema.ts';

const deviceSchema = z.strictObject(deviceFields);
const visionSchema = z.strictObject(visionFields);
const unseenSchema = visionSchema.partial({ detect: true });

export interface DeviceParts {
  readonly drivers: readonly Driver<Observation | Frame>[];
  readonly judge: Judge;
}

export const parseDevice = (
  raw: unknown,
  path: Path,
  gateway: Config['gateway'] | undefined,
  { drivers, judge }: DeviceParts,
): DeviceConfig | undefined => {
  if (!isGroup(raw)) {
    judge.refuse({ path, at: 'value', message: 'expected a group of keys', advice: 'Write "- id: …".' });
    return undefined;
  }
  const isShared = (key: string): boolean => Object.hasOwn(deviceFields, key);
  const shared = judge.parse(deviceSchema, pick(raw, isShared), path);
  const name = raw['driver'];
  const driver = drivers.find(known => known.name === name);
  if (typeof name === 'string' && driver === undefined) {
    judge.refuse(
      unknownName(
        [...path, 'driver'],
        'driver',
        name,
        drivers.map(known => known.name),
      ),
    );
  }
  if (driver === undefined) return undefined;
  const seesPictures = driver.host === 'vision';
  const isVision = (key: string): boolean => seesPictures && Object.hasOwn(visionFields, key);
  const isOurs = (key: string): boolean => isShared(key) || isVision(key);
  const slice = pick(raw, key => !isOurs(key));
  const ours = [...Object.keys(deviceFields), ...(seesPictures ? Object.keys(visionFields) : [])];
  const found = judge.parse(driver.schema, slice, path, ours);
  // A camera that says something by itself needs no pictures.
  const looks = seesPictures && (raw['detect'] !== undefined || driver.bindWithoutFrames === undefined);
  const vision = judge.parse(looks ? visionSchema : unseenSchema, pick(raw, isVision), path);
  const gate = field(raw['detect'], 'gate');
  if (looks && gate !== undefined && gate !== 'own' && !driver.emits.includes('camera-signal')) {
    judge.refuse({
      path: [...path, 'detect', 'gate'],
      at: 'value',
      message: `${driver.name} reads pictures alone, so the camera cannot say when something moves`,
      advice: 'Leave "gate" out, or read the camera by ONVIF if it knows that ("driver: onvif-camera").',
    });
  }
  const service = shared?.service ?? usualServices[driver.family];
  if (service === undefined) {
    judge.refuse({
      path: [...path, 'service'],
      at: 'key',
      message: '"service" is missing: this driver has no usual one',
    });
  }
  if (
    found === undefined ||
    vision === undefined ||
    shared === undefined ||
    service === undefined ||
    gateway === undefined
  )
    return undefined;
  const profile: DeviceProfile = {
    id: shared.id,
    driver: driver.name,
    service,
    alsoServes: shared.alsoServes.filter(other => other !== service),
    agencies: shared.agencies,
    name: shared.name ?? shared.id,
    ...(shared.location !== undefined && { location: shared.location }),
    siteId: shared.site ?? gateway.site,
    areaCode: shared.area ?? gateway.area,
    status: shared.status ?? gateway.status,
    tags: shared.tags,
    ...(shared.power !== undefined && { power: shared.power }),
    ...(shared.network !== undefined && { network: shared.network }),
  };
  return {
    profile,
    driver,
    slice,
    silence: shared.silence ?? driver.bind(shared.id, slice).silence,
    ...(looks && { detect: raw['detect'] }),
    ...(isVision('masks') && raw['masks'] !== undefined && { masks: raw['masks'] }),
  };
};

export const warnOfPortNumbers = (raw: unknown, path: Path, judge: Judge): void => {
  for (const { path: where, text } of textsOf(raw, path)) {
    const message = unstablePath(text);
    if (message !== undefined) {
      judge.warn({ path: where, at: 'value', message, advice: '`ls -l /dev/serial/by-path` shows the names.' });
    }
  }
};

/**
 * A serial line has one reader: the second device would find it in use. Devices of one bus share it, each under an
 * address of its own.
 */
export const warnOfSharedLines = (raw: readonly unknown[], path: Path, judge: Judge): void => {
  const readers = new Map<string, unknown[]>();
  for (const [index, device] of raw.entries()) {
    const connection = field(device, 'connection');
    const line = field(connection, 'path');
    if (field(connection, 'transport') !== 'serial' || typeof line !== 'string') continue;
    const others = readers.get(line) ?? [];
    const rival = others.find(
      other =>
        field(other, 'driver') !== field(device, 'driver') || field(other, 'address') === field(device, 'address'),
    );
    readers.set(line, [...others, device]);
    if (rival !== undefined)
      judge.warn({
        path: [...path, index, 'connection', 'path'],
        at: 'value',
        message: `"${field(rival, 'id')}" reads this line too, and only one device can open it`,
        advice:
          'Name the port that this device is plugged into, or leave one of the two out; on a bus give it its own "address".',
      });
  }
};

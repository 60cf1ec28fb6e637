/** What one camera publishes under its prefix → its signals, and the objects that it sees. One chunk is one message. */
import type { Chunk } from '../../../core/chunk.ts';
import type { Decoded, Decoder } from '../../../core/driver.ts';
import type { CameraSignal, DetectedObject, Detections } from '../../../core/observation.ts';
import { type Duration, type Instant, seconds } from '../../../core/time.ts';
import type { Notification } from '../../protocols/onvif/events.ts';
import { readJsonEvent, readJsonFrames, type SceneFrame, type SceneObject } from '../../protocols/onvif/json.ts';
import { toSignal } from '../../protocols/onvif/topics.ts';

export const eventsLevel = 'onvif-ej';
export const metadataLevel = 'onvif-mj';

export interface OnvifMqttConfig {
  /** The TopicPrefix of the camera, without a slash at its end. */
  readonly prefix: string;
}

const largestPayload = 256 * 1024;

/** A time of the camera that is further from ours is none of this message: its clock is wrong. */
const toleratedAge = seconds(30);

/** An object that the camera says nothing of for so long, while it says something of others, is gone. */
const goneAfter: Duration = seconds(10);

/** Of one camera; of more the oldest are given up. */
const mostProperties = 1000;
const mostTracks = 1000;
/** Of one property. */
const mostObjects = 200;

const parseJson = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
};

const ignored = (reason: string): readonly Decoded[] => [{ kind: 'ignored', reason }];
const malformed = (reason: string): readonly Decoded[] => [{ kind: 'malformed', reason }];

const dated = (told: Instant | undefined, receivedAt: Instant): Pick<CameraSignal, 'time' | 'timeFrom'> =>
  told !== undefined && Math.abs(told - receivedAt) <= toleratedAge
    ? { time: told, timeFrom: 'device' }
    : { time: receivedAt, timeFrom: 'gateway' };

/** Puts it last, and gives up the first where there are too many. */
const keep = <T>(kept: Map<string, T>, key: string, value: T, most: number): void => {
  kept.delete(key);
  kept.set(key, value);
  const [oldest] = kept.keys();
  if (kept.size > most && oldest !== undefined) kept.delete(oldest);
};

/** Words of ONVIF that the models of this gateway have others for. */
const labels: ReadonlyMap<string, string> = new Map([['human', 'person']]);

/** `LicensePlate` → `license-plate`; what the camera does not classify is an `object`. */
const labelOf = (type = ''): string => {
  const word = type
    .replaceAll(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 32);
  return labels.get(word) ?? (word === '' ? 'object' : word);
};

/** `20081010T122457Z`. */
const stampOf = (time: Instant): string => `${new Date(time).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;

const nameOf = (text: string, length: number): string => text.replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(0, length);

interface Track {
  readonly name: string;
  lastSeen: Instant;
}

/** The objects of one analytics module. */
const createScene = (device: string, module: string) => {
  const tracks = new Map<string, Track>();
  const detector = { model: nameOf(`${metadataLevel}-${module}`, 64), version: 'camera', threshold: 0 };

  /** Numbers begin anew when a camera does, so that when it was seen first belongs to its name. */
  const trackOf = ({ id }: SceneObject, time: Instant): string => {
    const name = tracks.get(id)?.name ?? `${stampOf(time)}-${nameOf(module, 24)}-${nameOf(id, 20)}`;
    keep(tracks, id, { name, lastSeen: time }, mostTracks);
    return name;
  };

  return ({ time: told, objects, deleted }: SceneFrame, receivedAt: Instant): Detections => {
    const { time, timeFrom } = dated(told, receivedAt);
    const seen = objects.flatMap((object): DetectedObject[] =>
      object.box === undefined
        ? []
        : [
            {
              label: labelOf(object.type),
              confidence: object.likelihood ?? 1,
              box: object.box,
              track: trackOf(object, time),
            },
          ],
    );
    const ended = [...tracks].filter(([id, { lastSeen }]) => deleted.includes(id) || time - lastSeen >= goneAfter);
    for (const [id] of ended) tracks.delete(id);
    return {
      kind: 'detections',
      device,
      time,
      timeFrom,
      objects: seen,
      ended: ended.map(([, { name }]) => name),
      detector,
    };
  };
};

/** Modules of one camera. */
const mostModules = 32;

export const createOnvifMqttDecoder = ({ prefix }: OnvifMqttConfig, device: string): Decoder => {
  /** What lasts, by its topic and then its key: what is deleted is named by its topic alone. */
  const properties = new Map<string, Map<string, Notification>>();
  const scenes = new Map<string, ReturnType<typeof createScene>>();

  const tell = (notification: Notification, channel: string, receivedAt: Instant): readonly Decoded[] => {
    const told = toSignal(notification);
    if (told === undefined) return ignored(notification.operation === 'Initialized' ? 'retained' : 'topic');
    const lasting = properties.get(channel) ?? new Map<string, Notification>();
    const key = JSON.stringify([...notification.key]);
    if (told.state === 'begun') {
      keep(lasting, key, notification, mostObjects);
      keep(properties, channel, lasting, mostProperties);
    } else {
      lasting.delete(key);
      if (lasting.size === 0) properties.delete(channel);
    }
    const isNews = notification.operation === 'Changed';
    const observation: CameraSignal = {
      kind: 'camera-signal',
      device,
      by: 'camera',
      ...told,
      ...dated(isNews ? notification.time : undefined, receivedAt),
    };
    return [{ kind: 'observation', observation }];
  };

  const readEvent = (
    path: string,
    { bytes, channel = '', receivedAt, retained = false }: Chunk,
  ): readonly Decoded[] => {
    if (bytes.length === 0) {
      const known = [...(properties.get(channel)?.values() ?? [])];
      if (known.length === 0) return ignored('deleted');
      return known.flatMap(each => tell({ ...each, operation: 'Deleted' }, channel, receivedAt));
    }
    const payload = parseJson(bytes);
    if (payload === undefined) return malformed('not-json');
    const notification = readJsonEvent(path, payload, retained);
    return notification === undefined ? malformed('no-event') : tell(notification, channel, receivedAt);
  };

  const readMetadata = (path: string, { bytes, receivedAt, retained = false }: Chunk): readonly Decoded[] => {
    const [source, , module = ''] = path.split('/');
    if (source !== 'VideoAnalytics') return ignored('metadata');
    // How things were; who was there then says nothing of now.
    if (retained || bytes.length === 0) return ignored('retained');
    const payload = parseJson(bytes);
    if (payload === undefined) return malformed('not-json');
    const frames = readJsonFrames(payload);
    if (frames === undefined) return malformed('no-frame');
    const scene = scenes.get(path) ?? createScene(device, module);
    keep(scenes, path, scene, mostModules);
    return frames.map(frame => ({ kind: 'observation', observation: scene(frame, receivedAt) }));
  };

  const readers = new Map([
    [eventsLevel, readEvent],
    [metadataLevel, readMetadata],
  ]);

  return chunk => {
    const { channel = '', bytes } = chunk;
    if (!channel.startsWith(`${prefix}/`)) return ignored('other-topic');
    const [, level = '', path = ''] = /^([^/]*)\/(.*)$/s.exec(channel.slice(prefix.length + 1)) ?? [];
    const read = readers.get(level);
    if (read === undefined) return ignored('other-topic');
    return bytes.length > largestPayload ? malformed('too-large') : read(path, chunk);
  };
};

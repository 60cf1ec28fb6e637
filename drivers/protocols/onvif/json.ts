/**
 * What cameras publish over MQTT (ONVIF Core Specification, 9.11 "Event broker"; Analytics Service Specification, JSON
 * encoding of metadata): events as `onvif-ej`, what the analytics see as `onvif-mj`. Attributes of the XML are members
 * with `@`, its text is `#text`, and what may come several times may be a list or stand alone. Pure.
 */
import type { Box } from '../../../core/observation.ts';
import { type Instant, toTimestamp } from '../../../core/time.ts';
import type { Notification } from './events.ts';

type Json = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const member = (value: unknown, ...names: readonly string[]): unknown =>
  names.reduce((at, name) => (isRecord(at) ? at[name] : undefined), value);

const listAt = (value: unknown, ...names: readonly string[]): readonly unknown[] => {
  const found = member(value, ...names);
  if (found === undefined || found === null) return [];
  return Array.isArray(found) ? found : [found];
};

/** An attribute; some write it as any other member. */
const attribute = (value: unknown, name: string): unknown => member(value, `@${name}`) ?? member(value, name);

const wordOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;

/** Numbers may stand in quotes. */
const numberOf = (value: unknown): number | undefined => {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
};

const timeOf = (value: unknown): Instant | undefined => {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
};

/** Of one group; a camera that sends more is no camera. */
const mostItems = 64;

const itemsOf = (group: unknown): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(isRecord(group) ? group : {})
      .slice(0, mostItems)
      .flatMap(([name, value]): [string, string][] => {
        const word = wordOf(value);
        return word === undefined ? [] : [[name.replace(/^@/, ''), word]];
      }),
  );

/** `RuleEngine/LineDetector/Crossed/&1/2/Fence` → `RuleEngine/LineDetector/Crossed`. */
const topicIn = (path: string): string => path.replace(/\/&.*$/s, '').replaceAll(/\b\w+:/g, '');

/**
 * `path` is what follows `onvif-ej/`. What the broker kept is no news, but how things are: an `Initialized` property.
 * Undefined for what is no event.
 */
export const readJsonEvent = (path: string, payload: unknown, retained: boolean): Notification | undefined => {
  if (!(isRecord(payload) && (isRecord(payload['Data']) || isRecord(payload['Source'])))) return undefined;
  return {
    topic: topicIn(path),
    time: timeOf(attribute(payload, 'UtcTime')),
    operation: retained ? 'Initialized' : 'Changed',
    source: itemsOf(payload['Source']),
    key: itemsOf(payload['Key']),
    data: itemsOf(payload['Data']),
  };
};

/** An object that the camera's analytics follow. */
export interface SceneObject {
  /** The camera's own number of it. */
  readonly id: string;
  /** The likeliest class, as the camera calls it: `Human`, `Vehicle`. */
  readonly type?: string;
  /** 0–1, of that class. */
  readonly likelihood?: number;
  /** Absent where the camera does not say where it is. */
  readonly box?: Box;
}

export interface SceneFrame {
  readonly time: Instant | undefined;
  readonly objects: readonly SceneObject[];
  /** Numbers of objects that are followed no more. */
  readonly deleted: readonly string[];
}

/** p ↦ scale × p + translate (Analytics Service Specification, 5.3: spatial relation). */
interface Transformation {
  readonly scale: readonly [x: number, y: number];
  readonly translate: readonly [x: number, y: number];
}

const transformationIn = (value: unknown): Transformation | undefined => {
  const told = member(value, 'Transformation');
  if (!isRecord(told)) return undefined;
  const pair = (name: string, usual: number): readonly [number, number] => [
    numberOf(attribute(told[name], 'x')) ?? usual,
    numberOf(attribute(told[name], 'y')) ?? usual,
  ];
  return { scale: pair('Scale', 1), translate: pair('Translate', 0) };
};

const mapped = (at: number, axis: 0 | 1, transformations: readonly (Transformation | undefined)[]): number =>
  transformations.reduce(
    (value, each) => (each === undefined ? value : each.scale[axis] * value + each.translate[axis]),
    at,
  );

const fraction = (value: number): number => Math.min(1, Math.max(0, value));

/** From −1…1 with y upwards to fractions from the upper left corner; undefined where nothing of it is in the picture. */
const boxIn = (shape: unknown, transformations: readonly (Transformation | undefined)[]): Box | undefined => {
  const edge = (name: string, axis: 0 | 1): number | undefined => {
    const at = numberOf(attribute(member(shape, 'BoundingBox'), name));
    return at === undefined ? undefined : mapped(at, axis, transformations);
  };
  const [left, right, top, bottom] = [edge('left', 0), edge('right', 0), edge('top', 1), edge('bottom', 1)];
  if (left === undefined || right === undefined || top === undefined || bottom === undefined) return undefined;
  const x = fraction((Math.min(left, right) + 1) / 2);
  const y = fraction((1 - Math.max(top, bottom)) / 2);
  const width = fraction((Math.max(left, right) + 1) / 2) - x;
  const height = fraction((1 - Math.min(top, bottom)) / 2) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
};

interface Candidate {
  readonly type: string;
  readonly likelihood: number | undefined;
}

/** `Type` of today, `ClassCandidate` of older cameras. */
const classIn = (told: unknown): Candidate | undefined => {
  const candidates = [
    ...listAt(told, 'Type').map(each => ({
      type: wordOf(member(each, '#text') ?? each),
      likelihood: numberOf(attribute(each, 'Likelihood')),
    })),
    ...listAt(told, 'ClassCandidate').map(each => ({
      type: wordOf(member(each, 'Type')),
      likelihood: numberOf(member(each, 'Likelihood')),
    })),
  ].flatMap(({ type, likelihood }): Candidate[] => (type === undefined || type === '' ? [] : [{ type, likelihood }]));
  return candidates.reduce<Candidate | undefined>(
    (best, each) => (best !== undefined && (best.likelihood ?? 1) >= (each.likelihood ?? 1) ? best : each),
    undefined,
  );
};

/** Of one frame. */
const mostObjects = 200;

const readObject = (told: unknown, ofFrame: Transformation | undefined): readonly SceneObject[] => {
  const id = wordOf(attribute(told, 'ObjectId'));
  if (id === undefined || id === '') return [];
  const appearance = member(told, 'Appearance');
  const found = classIn(member(appearance, 'Class'));
  // The innermost first.
  const box = boxIn(member(appearance, 'Shape'), [transformationIn(appearance), ofFrame]);
  return [
    {
      id,
      ...(found !== undefined && { type: found.type }),
      ...(found?.likelihood !== undefined && { likelihood: fraction(found.likelihood) }),
      ...(box !== undefined && { box }),
    },
  ];
};

/** Frames of one message. */
const mostFrames = 50;

/** Undefined for what holds no frames. */
export const readJsonFrames = (payload: unknown): readonly SceneFrame[] | undefined => {
  const frames = listAt(payload, 'Frame').filter(isRecord);
  if (frames.length === 0) return undefined;
  return frames.slice(0, mostFrames).map(frame => {
    const transformation = transformationIn(frame);
    return {
      time: timeOf(attribute(frame, 'UtcTime')),
      objects: listAt(frame, 'Object')
        .slice(0, mostObjects)
        .flatMap(each => readObject(each, transformation)),
      deleted: listAt(frame, 'ObjectTree', 'Delete')
        .slice(0, mostObjects)
        .flatMap(each => wordOf(attribute(each, 'ObjectId')) ?? []),
    };
  });
};

const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** As a camera writes an event; for the simulator. */
export const encodeJsonEvent = (
  time: Instant,
  source: Readonly<Record<string, string>>,
  data: Readonly<Record<string, string | boolean>>,
): Uint8Array => bytesOf({ UtcTime: toTimestamp(time), Source: source, Data: data });

/** As a camera writes what it sees, with coordinates of −1…1; for the simulator. */
export const encodeJsonFrame = (time: Instant, objects: readonly SceneObject[]): Uint8Array =>
  bytesOf({
    Frame: [
      {
        '@UtcTime': toTimestamp(time),
        Object: objects.map(({ id, type, likelihood, box }) => ({
          '@ObjectId': id,
          Appearance: {
            ...(box !== undefined && {
              Shape: {
                BoundingBox: {
                  '@left': box.x * 2 - 1,
                  '@top': 1 - box.y * 2,
                  '@right': (box.x + box.width) * 2 - 1,
                  '@bottom': 1 - (box.y + box.height) * 2,
                },
              },
            }),
            ...(type !== undefined && {
              Class: { Type: [{ ...(likelihood !== undefined && { '@Likelihood': likelihood }), '#text': type }] },
            }),
          },
        })),
      },
    ],
  });

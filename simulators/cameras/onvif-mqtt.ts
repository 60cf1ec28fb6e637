/**
 * A camera of ONVIF Profile M that publishes to a broker what its own analytics see in a view of the world: motion as a
 * retained property, whoever crosses the middle of its picture as an event, and every object of every frame.
 */
import { connect, type MqttClient } from 'mqtt';
import { z } from 'zod';
import { sleep } from '../../core/abort.ts';
import { duration } from '../../core/fields.ts';
import type { Box } from '../../core/observation.ts';
import { defineSimulator, type Fault } from '../../core/simulator.ts';
import { seconds } from '../../core/time.ts';
import { isTopicName } from '../../drivers/protocols/mqtt/topic.ts';
import { encodeJsonEvent, encodeJsonFrame, type SceneObject } from '../../drivers/protocols/onvif/json.ts';
import { sceneNames } from '../world/view.ts';
import type { VisibleObject, World } from '../world/world.ts';

const config = z.strictObject({
  url: z
    .string()
    .regex(/^mqtts?:\/\/[A-Za-z0-9._:[\]-]+$/, 'expected "mqtt://host:1883"')
    .default('mqtt://127.0.0.1:1883'),
  username: z.string().optional(),
  password: z.string().optional(),
  prefix: z.string().refine(isTopicName, 'expected topic levels without wildcards').default('cameras/simulated'),
  scene: z.enum(sceneNames).default('street').describe('Which view of the world it sees.'),
  interval: duration({ minimum: 20 }).prefault('500ms').describe('From one frame of its metadata to the next.'),
});

const lens = 'VideoSource_1';
const rule = 'Middle';
const motionTopic = `RuleEngine/CellMotionDetector/Motion/&${lens}`;
const lineTopic = `RuleEngine/LineDetector/Crossed/&${lens}/${rule}`;
const framesTopic = 'VideoAnalytics/Profile_1/Analytics_1';

/** What it can see at all. */
const leastVisible = 0.3;
const middle = 0.5;

const centerOf = ({ x, width }: Box): number => x + width / 2;

/** What its classifier knows. */
const typeOf = (label: string): string => (label === 'person' ? 'Human' : 'Vehicle');

/**
 * `refuse-login` logs in with a wrong password, `silent` publishes nothing, `noise` publishes what is no JSON, `hang`
 * stops in the middle of a packet, `away` leaves the broker.
 */
export const simulator = defineSimulator<z.output<typeof config>, World>({
  name: 'onvif-mqtt',
  summary: 'A camera of ONVIF Profile M that publishes what it sees by itself to a broker, as JSON.',
  config,
  start: async (options, { world, clock, log, signal, random }) => {
    const stopping = new AbortController();
    const ends = AbortSignal.any([signal, stopping.signal]);
    let shown: Fault | undefined;
    const numbers = new Map<string, number>();
    let before: ReadonlyMap<string, VisibleObject> = new Map();
    let isMoving: boolean | undefined;

    const open = (): MqttClient => {
      const password = shown === 'refuse-login' ? 'not the password' : options.password;
      const client = connect(options.url, {
        protocolVersion: 4,
        reconnectPeriod: seconds(1),
        keepalive: 30,
        ...(options.username !== undefined && { username: options.username }),
        ...(password !== undefined && { password }),
      });
      client.on('error', error => log.warn('the broker cannot be used', { reason: error.message }));
      client.on('connect', () => {
        // The fixed header of a PUBLISH of 60 000 bytes that never come.
        if (shown === 'hang') client.stream.write(Uint8Array.of(0x30, 0xe0, 0xd4, 0x03));
      });
      return client;
    };

    let client: MqttClient | undefined = open();

    const publish = (topic: string, payload: Uint8Array, retain = false): void => {
      client?.publish(`${options.prefix}/${topic}`, Buffer.from(payload), { qos: 1, retain });
    };

    const numberOf = (identity: string): string => {
      const number = numbers.get(identity) ?? numbers.size + 1;
      numbers.set(identity, number);
      return String(number);
    };

    const look = (): void => {
      const now = clock.now();
      const seen = world.visibleAt(options.scene, now).filter(({ visible }) => visible >= leastVisible);
      const objects = seen.map(
        ({ identity, label, box }): SceneObject => ({
          id: numberOf(identity),
          type: typeOf(label),
          likelihood: 0.9,
          box,
        }),
      );
      publish(`onvif-mj/${framesTopic}`, encodeJsonFrame(now, objects));
      const moved = seen.filter(({ identity, box }) => {
        const old = before.get(identity);
        return old !== undefined && centerOf(old.box) !== centerOf(box);
      });
      if (isMoving !== moved.length > 0) {
        isMoving = moved.length > 0;
        const source = { VideoSourceConfigurationToken: lens };
        publish(`onvif-ej/${motionTopic}`, encodeJsonEvent(now, source, { IsMotion: isMoving }), true);
      }
      for (const { identity, box } of moved) {
        const old = before.get(identity);
        if (old === undefined || centerOf(old.box) < middle === centerOf(box) < middle) continue;
        const source = { VideoSourceConfigurationToken: lens, Rule: rule };
        publish(`onvif-ej/${lineTopic}`, encodeJsonEvent(now, source, { ObjectId: numberOf(identity) }));
      }
      before = new Map(seen.map(object => [object.identity, object]));
    };

    const publishing = (async () => {
      while (!ends.aborted) {
        await sleep(options.interval, ends);
        if (client?.connected !== true || shown === 'silent' || shown === 'hang') continue;
        if (shown === 'noise') {
          publish(
            `onvif-mj/${framesTopic}`,
            Uint8Array.from({ length: 64 }, () => Math.floor(random() * 256)),
          );
        } else look();
      }
    })();

    return {
      address: {
        broker: options.url,
        ...(options.username !== undefined && { username: options.username }),
        prefix: options.prefix,
      },
      show: fault => {
        if (fault === shown) return;
        shown = fault;
        client?.end(true);
        client = shown === 'away' ? undefined : open();
      },
      [Symbol.asyncDispose]: async () => {
        stopping.abort();
        await publishing;
        await client?.endAsync(true);
      },
    };
  },
});

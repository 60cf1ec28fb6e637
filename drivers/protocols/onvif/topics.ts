/** The topics of cameras (ONVIF topic namespace, Imaging and Analytics Service Specification) → signals: one table. */
import type { CameraSignalName } from '../../../core/camera-signals.ts';
import type { CameraSignal } from '../../../core/observation.ts';
import type { Notification } from './events.ts';

interface Row {
  /** Or everything below it, where it ends with a slash. */
  readonly topic: string;
  readonly signal: CameraSignalName;
  /** The item of `Data` that says whether it lasts; absent where the message itself is the news. */
  readonly state?: string;
}

export const topics: readonly Row[] = [
  { topic: 'VideoSource/MotionAlarm', signal: 'motion', state: 'State' },
  { topic: 'RuleEngine/CellMotionDetector/Motion', signal: 'motion', state: 'IsMotion' },
  { topic: 'RuleEngine/MotionRegionDetector/Motion', signal: 'motion', state: 'State' },
  { topic: 'RuleEngine/FieldDetector/ObjectsInside', signal: 'field-entered', state: 'IsInside' },
  { topic: 'RuleEngine/LineDetector/Crossed', signal: 'line-crossed' },
  { topic: 'RuleEngine/TamperDetector/Tamper', signal: 'tamper', state: 'IsTamper' },
  { topic: 'VideoSource/SignalLoss', signal: 'signal-lost', state: 'State' },
  { topic: 'VideoSource/ImageTooDark/', signal: 'black', state: 'State' },
  { topic: 'VideoSource/ImageTooBlurry/', signal: 'blurred', state: 'State' },
  { topic: 'VideoSource/GlobalSceneChange/', signal: 'moved', state: 'State' },
  { topic: 'Device/Trigger/DigitalInput', signal: 'digital-input', state: 'LogicalState' },
  { topic: 'Device/HardwareFailure/StorageFailure', signal: 'storage-failure', state: 'Failed' },
  { topic: 'Device/HardwareFailure/FanFailure', signal: 'fan-failure', state: 'Failed' },
  { topic: 'Device/HardwareFailure/PowerSupplyFailure', signal: 'power-failure', state: 'Failed' },
  { topic: 'Device/HardwareFailure/TemperatureCritical', signal: 'too-hot', state: 'Critical' },
  { topic: 'Device/SecurityPolicy/AuthFailed', signal: 'login-failed' },
];

const rowOf = (topic: string): Row | undefined =>
  topics.find(row => (row.topic.endsWith('/') ? topic.startsWith(row.topic) : topic === row.topic));

/** As the specifications name the token of the lens, input or part: the first of them that is there. */
const sources = [
  'Source',
  'VideoSourceToken',
  'VideoSource',
  'VideoSourceConfigurationToken',
  'InputToken',
  'Token',
] as const;

const objects = ['ObjectId', 'ObjectID'] as const;

const longestName = 64;

type Told = Pick<CameraSignal, 'signal' | 'state' | 'source' | 'rule' | 'object'>;

const stateOf = ({ state }: Row, { operation, data }: Notification): CameraSignal['state'] | undefined => {
  if (state === undefined) return operation === 'Initialized' || operation === 'Deleted' ? undefined : 'happened';
  // The object or rule is gone, and with it what it said.
  if (operation === 'Deleted') return 'ended';
  const value = data.get(state)?.trim().toLowerCase();
  if (value === 'true' || value === '1') return 'begun';
  return value === 'false' || value === '0' ? 'ended' : undefined;
};

/** Undefined for what this gateway does not report. */
export const toSignal = (notification: Notification): Told | undefined => {
  const row = rowOf(notification.topic);
  const state = row && stateOf(row, notification);
  if (row === undefined || state === undefined) return undefined;
  const name = (text: string | undefined): string | undefined => text?.slice(0, longestName) || undefined;
  const source = name(sources.map(key => notification.source.get(key)).find(value => value !== undefined));
  const rule = name(notification.source.get('Rule'));
  // The key of what lasts for each object, part of the news where it is over at once.
  const object = name(
    objects.map(key => notification.key.get(key) ?? notification.data.get(key)).find(value => value !== undefined),
  );
  return {
    signal: row.signal,
    state,
    ...(source !== undefined && { source }),
    ...(rule !== undefined && { rule }),
    ...(object !== undefined && { object }),
  };
};

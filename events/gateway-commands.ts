/** What the gateway says of the orders of the center: an audit trail of who ordered what, and what came of it. */
import { z } from 'zod';
import { commandRefusalReasons, commandRefusals } from '../core/command-refusal.ts';
import { defineEvent } from './event-type.ts';
import {
  countField,
  fixedField,
  identifierField,
  numberField,
  patternField,
  textField,
  timeField,
  wordField,
} from './fields.ts';
import { adviceField, kindField, messageField } from './gateway.ts';

const example = {
  id: '2f6d1c1e-6f0f-4c55-9a0e-0d3f5e0b7a11',
  key: 'ioc-2026',
  sender: 'ioc',
  time: '2026-11-22T17:04:10.240Z',
  correlation: 'command/ioc-2026/2f6d1c1e-6f0f-4c55-9a0e-0d3f5e0b7a11',
} as const;

const jtiField = () => patternField('Claim `jti` of the command', /^[A-Za-z0-9._:-]{1,64}$/, example.id);
const commandField = () => patternField('Name of the command', /^[a-z0-9.-]{1,64}$/, 'ptz');
const devicesField = (description: string) =>
  z.array(identifierField('Configured device', 'cam-3')).max(500).meta({ description });

const signerFields = () => ({
  key: identifierField('Key that signed it', example.key),
  sender: identifierField('Sender of that key', example.sender),
  agency: identifierField('Agency of that key; absent for operators of the whole gateway', 'hue-police').optional(),
});

const orderFields = () => ({
  id: jtiField(),
  command: commandField(),
  ...signerFields(),
  devices: devicesField('Devices that it is about, where it is about some').optional(),
});

const on = (devices: readonly string[] | undefined, word: string): string => {
  if (devices === undefined || devices.length === 0) return '';
  const [first, ...further] = devices;
  return further.length === 0 ? ` ${word} ${first}` : ` ${word} ${first} (+${further.length})`;
};

export const commandAccepted = defineEvent({
  name: 'gateway.command.accepted',
  lane: 'event',
  version: '1.0.0',
  summary: 'A command was found good and written down; it is done next, once at most',
  data: () => ({
    ...orderFields(),
    input: textField(
      'Its input as JSON; absent where it is longer than 4096 characters',
      '{"device":"cam-3"}',
      4096,
    ).optional(),
    uplink: identifierField('Uplink that brought it', 'ioc'),
    expires: timeField('When it would have been too late', '2026-11-22T17:09:10.000Z'),
  }),
  headline: ({ command, sender, devices }, { when }) => ({
    vi: `${sender} ra lệnh ${command}${on(devices, 'cho')} ${when.vi}`,
    en: `${sender} ordered ${command}${on(devices, 'of')} ${when.en}`,
  }),
  example: {
    source: 'commands',
    subject: 'device/cam-3',
    time: example.time,
    severity: 'INFORMATIONAL',
    correlation: example.correlation,
    data: {
      id: example.id,
      command: 'snapshot',
      key: example.key,
      sender: example.sender,
      devices: ['cam-3'],
      input: '{"device":"cam-3"}',
      uplink: 'ioc',
      expires: '2026-11-22T17:09:10.000Z',
    },
  },
});

/** What a duty officer reads of a refusal. */
const refusalWords: Readonly<Record<(typeof commandRefusalReasons)[number], string>> = {
  'too-large': 'thông điệp quá lớn',
  malformed: 'thông điệp sai định dạng',
  'unknown-key': 'khóa ký không được cấu hình',
  'bad-signature': 'chữ ký không hợp lệ',
  'wrong-audience': 'lệnh gửi cho cổng khác',
  'wrong-sender': 'sai người gửi',
  replayed: 'mã lệnh đã được dùng',
  'clock-not-set': 'đồng hồ của cổng chưa được chỉnh',
  expired: 'lệnh đã hết hạn',
  'not-remembered': 'lệnh ký trước khi kho lưu được tạo lại',
  'not-yet-valid': 'lệnh chưa có hiệu lực',
  'lifetime-too-long': 'thời hạn của lệnh quá dài',
  'unknown-command': 'không có lệnh này',
  'not-authorized': 'không có quyền',
  'invalid-input': 'tham số sai',
  'unknown-device': 'không có thiết bị này',
  busy: 'cổng đang bận',
  'not-recorded': 'không ghi được lệnh',
};

export const commandRefused = defineEvent({
  name: 'gateway.command.refused',
  lane: 'event',
  version: '1.0.0',
  summary: 'A command was refused and not done; of many in a short time one is told, with the number of the others',
  data: () => ({
    reason: wordField('Why', commandRefusalReasons, 'not-authorized'),
    message: textField('What exactly', 'key ioc-2026 may not order gateway.restart', 1000).optional(),
    id: jtiField().optional(),
    command: commandField().optional(),
    key: identifierField(
      'Key that it names; who signed it is proven where a sender stands beside it',
      example.key,
    ).optional(),
    sender: identifierField('Sender of the key, whose signature was right', example.sender).optional(),
    agency: identifierField('Agency of that key', 'hue-police').optional(),
    devices: devicesField('Devices that it is about, where it is about some').optional(),
    uplink: identifierField('Uplink that brought it', 'ioc'),
    untold: countField('Further refusals since the last event of this kind, which have no event of their own', 0),
  }),
  headline: ({ reason, command, sender }, { when }) => ({
    vi: `Lệnh ${command ?? ''} từ ${sender ?? 'người gửi chưa xác thực'} bị từ chối ${when.vi}: ${refusalWords[reason]}`.replace(
      '  ',
      ' ',
    ),
    en: `Command ${command ?? ''} of ${sender ?? 'an unproven sender'} refused ${when.en}: ${commandRefusals[reason].says}`.replace(
      '  ',
      ' ',
    ),
  }),
  example: {
    source: 'commands',
    subject: 'gateway/gw-017',
    time: example.time,
    severity: 'LOW',
    correlation: example.correlation,
    data: {
      reason: 'not-authorized',
      message: 'key ioc-2026 may not order gateway.restart',
      id: example.id,
      command: 'gateway.restart',
      key: example.key,
      sender: example.sender,
      uplink: 'ioc',
      untold: 0,
    },
  },
});

const outcomeWords = {
  done: { vi: 'đã thực hiện', en: 'was done' },
  failed: { vi: 'không thực hiện được', en: 'failed' },
  interrupted: { vi: 'bị ngắt giữa chừng', en: 'was interrupted' },
} as const;

export const commandCompleted = defineEvent({
  name: 'gateway.command.completed',
  lane: 'event',
  version: '1.0.0',
  summary: 'What came of an accepted command',
  data: () => ({
    ...orderFields(),
    outcome: wordField(
      'Done, failed, or interrupted: the gateway stopped while it ran, and how far it came is not known',
      ['done', 'failed', 'interrupted'],
      'done',
    ),
    result: textField(
      'Its result as JSON; absent where it is longer than 4096 characters',
      '{"state":"moving"}',
      4096,
    ).optional(),
    error: z
      .strictObject({ kind: kindField(), message: messageField(), advice: adviceField().optional() })
      .meta({ description: 'Why it failed' })
      .optional(),
    durationSeconds: numberField({
      description: 'How long it ran',
      unit: 's',
      minimum: 0,
      maximum: 3600,
      example: 1.204,
    }).optional(),
  }),
  headline: ({ command, sender, devices, outcome }, { when }) => ({
    vi: `Lệnh ${command}${on(devices, 'cho')} của ${sender} ${outcomeWords[outcome].vi} ${when.vi}`,
    en: `Command ${command}${on(devices, 'of')} by ${sender} ${outcomeWords[outcome].en} ${when.en}`,
  }),
  example: {
    source: 'commands',
    subject: 'device/cam-3',
    time: '2026-11-22T17:04:11.444Z',
    severity: 'INFORMATIONAL',
    correlation: example.correlation,
    data: {
      id: example.id,
      command: 'ptz',
      key: example.key,
      sender: example.sender,
      devices: ['cam-3'],
      outcome: 'done',
      result: '{"state":"moving"}',
      durationSeconds: 1.204,
    },
  },
});

export const maintenanceStarted = defineEvent({
  name: 'gateway.maintenance.started',
  lane: 'event',
  version: '1.0.0',
  summary: 'Somebody works on devices: from now on everything from them is marked "test"',
  data: () => ({
    phase: fixedField('Of the condition', 'raised'),
    devices: devicesField('Devices that are worked on'),
    reason: textField('Who works on them and why, as the order says', 'Cleaning the lens, Mr. Hai', 200),
    until: timeField('When it ends by itself', '2026-11-22T19:00:00.000Z'),
    ...signerFields(),
  }),
  headline: ({ devices, reason, sender }, { when }) => ({
    vi: `Bảo trì${on(devices, 'thiết bị')} bắt đầu ${when.vi} (${sender}): ${reason}`,
    en: `Maintenance${on(devices, 'of')} started ${when.en} (${sender}): ${reason}`,
  }),
  example: {
    source: 'maintenance',
    subject: 'device/cam-3',
    time: example.time,
    severity: 'INFORMATIONAL',
    correlation: example.correlation,
    data: {
      phase: 'raised',
      devices: ['cam-3'],
      reason: 'Cleaning the lens, Mr. Hai',
      until: '2026-11-22T19:00:00.000Z',
      key: example.key,
      sender: example.sender,
    },
  },
});

const endWords = {
  expired: { vi: 'hết thời hạn', en: 'its time is over' },
  stopped: { vi: 'theo lệnh', en: 'as ordered' },
  superseded: { vi: 'có lệnh bảo trì mới', en: 'another one began' },
  'config-removed': { vi: 'thiết bị không còn trong cấu hình', en: 'the device is configured no more' },
} as const;

export const maintenanceEnded = defineEvent({
  name: 'gateway.maintenance.ended',
  lane: 'event',
  version: '1.0.0',
  summary: 'Devices are in maintenance no more: what they say counts again',
  data: () => ({
    phase: fixedField('Of the condition', 'cleared'),
    cause: wordField('Why it ended', ['expired', 'stopped', 'superseded', 'config-removed'], 'expired'),
    devices: devicesField('Devices for which it ended'),
    reason: textField('Who worked on them and why, as the order said', 'Cleaning the lens, Mr. Hai', 200),
    since: timeField('When it began', example.time),
    ...signerFields(),
  }),
  headline: ({ devices, cause }, { when }) => ({
    vi: `Bảo trì${on(devices, 'thiết bị')} kết thúc ${when.vi}: ${endWords[cause].vi}`,
    en: `Maintenance${on(devices, 'of')} ended ${when.en}: ${endWords[cause].en}`,
  }),
  example: {
    source: 'maintenance',
    subject: 'device/cam-3',
    time: '2026-11-22T19:00:00.000Z',
    severity: 'INFORMATIONAL',
    correlation: example.correlation,
    data: {
      phase: 'cleared',
      cause: 'expired',
      devices: ['cam-3'],
      reason: 'Cleaning the lens, Mr. Hai',
      since: example.time,
      key: example.key,
      sender: example.sender,
    },
  },
});

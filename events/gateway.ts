/** What the gateway says of itself: events of its operation and the retained states under `gateway/state/`. */
import { z } from 'zod';
import type { Severity } from '../core/conclusion.ts';
import type { ErrorKind } from '../core/errors.ts';
import { eventStatuses, lanes } from '../core/sealed.ts';
import { services } from '../core/service.ts';
import { supplies } from '../core/site.ts';
import { formatDuration } from '../core/time.ts';
import { defineEvent } from './event-type.ts';
import {
  countField,
  fixedField,
  identifierField,
  numberField,
  patternField,
  pointField,
  textField,
  timeField,
  wordField,
} from './fields.ts';

const kinds = [
  'config',
  'unsupported',
  'denied',
  'unreachable',
  'protocol',
  'exhausted',
  'damaged',
  'defect',
] as const satisfies readonly ErrorKind[];

export const kindField = () =>
  wordField('What kind of failure it was, by what the gateway does next', kinds, 'unreachable');
export const messageField = () =>
  textField('What happened and where', 'no answer from 10.0.3.14:554 within 10 s', 1000);
export const adviceField = () => textField('What a technician can do about it', 'Check the cable and the power.', 1000);
const versionField = () => textField('Version of the program', '0.1.0', 64);
export const epochField = () =>
  patternField('Epoch of the store: grows whenever a new one is made', /^\d{4,9}$/, '0001');
export const streamField = () =>
  patternField('`<service>/<class>`', new RegExp(`^(${services.join('|')})/(${lanes.join('|')})$`), 'environment/obs');
export const sequenceField = (description: string, example: number) => countField(description, example);

const downSecondsField = () =>
  numberField({ description: 'How long it was away', unit: 's', minimum: 0, maximum: 1e9, example: 184 });

const startWords = {
  first: { vi: 'lần đầu', en: 'for the first time' },
  stopped: { vi: 'sau khi dừng bình thường', en: 'after a clean stop' },
  interrupted: { vi: 'sau khi chương trình bị ngắt đột ngột', en: 'after the program was interrupted' },
  'power-lost': {
    vi: 'sau khi máy mất điện hoặc khởi động lại đột ngột',
    en: 'after the machine lost power or was reset',
  },
  ordered: { vi: 'theo lệnh của trung tâm', en: 'because the center ordered it' },
  governed: { vi: 'để giải phóng bộ nhớ', en: 'to give back memory' },
} as const;

export const gatewayStarted = defineEvent({
  name: 'gateway.gateway.started',
  lane: 'event',
  version: '1.0.0',
  summary: 'The gateway started',
  data: () => ({
    reason: wordField(
      'What came before',
      ['first', 'stopped', 'interrupted', 'power-lost', 'ordered', 'governed'],
      'power-lost',
    ),
    version: versionField(),
    previousVersion: textField('Version that ran before, where it was another', '0.0.9', 64).optional(),
    lastSeen: timeField('When the run before was last known to be alive', '2026-11-22T16:59:58.000Z').optional(),
  }),
  headline: ({ reason, version }, { when, source }) => ({
    vi: `Cổng biên ${source} (phiên bản ${version}) khởi động ${startWords[reason].vi} ${when.vi}`,
    en: `Gateway ${source} (version ${version}) started ${startWords[reason].en} ${when.en}`,
  }),
  example: {
    source: 'gateway',
    subject: 'gateway/gw-017',
    time: '2026-11-22T17:00:03.000Z',
    severity: 'INFORMATIONAL',
    data: { reason: 'power-lost', version: '0.1.0', lastSeen: '2026-11-22T16:59:58.000Z' },
  },
});

const failureWords: Readonly<Record<ErrorKind, { readonly vi: string; readonly en: string }>> = {
  config: { vi: 'cấu hình sai', en: 'wrong configuration' },
  unsupported: { vi: 'không được hỗ trợ', en: 'not supported' },
  denied: { vi: 'sai tài khoản hoặc mật khẩu', en: 'credentials refused' },
  unreachable: { vi: 'không kết nối được', en: 'cannot be reached' },
  protocol: { vi: 'trả lời không đúng giao thức', en: 'breaks the protocol' },
  exhausted: { vi: 'hết tài nguyên', en: 'out of resources' },
  damaged: { vi: 'dữ liệu lưu trữ bị hỏng', en: 'storage is damaged' },
  defect: { vi: 'lỗi phần mềm', en: 'software defect' },
};

export const deviceFailed = defineEvent({
  name: 'gateway.device.failed',
  lane: 'event',
  version: '1.0.0',
  summary: 'A device stopped delivering: the condition is raised',
  data: () => ({
    phase: fixedField('Of the condition', 'raised'),
    device: identifierField('Configured device', 'cam-3'),
    driver: identifierField('Driver that reads it', 'onvif-camera'),
    error: z
      .strictObject({ kind: kindField(), message: messageField(), advice: adviceField().optional() })
      .meta({ description: 'Why' }),
  }),
  headline: ({ device, error }, { when, source }) => ({
    vi: `Mất tín hiệu thiết bị ${source} (${device}) ${when.vi}: ${failureWords[error.kind].vi}`,
    en: `Device ${source} (${device}) failed ${when.en}: ${failureWords[error.kind].en}`,
  }),
  example: {
    source: 'cam-3',
    device: 'cam-3',
    subject: 'device/cam-3',
    time: '2026-11-22T17:04:10.240Z',
    severity: 'LOW',
    correlation: 'device/cam-3/20261122T170410Z',
    data: {
      phase: 'raised',
      device: 'cam-3',
      driver: 'onvif-camera',
      error: {
        kind: 'unreachable',
        message: 'no answer from 10.0.3.14:554 within 10 s',
        advice: 'Check the cable and the power.',
      },
    },
  },
});

export const deviceRecovered = defineEvent({
  name: 'gateway.device.recovered',
  lane: 'event',
  version: '1.0.0',
  summary: 'A device delivers again, or is not asked any more: the condition is cleared',
  data: () => ({
    phase: fixedField('Of the condition', 'cleared'),
    reason: wordField('Why it was cleared', ['recovered', 'config-removed', 'interrupted'], 'recovered'),
    device: identifierField('Configured device', 'cam-3'),
    driver: identifierField('Driver that reads it', 'onvif-camera'),
    downSeconds: downSecondsField().optional(),
  }),
  headline: ({ device, downSeconds }, { when, source }) => {
    const away = downSeconds === undefined ? undefined : formatDuration(downSeconds * 1000);
    return {
      vi: `Thiết bị ${source} (${device}) hoạt động lại ${when.vi}${away === undefined ? '' : `, gián đoạn ${away}`}`,
      en: `Device ${source} (${device}) recovered ${when.en}${away === undefined ? '' : `, away for ${away}`}`,
    };
  },
  example: {
    source: 'cam-3',
    device: 'cam-3',
    subject: 'device/cam-3',
    time: '2026-11-22T17:07:14.000Z',
    severity: 'INFORMATIONAL',
    correlation: 'device/cam-3/20261122T170410Z',
    data: { phase: 'cleared', reason: 'recovered', device: 'cam-3', driver: 'onvif-camera', downSeconds: 184 },
  },
});

const supplyWords = {
  power: { vi: 'chung nguồn điện', en: 'on power supply' },
  network: { vi: 'chung đường mạng', en: 'on network link' },
} as const;

const groupFields = () => ({
  supply: wordField('What the devices share', supplies, 'power'),
  group: identifierField('Its name in the configuration', 'fuse-3'),
  devices: z
    .array(identifierField('Configured device', 'cam-3'))
    .min(2)
    .max(500)
    .meta({ description: 'The devices that hang on it, at most 500 of them' }),
});

export const groupFailed = defineEvent({
  name: 'gateway.group.failed',
  lane: 'event',
  version: '1.0.0',
  summary:
    'All devices that share a power supply or a network link stopped delivering: one condition is raised for them',
  data: () => ({ phase: fixedField('Of the condition', 'raised'), ...groupFields() }),
  headline: ({ supply, group, devices }, { when }) => ({
    vi: `Cả ${devices.length} thiết bị ${supplyWords[supply].vi} ${group} mất tín hiệu ${when.vi}`,
    en: `All ${devices.length} devices ${supplyWords[supply].en} ${group} failed ${when.en}`,
  }),
  example: {
    source: 'groups',
    subject: 'power/fuse-3',
    time: '2026-11-22T17:04:10.240Z',
    severity: 'MEDIUM',
    correlation: 'power/fuse-3/20261122T170410Z',
    data: { phase: 'raised', supply: 'power', group: 'fuse-3', devices: ['cam-3', 'cam-4'] },
  },
});

export const groupRecovered = defineEvent({
  name: 'gateway.group.recovered',
  lane: 'event',
  version: '1.0.0',
  summary: 'One of the devices of a group delivers again, or the group is no more: its condition is cleared',
  data: () => ({
    phase: fixedField('Of the condition', 'cleared'),
    reason: wordField('Why it was cleared', ['recovered', 'config-removed'], 'recovered'),
    ...groupFields(),
    downSeconds: downSecondsField().optional(),
  }),
  headline: ({ supply, group }, { when }) => ({
    vi: `Thiết bị ${supplyWords[supply].vi} ${group} hoạt động lại ${when.vi}`,
    en: `Devices ${supplyWords[supply].en} ${group} recovered ${when.en}`,
  }),
  example: {
    source: 'groups',
    subject: 'power/fuse-3',
    time: '2026-11-22T17:07:14.000Z',
    severity: 'INFORMATIONAL',
    correlation: 'power/fuse-3/20261122T170410Z',
    data: {
      phase: 'cleared',
      reason: 'recovered',
      supply: 'power',
      group: 'fuse-3',
      devices: ['cam-3', 'cam-4'],
      downSeconds: 184,
    },
  },
});

export const uplinkNoConsumer = defineEvent({
  name: 'gateway.uplink.no-consumer',
  lane: 'event',
  version: '1.0.0',
  summary: 'The broker takes events of a stream, but nobody at the center reads them: they wait',
  data: () => ({
    uplink: textField('Configured uplink', 'ioc', 64),
    stream: streamField(),
    since: timeField('First refused delivery', '2026-11-22T17:04:10.240Z'),
  }),
  headline: ({ uplink, stream }, { when }) => ({
    vi: `Không có hệ thống nào nhận dữ liệu ${stream} qua đường truyền ${uplink} ${when.vi}; dữ liệu được giữ lại`,
    en: `Nobody receives ${stream} over uplink ${uplink} ${when.en}; the events wait`,
  }),
  example: {
    source: 'uplink',
    subject: 'uplink/ioc',
    time: '2026-11-22T17:04:10.240Z',
    severity: 'MEDIUM',
    data: { uplink: 'ioc', stream: 'environment/obs', since: '2026-11-22T17:04:10.240Z' },
  },
});

export const stageFailed = defineEvent({
  name: 'gateway.stage.failed',
  lane: 'event',
  version: '1.0.0',
  summary: 'A stage could not bear an item, which was set aside; the stage was rebuilt and goes on',
  data: () => ({
    pipeline: textField('Configured pipeline', 'air', 64),
    stage: textField('Stage of it', 'aggregate', 64),
    message: textField('What broke', 'invariant broken: negative count', 1000),
    deadLetters: countField('Items set aside', 1),
  }),
  headline: ({ pipeline, stage, deadLetters }, { when }) => ({
    vi: `Bước xử lý ${stage} của luồng ${pipeline} gặp lỗi ${when.vi}; ${deadLetters} bản ghi được để riêng`,
    en: `Stage ${stage} of pipeline ${pipeline} failed ${when.en}; ${deadLetters} items set aside`,
  }),
  example: {
    source: 'pipeline',
    subject: 'pipeline/air',
    time: '2026-11-22T17:04:10.240Z',
    severity: 'MEDIUM',
    data: { pipeline: 'air', stage: 'aggregate', message: 'invariant broken: negative count', deadLetters: 1 },
  },
});

const predecessorField = () =>
  z
    .strictObject({
      epoch: epochField(),
      streams: z
        .array(
          z.strictObject({
            stream: streamField(),
            lastAccepted: sequenceField('Last number known to be accepted by it', 412),
          }),
        )
        .max(64)
        .meta({ description: 'What is known of its numbers' }),
    })
    .meta({ description: 'The store before this one' });

export const storeReplaced = defineEvent({
  name: 'gateway.store.replaced',
  lane: 'event',
  version: '1.0.0',
  summary: 'The store was damaged or missing and a new one was begun: numbers start again under a new epoch',
  data: () => ({
    reason: wordField('Why', ['damaged', 'missing'], 'damaged'),
    epoch: epochField(),
    predecessor: predecessorField().optional(),
    salvaged: countField('Events that were carried over', 1204).optional(),
    setAside: textField('File name of the store that was set aside', 'outbox-0001.damaged', 255).optional(),
  }),
  headline: ({ reason }, { when, source }) => ({
    vi: `Kho sự kiện của cổng biên ${source} được tạo mới ${when.vi} vì kho cũ ${reason === 'damaged' ? 'bị hỏng' : 'không còn'}`,
    en: `Gateway ${source} began a new event store ${when.en}: the old one is ${reason}`,
  }),
  example: {
    source: 'outbox',
    subject: 'store/0002',
    time: '2026-11-22T17:04:10.240Z',
    severity: 'HIGH',
    data: {
      reason: 'damaged',
      epoch: '0002',
      predecessor: { epoch: '0001', streams: [{ stream: 'environment/obs', lastAccepted: 412 }] },
      salvaged: 1204,
      setAside: 'outbox-0001.damaged',
    },
  },
});

export const connectionReported = defineEvent({
  name: 'gateway.connection.reported',
  lane: 'state',
  version: '1.0.0',
  summary: 'Whether the gateway is connected; the Will says `offline` with the connection id of its birth',
  data: () => ({
    state: wordField('Of the connection', ['online', 'offline'], 'online'),
    connectionid: patternField(
      'Of the connection that this speaks of: an `offline` of an older one is to be ignored',
      /^[A-Za-z0-9-]{1,64}$/,
      '0193f2a1-7c1e-7b02-9d3f-3a1d6c1e55f0',
    ),
    reason: wordField('Why it went offline', ['stopped', 'lost'], 'lost').optional(),
  }),
  example: {
    source: 'connection',
    subject: 'gateway/gw-017',
    time: '2026-11-22T17:00:03.000Z',
    data: { state: 'online', connectionid: '0193f2a1-7c1e-7b02-9d3f-3a1d6c1e55f0' },
  },
});

const shaOrVersion = (description: string) => textField(description, '0.1.1', 80);

export const inventoryReported = defineEvent({
  name: 'gateway.inventory.reported',
  lane: 'state',
  version: '1.0.0',
  summary: 'Every device with its driver, place and services, and the versions of program and models',
  data: () => ({
    program: z
      .strictObject({ version: versionField(), node: textField('Version of Node.js', '24.21.0', 32) })
      .meta({ description: 'What runs' }),
    page: countField('This page, from 1; further pages lie under `inventory-2` and so on', 1, 999),
    pages: countField('Number of pages', 1, 999),
    models: z
      .array(
        z.strictObject({
          name: textField('Model', 'harbor-nano', 64),
          version: shaOrVersion('Its version'),
          sha256: patternField('SHA-256 of its weights, or the beginning of it', /^[0-9a-f]{12,64}$/, 'c789161e04bb'),
        }),
      )
      .max(32)
      .meta({ description: 'Models in use' }),
    devices: z
      .array(
        z.strictObject({
          id: identifierField('Configured device', 'cam-3'),
          name: textField('For people', 'Camera cầu cảng Thuận An'),
          driver: identifierField('Driver that reads it', 'onvif-camera'),
          model: textField('What the device says it is', 'DS-2CD2143G2-I').optional(),
          location: pointField('Where it stands').optional(),
          siteId: textField('Site', 'pole-thuanan-07', 64),
          areaCode: textField('Administrative code of the ward', '00000', 16),
          services: z
            .array(wordField('Service of the center', services, 'urban-camera'))
            .min(1)
            .max(services.length)
            .meta({ description: 'Services it serves, the first decides its topic' }),
          agencies: z
            .array(textField('Agency', 'hue-police', 64))
            .max(32)
            .meta({ description: 'Agencies concerned' })
            .optional(),
          eventStatus: wordField('Whether it tells of the real world', eventStatuses, 'actual'),
          power: identifierField('Power supply that it shares with others', 'fuse-3').optional(),
          network: identifierField('Network link that it shares with others', 'radio-1').optional(),
        }),
      )
      .max(500)
      .meta({ description: 'Devices of this page' }),
  }),
  example: {
    source: 'inventory',
    subject: 'gateway/gw-017',
    time: '2026-11-22T17:00:03.000Z',
    data: {
      program: { version: '0.1.0', node: '24.21.0' },
      page: 1,
      pages: 1,
      models: [{ name: 'harbor-nano', version: '0.1.1', sha256: 'c789161e04bb' }],
      devices: [
        {
          id: 'cam-3',
          name: 'Camera cầu cảng Thuận An',
          driver: 'onvif-camera',
          location: { type: 'Point', coordinates: [107.64612, 16.55734] },
          siteId: 'pole-thuanan-07',
          areaCode: '00000',
          services: ['urban-camera'],
          eventStatus: 'actual',
          power: 'fuse-3',
        },
      ],
    },
  },
});

const severityNames = ['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const satisfies readonly Severity[];

const deviceStates = ['connecting', 'running', 'waiting', 'parked', 'stopped'] as const;

export const healthReported = defineEvent({
  name: 'gateway.health.reported',
  lane: 'state',
  version: '1.0.0',
  summary: 'How the gateway is: uptime, clock, devices by state, what waits, memory and disk',
  data: () => ({
    startedAt: timeField('Start of this run', '2026-11-22T17:00:03.000Z'),
    version: versionField(),
    clock: wordField('How far the clock can be trusted', ['gnss', 'ntp', 'estimated', 'unsynchronized'], 'ntp'),
    devices: z
      .strictObject({
        connecting: countField('Devices that deliver nothing yet', 0),
        running: countField('Devices that deliver', 3),
        waiting: countField('Devices that wait for the next attempt', 0),
        parked: countField('Devices that wait for another configuration', 0),
        stopped: countField('Devices that were stopped', 0),
      } satisfies Record<(typeof deviceStates)[number], unknown>)
      .meta({ description: 'Number of devices by state' }),
    failing: z
      .array(
        z.strictObject({
          device: identifierField('Configured device', 'cam-3'),
          state: wordField('Its state', deviceStates, 'waiting'),
          kind: kindField(),
          since: timeField('Since when', '2026-11-22T17:04:10.240Z'),
        }),
      )
      .max(100)
      .meta({ description: 'Devices that do not deliver, at most 100 of them' }),
    waiting: z
      .strictObject({
        events: countField('Accepted and not delivered yet', 12),
        bytes: numberField({
          description: 'Size of what waits',
          unit: 'By',
          minimum: 0,
          maximum: Number.MAX_SAFE_INTEGER,
          example: 14400,
        }),
        media: countField('Files not delivered yet', 1),
        oldest: timeField('Acceptance of the oldest event that waits', '2026-11-22T17:04:09.100Z').optional(),
      })
      .meta({ description: 'What has not left yet' }),
    memoryBytes: numberField({
      description: 'Resident memory of the program',
      unit: 'By',
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      example: 131_000_000,
    }).optional(),
    diskFreeBytes: numberField({
      description: 'Free space where the store lies',
      unit: 'By',
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      example: 21_000_000_000,
    }).optional(),
  }),
  example: {
    source: 'health',
    subject: 'gateway/gw-017',
    time: '2026-11-22T17:05:00.000Z',
    data: {
      startedAt: '2026-11-22T17:00:03.000Z',
      version: '0.1.0',
      clock: 'ntp',
      devices: { connecting: 0, running: 2, waiting: 1, parked: 0, stopped: 0 },
      failing: [{ device: 'cam-3', state: 'waiting', kind: 'unreachable', since: '2026-11-22T17:04:10.240Z' }],
      waiting: { events: 12, bytes: 14400, media: 1, oldest: '2026-11-22T17:04:09.100Z' },
      memoryBytes: 131_000_000,
      diskFreeBytes: 21_000_000_000,
    },
  },
});

export const deliveryReported = defineEvent({
  name: 'gateway.delivery.reported',
  lane: 'state',
  version: '1.1.0',
  summary:
    'The loss ledger: a number is lost only below the lowest unsent one and outside the shed ranges; from there on it is late',
  data: () => ({
    epoch: epochField(),
    predecessor: predecessorField().optional(),
    streams: z
      .array(
        z.strictObject({
          stream: streamField(),
          epoch: epochField(),
          lastAccepted: sequenceField('Last number that was given', 412),
          lowestUnsent: sequenceField('Lowest number that may still come; lastAccepted + 1 when nothing waits', 413),
          shed: z
            .array(
              z.strictObject({
                from: sequenceField('First number of the range', 100),
                to: sequenceField('Last number of the range', 119),
                reason: wordField(
                  'Why they were given up',
                  ['budget', 'age', 'expired', 'damaged', 'refused'],
                  'budget',
                ),
                count: countField(
                  'How many numbers of the range were given up; absent where it was all of them',
                  12,
                ).optional(),
              }),
            )
            .max(500)
            .meta({
              description:
                'Accepted, then given up; where there are very many, neighbors are joined and say how many it were',
            }),
        }),
      )
      .max(64)
      .meta({ description: 'Every stream of this gateway' }),
  }),
  example: {
    source: 'delivery',
    subject: 'gateway/gw-017',
    time: '2026-11-22T17:05:00.000Z',
    data: {
      epoch: '0002',
      predecessor: { epoch: '0001', streams: [{ stream: 'environment/obs', lastAccepted: 412 }] },
      streams: [
        {
          stream: 'environment/obs',
          epoch: '0002',
          lastAccepted: 412,
          lowestUnsent: 413,
          shed: [{ from: 100, to: 119, reason: 'budget' }],
        },
      ],
    },
  },
});

export const alertsReported = defineEvent({
  name: 'gateway.alerts.reported',
  lane: 'state',
  version: '1.0.0',
  summary: 'Every condition that is open now',
  data: () => ({
    total: countField('Open conditions', 1),
    open: z
      .array(
        z.strictObject({
          id: patternField('Id of the event that raised it', /^[0-9a-f]{32}$/, '5c2e8f10d4b34a7e9f6d0c1b2a394857'),
          type: patternField('Type of that event', /^vn\.ioc\.[a-z0-9.-]+\.v\d+$/, 'vn.ioc.gateway.device.failed.v1'),
          subject: textField('What it is about', 'device/cam-3'),
          correlationid: textField('The condition', 'device/cam-3/20261122T170410Z'),
          since: timeField('Since when', '2026-11-22T17:04:10.240Z'),
          severity: wordField('Severity', severityNames, 'LOW'),
        }),
      )
      .max(100)
      .meta({ description: 'The most severe of them, of those the newest: at most 100. The oldest comes first' }),
  }),
  example: {
    source: 'alerts',
    subject: 'gateway/gw-017',
    time: '2026-11-22T17:05:00.000Z',
    data: {
      total: 1,
      open: [
        {
          id: '5c2e8f10d4b34a7e9f6d0c1b2a394857',
          type: 'vn.ioc.gateway.device.failed.v1',
          subject: 'device/cam-3',
          correlationid: 'device/cam-3/20261122T170410Z',
          since: '2026-11-22T17:04:10.240Z',
          severity: 'LOW',
        },
      ],
    },
  },
});

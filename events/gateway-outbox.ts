/** What the gateway says of its outbox, and of single events in it that cannot be delivered. */
import { lanes } from '../core/sealed.ts';
import { services } from '../core/service.ts';
import { defineEvent } from './event-type.ts';
import { countField, patternField, textField } from './fields.ts';
import { epochField, sequenceField, streamField } from './gateway.ts';

const topicField = () =>
  patternField(
    'Topic of the event',
    new RegExp(`^ioc/v1/[a-z0-9-]{1,32}/[a-z0-9-]{1,32}/(${services.join('|')})/(${lanes.join('|')})/[a-z0-9-]{1,32}$`),
    'ioc/v1/hue/gw-017/environment/obs/aq-kimlong',
  );

export const eventSetAside = defineEvent({
  name: 'gateway.event.set-aside',
  lane: 'event',
  version: '1.0.0',
  summary:
    'The other side of an uplink took others and refused this event again and again: it is kept on the gateway and is not sent any more',
  data: () => ({
    uplink: textField('Configured uplink', 'ioc', 64),
    stream: streamField(),
    epoch: epochField(),
    number: sequenceField('Its number in the stream, which is told as shed with the reason `refused`', 413),
    topic: topicField(),
    detail: textField('What the other side said last', 'the broker gave the reason 153 (payload format invalid)', 1000),
    refusals: countField('How often it was refused', 5),
  }),
  headline: ({ uplink, stream, number }, { when }) => ({
    vi: `Một sự kiện không đến nơi: bên nhận của đường truyền ${uplink} từ chối sự kiện số ${number} của ${stream} ${when.vi}; sự kiện được giữ lại trên thiết bị`,
    en: `One event does not arrive: the other side of uplink ${uplink} refuses event ${number} of ${stream} ${when.en}; it is kept on the gateway`,
  }),
  example: {
    source: 'outbox',
    subject: 'uplink/ioc',
    time: '2026-11-22T17:04:10.240Z',
    severity: 'MEDIUM',
    data: {
      uplink: 'ioc',
      stream: 'environment/obs',
      epoch: '0002',
      number: 413,
      topic: 'ioc/v1/hue/gw-017/environment/obs/aq-kimlong',
      detail: 'the broker gave the reason 153 (payload format invalid)',
      refusals: 5,
    },
  },
});

export const storeRestored = defineEvent({
  name: 'gateway.store.restored',
  lane: 'event',
  version: '1.0.0',
  summary: 'The file of the running store was deleted, and was written again from what was open: nothing of it changed',
  data: () => ({ epoch: epochField() }),
  headline: (_, { when, source }) => ({
    vi: `Tệp kho sự kiện của cổng biên ${source} bị xóa khi đang chạy và đã được ghi lại đầy đủ ${when.vi}`,
    en: `The event store of gateway ${source} was deleted while it ran and was written again in full ${when.en}`,
  }),
  example: {
    source: 'outbox',
    subject: 'store/0002',
    time: '2026-11-22T17:04:10.240Z',
    severity: 'HIGH',
    data: { epoch: '0002' },
  },
});

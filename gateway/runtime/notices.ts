/** What the outbox and its uplinks say, told to people: everything in the log, and what the center must know as events. */
import type { Conclusion } from '../../core/conclusion.ts';
import type { Log } from '../../core/log.ts';
import type { Site } from '../../core/site.ts';
import { type Clock, type Duration, hours, toTimestamp } from '../../core/time.ts';
import type { Notice } from '../outbox/notice.ts';

/** A link that comes and goes tells the same story each time. */
const toldAgainAfter = hours(1);

/** `ioc/v1/<city>/<gateway>/<service>/<class>/<source>` → `<service>/<class>`. */
const streamOf = (topic: string): string => topic.split('/').slice(4, 6).join('/');

export interface NoticeReaderOptions {
  readonly site: Site;
  readonly clock: Clock;
  readonly log: Log;
  readonly conclude: (conclusions: readonly Conclusion[]) => Promise<void>;
}

export const createNoticeReader = (options: NoticeReaderOptions): ((notice: Notice) => void) => {
  const { clock, log } = options;
  /** By the steady clock. */
  const told = new Map<string, Duration>();

  const conclude = (conclusion: Conclusion): void => void options.conclude([conclusion]);

  const reportNoConsumer = ({ uplink, topic, since }: Extract<Notice, { kind: 'no-consumer' }>): void => {
    const stream = streamOf(topic);
    const name = `${uplink}/${stream}`;
    const steady = clock.steady();
    if (steady - (told.get(name) ?? Number.NEGATIVE_INFINITY) < toldAgainAfter) return;
    told.set(name, steady);
    conclude({
      kind: 'conclusion',
      event: 'gateway.uplink.no-consumer',
      source: 'uplink',
      subject: `uplink/${uplink}`,
      time: since,
      key: `${name}/${since}`,
      severity: 'MEDIUM',
      data: { uplink, stream, since: toTimestamp(since) },
    });
  };

  const reportReplaced = ({
    reason,
    epoch,
    predecessor,
    setAside,
  }: Extract<Notice, { kind: 'store-replaced' }>): void =>
    conclude({
      kind: 'conclusion',
      event: 'gateway.store.replaced',
      source: 'outbox',
      subject: `store/${epoch}`,
      time: clock.now(),
      key: epoch,
      severity: 'HIGH',
      data: {
        reason,
        epoch,
        ...(predecessor !== undefined && {
          predecessor: {
            epoch: predecessor.epoch,
            streams: Object.entries(predecessor.streams).map(([stream, lastAccepted]) => ({ stream, lastAccepted })),
          },
        }),
        ...(setAside !== undefined && { setAside }),
      },
    });

  const reportRestored = ({ epoch, at }: Extract<Notice, { kind: 'store-restored' }>): void =>
    conclude({
      kind: 'conclusion',
      event: 'gateway.store.restored',
      source: 'outbox',
      subject: `store/${epoch}`,
      time: at,
      key: `${epoch}/${at}`,
      severity: 'HIGH',
      data: { epoch },
    });

  const reportSetAside = ({ kind: _, at, ...data }: Extract<Notice, { kind: 'set-aside' }>): void =>
    conclude({
      kind: 'conclusion',
      event: 'gateway.event.set-aside',
      source: 'outbox',
      subject: `uplink/${data.uplink}`,
      time: at,
      key: `${data.uplink}/${data.stream}/${data.epoch}-${data.number}`,
      severity: 'MEDIUM',
      data,
    });

  return notice => {
    const { kind, ...fields } = notice;
    switch (notice.kind) {
      case 'connected':
        log.info('the uplink is connected', fields);
        return;
      case 'lost':
        log.warn('the uplink is not connected', {
          uplink: notice.uplink,
          kind: notice.error.kind,
          reason: notice.error.message,
          advice: notice.error.advice,
        });
        return;
      case 'no-consumer':
        log.warn('nobody at the center receives a topic: its events wait', fields);
        reportNoConsumer(notice);
        return;
      case 'not-permitted':
      case 'not-accepted':
        log.error('the other side of an uplink does not take a topic: its events wait', { why: kind, ...fields });
        return;
      case 'set-aside':
        log.error('the other side of an uplink refuses an event: it was set aside', fields);
        reportSetAside(notice);
        return;
      case 'shed':
        log.warn('accepted events were given up before delivery', fields);
        return;
      case 'store-restored':
        log.error('the file of the outbox was deleted under the running gateway, and written again', fields);
        reportRestored(notice);
        return;
      case 'store-replaced':
        log.error('a new store was begun', fields);
        reportReplaced(notice);
        return;
      case 'salvaged':
        log.warn('events of the store that was set aside were carried over', fields);
        return;
    }
  };
};

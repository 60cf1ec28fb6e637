/** Commands of the center → observations, each answered after its commit. */
import { onAbort } from '../../../core/abort.ts';
import type { Batch } from '../../../core/batch.ts';
import type { Context } from '../../../core/driver.ts';
import { GatewayError } from '../../../core/errors.ts';
import type { VesselAcknowledgement, VesselStatusOrder, VmsPosition } from '../../../core/observation.ts';
import { BoundedQueue } from '../../../core/queue.ts';
import { parseRegistrationMark } from '../../../core/registration-mark.ts';
import { type Duration, formatDuration, type Instant, minutes, toTimestamp } from '../../../core/time.ts';
import { vesselAcknowledge, vesselReportPosition, vesselSetStatus } from '../../../core/vessel-commands.ts';

type Word = VmsPosition | VesselStatusOrder | VesselAcknowledgement;

interface DeskOptions {
  readonly oldest: Duration;
  readonly ahead: Duration;
}

const proofOfLifeEvery = minutes(1);
/** More than the supervisor lets a device do at once. */
const capacity = 64;

const nameOf = ({
  mark,
  mmsi,
}: {
  readonly mark?: string | undefined;
  readonly mmsi?: number | undefined;
}): { readonly mark?: string; readonly mmsi?: number } => {
  const parsed = mark === undefined ? undefined : parseRegistrationMark(mark);
  return { ...(parsed !== undefined && { mark: parsed }), ...(mmsi !== undefined && { mmsi }) };
};

export async function* openDesk(
  { oldest, ahead }: DeskOptions,
  device: string,
  { clock, commands, signal }: Context,
): AsyncGenerator<Batch<Word>, void> {
  const batches = new BoundedQueue<Batch<Word>>({ capacity, overflow: 'block' });

  /** Resolves after the commit; throws what kept it from being accepted. */
  const write = async (word: Word): Promise<{ recordedAt: string; time: string }> => {
    const settled = Promise.withResolvers<void>();
    const isTaken = batches.offer({
      items: [word],
      settle: failure => (failure === undefined ? settled.resolve() : settled.reject(failure)),
    });
    if (!isTaken) throw new GatewayError('exhausted', 'too many words wait to be written down');
    await settled.promise;
    return { recordedAt: toTimestamp(clock.now()), time: toTimestamp(word.time) };
  };

  /** Throws `config` for a time that is none of a report. */
  const reportTime = (text: string | undefined): { readonly time: Instant; readonly timeFrom: Word['timeFrom'] } => {
    const now = clock.now();
    if (text === undefined) return { time: now, timeFrom: 'gateway' };
    const time = Date.parse(text);
    if (time > now + ahead)
      throw new GatewayError('config', `${text} is yet to come`, {
        advice: 'Give the time in UTC, with Z at its end.',
      });
    if (time < now - oldest)
      throw new GatewayError('config', `${text} is longer ago than ${formatDuration(oldest)}`, {
        advice: 'Check the date, or raise "oldest" of the device.',
      });
    return { time, timeFrom: 'device' };
  };

  using _position = commands.serve(vesselReportPosition, input => {
    const { longitude, latitude, speedKnots, courseDegrees, time } = input;
    return write({
      kind: 'vms-position',
      device,
      ...reportTime(time),
      provider: 'duty-officer',
      ...nameOf(input),
      longitude,
      latitude,
      ...(speedKnots !== undefined && { sogKnots: speedKnots }),
      ...(courseDegrees !== undefined && { cogDegrees: courseDegrees }),
      report: 'manual',
    });
  });
  using _status = commands.serve(vesselSetStatus, input => {
    const { status, by, reason } = input;
    return write({ kind: 'vessel-status', device, ...reportTime(undefined), ...nameOf(input), status, by, reason });
  });
  using _acknowledgement = commands.serve(vesselAcknowledge, input => {
    const { condition, by, note } = input;
    return write({
      kind: 'vessel-acknowledgement',
      device,
      ...reportTime(undefined),
      ...nameOf(input),
      ...(condition !== undefined && { condition }),
      by,
      ...(note !== undefined && { note }),
    });
  });

  batches.offer({ items: [] });
  const alive = setInterval(() => batches.offer({ items: [] }), proofOfLifeEvery);
  using _abort = onAbort(signal, () => batches.close());
  try {
    yield* batches;
  } finally {
    clearInterval(alive);
  }
}

/**
 * Whether a decoder is given more video than it decodes. It shows in nothing else for long: what waits stands in the
 * buffers of the connection, and pictures come later and later, tens of seconds at last, while each looks as new as ever.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { type Duration, seconds } from '../../core/time.ts';

/** What is known of a decoder at one moment; each counts from any beginning of its own. */
export interface DecoderReport {
  /** By a steady clock. */
  readonly at: Duration;
  /** How far the video has come. */
  readonly media: Duration;
  /** For how long it had work to do, on a processor or waiting for one. */
  readonly busy: Duration;
}

/** Less of the video than time that passed, while there was always something to do. */
const mostLost: Duration = seconds(3);
/** Share of the time: the rest goes by while one of its threads hands over to the other. */
const withoutPause = 0.9;

/**
 * Told of each report, says whether the decoder is behind. A pause ends what was lost before: it had caught up by then. So
 * cameras whose clock is slow, or stands still in the dark, are not taken for such.
 */
export const createBacklogJudge = (pictureEvery: Duration): ((report: DecoderReport) => boolean) => {
  let last: DecoderReport | undefined;
  let caughtUp: DecoderReport | undefined;
  return report => {
    const paused = last === undefined || report.busy - last.busy < withoutPause * (report.at - last.at);
    last = report;
    if (paused || caughtUp === undefined) caughtUp = report;
    return report.at - caughtUp.at - (report.media - caughtUp.media) > mostLost + pictureEvery;
  };
};

/** Of all threads of a process (Linux, sched-stats: time on a processor and time waiting for one, ns); undefined where nobody tells. */
export const busyTimeOf = (pid: number): Duration | undefined => {
  try {
    const folder = `/proc/${pid}/task`;
    const nanoseconds = readdirSync(folder).flatMap(thread =>
      readFileSync(`${folder}/${thread}/schedstat`, 'utf8').split(' ', 2).map(Number),
    );
    return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6;
  } catch {
    return undefined;
  }
};

/** `out_time_us` of ffmpeg's `-progress`: how far the output has come, microseconds; "N/A" before the first picture. */
const reached = /^out_time_us=(\d+)$/m;

/** How far the video has come by the newest of ffmpeg's reports in `text`. */
export const mediaTimeOf = (text: string): Duration | undefined => {
  const [, microseconds] = reached.exec(text) ?? [];
  return microseconds === undefined ? undefined : Number(microseconds) / 1000;
};

/**
 * Whether a decoder is given more video than it decodes. It shows in nothing else for long: what waits stands in the
 * buffers of the connection, and pictures come later and later, tens of seconds at last, while each looks as new as ever.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { type Duration, seconds } from '../../core/time.ts';

/** What a process had to do, since any beginning. */
export interface Work {
  /** On a processor. */
  readonly done: Duration;
  /** Waiting for one. */
  readonly waiting: Duration;
}

/** What is known of a decoder at one moment; each counts from any beginning of its own. */
export interface DecoderReport extends Work {
  /** By a steady clock. */
  readonly at: Duration;
  /** How far the video has come. */
  readonly media: Duration;
}

/** Less of the video than time that passed, while there was always something to do. */
const mostLost: Duration = seconds(3);
/** Share of the time: the rest goes by while one of its threads hands over to the other. */
const withoutPause = 0.9;
/** Work for a second of the video, in seconds: where it takes less, the machine was busy with something else. */
const heavy = 0.7;
/** Less work than this shows nothing. */
const leastWork: Duration = seconds(1);

/**
 * Told of each report, says whether the video is more than a core decodes. A pause ends what was lost before: the decoder
 * had caught up by then. So cameras whose clock is slow, or stands still in the dark, are not taken for such.
 */
export const createBacklogJudge = (pictureEvery: Duration): ((report: DecoderReport) => boolean) => {
  let last: DecoderReport | undefined;
  let caughtUp: DecoderReport | undefined;
  return report => {
    const busy = last === undefined ? 0 : report.done + report.waiting - last.done - last.waiting;
    const paused = last === undefined || busy < withoutPause * (report.at - last.at);
    last = report;
    if (paused || caughtUp === undefined) caughtUp = report;
    const media = report.media - caughtUp.media;
    const isBehind = report.at - caughtUp.at - media > mostLost + pictureEvery;
    return isBehind && report.done - caughtUp.done >= Math.max(leastWork, heavy * media);
  };
};

/** Of all threads of a process (Linux, sched-stats: time on a processor and time waiting for one, ns); undefined where nobody tells. */
export const workOf = (pid: number): Work | undefined => {
  try {
    const folder = `/proc/${pid}/task`;
    let [done, waiting] = [0, 0];
    for (const thread of readdirSync(folder)) {
      const [ran = 0, waited = 0] = readFileSync(`${folder}/${thread}/schedstat`, 'utf8').split(' ').map(Number);
      done += ran / 1e6;
      waiting += waited / 1e6;
    }
    return { done, waiting };
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

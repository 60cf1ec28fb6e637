/** What the machine's time service says of the clock. */
import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { seconds } from '../../core/time.ts';

/** `unknown` where there is no time service that we can ask (a container, PTP, …). */
export type Synchronization = 'gnss' | 'synchronized' | 'unsynchronized' | 'unknown';

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/** What the program prints, or undefined when it is not there, fails or takes too long. */
const ask = (program: string, args: readonly string[]): Promise<string | undefined> =>
  new Promise(resolve => {
    execFile(program, args, { timeout: seconds(2), maxBuffer: 16_384 }, (error, output) =>
      resolve(error === null ? output : undefined),
    );
  });

/**
 * Names of the reference clocks behind which a satellite receiver stands: the sources of RFC 5905, figure 12, and the
 * names chrony gives to a pulse (`PPS0`), gpsd's shared memory (`SHM0`) and socket (`SOC0`) unless told otherwise. Not
 * `PHC`: a network card's clock may be set over the network.
 */
const satelliteReference = /^(?:GPS|GNS|GNSS|PPS|NMEA|SHM|SOC|SOCK|GAL|GLO|GLN|BDS|QZS|UBX)\d*$/;

/** The machine's own clock, taken for a server where there is no other: it says nothing of the time. */
const ownReference = /^(?:7F7F01\d\d|LOCL|LOCAL|127\.127\.1\.\d+)$/;

const synchronizedBy = (...references: readonly (string | undefined)[]): Synchronization => {
  const names = references.map(name => name?.trim().toUpperCase() ?? '');
  if (names.some(name => satelliteReference.test(name))) return 'gnss';
  return names.some(name => ownReference.test(name)) ? 'unknown' : 'synchronized';
};

/** One line: reference id in hex, its name or address, stratum, …, leap status (chronyc(1), "tracking", with `-c`). */
export const readChronyTracking = (line: string): Synchronization => {
  const fields = line.trim().split(',');
  return fields.at(-1) === 'Not synchronised' ? 'unsynchronized' : synchronizedBy(fields[1], fields[0]);
};

/** `leap=0, refid=GPS` (RFC 5905, figures 9 and 12); leap 3, binary 11, is the alarm condition. */
export const readNtpVariables = (text: string): Synchronization =>
  /leap=(?:11|3)\b|leap_alarm/.test(text) ? 'unsynchronized' : synchronizedBy(/refid=\.?([\w.]*\w)/.exec(text)?.[1]);

/**
 * systemd-timesyncd keeps a file once it has set the clock since the start of the machine; chrony and ntpd answer
 * questions. The programs are asked only where their own folders show that they are at work.
 */
export const askTimeService = async (): Promise<Synchronization> => {
  if (await exists('/run/systemd/timesync/synchronized')) return 'synchronized';
  if (await exists('/run/chrony')) {
    const answer = await ask('chronyc', ['-c', 'tracking']);
    if (answer !== undefined) return readChronyTracking(answer);
  }
  if ((await exists('/run/ntpd.pid')) || (await exists('/run/ntpsec'))) {
    const answer = await ask('ntpq', ['-c', 'rv 0 leap,refid']);
    if (answer !== undefined) return readNtpVariables(answer);
  }
  return (await exists('/run/systemd/timesync')) ? 'unsynchronized' : 'unknown';
};

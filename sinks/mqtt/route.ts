/**
 * Where the uplink connects next, in which version of MQTT, and after what pause: the first address as long as it can
 * be had, another one when it failed for a while or sent us on. Decides; opens nothing and waits for nothing.
 */
import { backoff, deniedBackoff, unreachableBackoff } from '../../core/backoff.ts';
import type { GatewayError } from '../../core/errors.ts';
import { type Duration, hours, minutes, seconds } from '../../core/time.ts';
import { endingOf } from './reasons.ts';

export interface Attempt {
  readonly url: string;
  readonly version: 4 | 5;
}

/** How an attempt, or the connection that came of it, ended. */
export interface Ended {
  readonly error: GatewayError;
  /** Reason code of the CONNACK or DISCONNECT, where there was one. */
  readonly code?: number;
  /** Server Reference (MQTT 5.0, 3.14.2.2.5). */
  readonly reference?: string;
  /** `opened`: it stood; `answered`: it was refused at the door; `closed`: without an answer to CONNECT. */
  readonly reached: 'opened' | 'answered' | 'closed' | 'nothing';
  readonly stood: Duration;
  /** Something was delivered on it. */
  readonly delivered: boolean;
}

export type NextStep =
  | { readonly kind: 'connect'; readonly pause: Duration }
  /** Nothing helps but other files. */
  | { readonly kind: 'stop' };

export interface Route {
  attempt(): Attempt;
  opened(): void;
  ended(how: Ended): NextStep;
  /** It is time to see whether the first address answers again; called while another one is connected. */
  isReturnDue(): boolean;
  primary(): string;
  /** The first address was asked; `answers`: the next attempt goes there. */
  asked(answers: boolean): void;
}

export interface RouteOptions {
  /** One at least; the first is the primary one. */
  readonly urls: readonly string[];
  readonly protocol: 5 | '3.1.1' | 'auto';
  /** How long an address fails before the next one is tried. */
  readonly after: Duration;
  /** How long another address is used before the primary one is asked again. */
  readonly back: Duration;
  /** Milliseconds that know no time of day. */
  readonly monotonic: () => number;
  readonly random?: () => number;
}

/** A connection that stood for so long counts as a good one. */
const steadyAfter = seconds(30);
/** A broker that spoke only 3.1.1 is asked for 5 again after it, when it must be dialed anyway. */
const versionKept = hours(1);
const longestReturn = hours(1);
const quotaBackoff = { first: seconds(10), longest: minutes(5) };
const useAnotherServer = 0x9c;
const serverMoved = 0x9d;
const unsupportedVersions: readonly (number | undefined)[] = [0x01, 0x84];

/** `host`, `host:port` or `[address]:port`, the first where there are several. The scheme stays: TLS is not given up. */
const toUrl = (reference: string, from: string): string | undefined => {
  const [, host, port] = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?(?:\s|$)/.exec(reference) ?? [];
  return host === undefined ? undefined : `${from.slice(0, from.indexOf(':'))}://${host}${port ?? ''}`;
};

export const createRoute = (options: RouteOptions): Route => {
  const { urls, protocol, monotonic, random } = options;
  const [primary = ''] = urls;
  const patience = (schedule: { readonly first: Duration; readonly longest: Duration }) =>
    backoff({ ...schedule, ...(random !== undefined && { random }) });
  /** Addresses found to speak 3.1.1 only, and when. */
  const older = new Map<string, number>();
  let current = primary;
  /** Where to go when the return to the primary one fails. */
  let standby: string | undefined;
  let mayReturn = true;
  let failingSince: number | undefined;
  let returnPause = options.back;
  let askAt = Number.POSITIVE_INFINITY;
  /** Version of the next attempt, where it differs from what is known of the address. */
  let other: 4 | 5 | undefined;
  let closedInVain = 0;
  let waits = patience(unreachableBackoff);
  let quotaWaits = patience(quotaBackoff);
  /** Address and version of each attempt since the last pause. */
  const tried = new Set<string>();

  const knownVersion = (): 4 | 5 => {
    if (protocol !== 'auto') return protocol === 5 ? 5 : 4;
    const found = older.get(current);
    return found !== undefined && monotonic() - found < versionKept ? 4 : 5;
  };
  const attempt = (): Attempt => ({ url: current, version: other ?? knownVersion() });
  const keyOf = ({ url, version }: Attempt): string => `${url} ${version}`;

  const go = (url: string, returns = true): void => {
    if (url === current) return;
    current = url;
    mayReturn = returns;
    other = undefined;
    closedInVain = 0;
    failingSince = undefined;
  };

  const following = (): string => urls[(urls.indexOf(current) + 1) % urls.length] ?? primary;

  /** Whether the other version is to be tried at this address. */
  const isVersionAtFault = ({ code, reached }: Ended): boolean => {
    if (protocol !== 'auto' || reached === 'opened') return false;
    if (unsupportedVersions.includes(code)) return true;
    if (reached !== 'closed') return false;
    closedInVain++;
    // Once may be a broker that is just starting or going.
    return closedInVain >= 2;
  };

  const choose = (how: Ended): void => {
    const { error, code, reference, reached, stood } = how;
    const moment = monotonic();
    const used = attempt();
    if (isVersionAtFault(how)) {
      other = used.version === 5 ? 4 : 5;
      if (!tried.has(`${used.url} ${other}`)) return;
    }
    const referred = reference === undefined ? undefined : toUrl(reference, current);
    if (referred !== undefined && (code === useAnotherServer || code === serverMoved)) {
      go(referred, code === useAnotherServer);
      return;
    }
    const isSteady = reached === 'opened' && stood >= steadyAfter;
    if (isSteady) failingSince = undefined;
    failingSince ??= moment - (reached === 'opened' ? 0 : stood);
    const hasFailedLong = moment - failingSince >= options.after || (current !== primary && reached !== 'opened');
    // What this one refuses the next one may allow; all of them are asked before the long pause.
    const isRefused = reached !== 'opened' && (error.kind === 'denied' || error.kind === 'unsupported');
    if (current === primary && isSteady) returnPause = options.back;
    if (current === primary && !isSteady && standby !== undefined) {
      returnPause = Math.min(returnPause * 2, longestReturn);
      go(standby);
    } else if (!urls.includes(current)) go(primary);
    else if (endingOf(code) === 'move' || isRefused || hasFailedLong) go(following());
    standby = undefined;
  };

  const pauseFor = ({ error, code, reached, delivered }: Ended): Duration => {
    // A broker that takes the connection and then ends it must not be dialed every second.
    if (delivered) waits = patience(unreachableBackoff);
    const ending = endingOf(code);
    if (ending !== 'pause' && delivered) quotaWaits = patience(quotaBackoff);
    if (ending === 'pause') return quotaWaits.next().value;
    if (!tried.has(keyOf(attempt()))) return 0;
    // Refused at the door: knocking in a hurry may lock the account, and what a broker cannot do it learns in no hurry.
    if (error.kind === 'unsupported' || (error.kind === 'denied' && reached !== 'opened')) return deniedBackoff.first;
    return waits.next().value;
  };

  return {
    attempt,
    opened: () => {
      const { url, version } = attempt();
      if (version === 5) older.delete(url);
      else if (!older.has(url) || other !== undefined) older.set(url, monotonic());
      other = undefined;
      closedInVain = 0;
      askAt = url === primary || !mayReturn ? Number.POSITIVE_INFINITY : monotonic() + returnPause;
    },
    ended: how => {
      tried.add(keyOf(attempt()));
      askAt = Number.POSITIVE_INFINITY;
      choose(how);
      if (how.error.kind === 'config') return { kind: 'stop' };
      const pause = pauseFor(how);
      if (pause > 0) tried.clear();
      return { kind: 'connect', pause };
    },
    isReturnDue: () => monotonic() >= askAt,
    primary: () => primary,
    asked: answers => {
      askAt = monotonic() + returnPause;
      if (!answers) return;
      standby = current;
      go(primary);
    },
  };
};

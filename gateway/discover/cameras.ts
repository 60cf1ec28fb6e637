/** Cameras of the local network that answer WS-Discovery; they are asked who they are, never with a login. */
import { randomUUID } from 'node:crypto';
import { type Clock, type Duration, seconds } from '../../core/time.ts';
import {
  bareMac,
  buildProbes,
  discoveryGroup,
  isOnvif,
  type ProbeMatch,
  parseProbeMatches,
  type ServiceAddress,
  sameDevice,
  sameEndpoint,
  scopeMac,
  serviceAddresses,
} from '../../drivers/protocols/onvif/discovery.ts';
import {
  type DeviceInformation,
  getDeviceInformation,
  parseDeviceInformation,
} from '../../drivers/protocols/onvif/operations.ts';
import { buildEnvelope, contentType, isNotAuthorized, parseEnvelope } from '../../drivers/protocols/onvif/soap.ts';
import { createPost } from '../../drivers/transports/http.ts';
import { askMulticast } from '../../drivers/transports/multicast.ts';
import { neighborMac } from '../../drivers/transports/neighbors.ts';
import { formatPlace } from '../../drivers/transports/socket-error.ts';
import { firstListening } from '../../drivers/transports/tcp.ts';
import { readFingerprint } from '../../drivers/transports/tls.ts';

/** What it said to the question who it is. */
export type Introduction =
  | { readonly kind: 'known'; readonly information: DeviceInformation }
  | { readonly kind: 'asks-for-login' }
  | { readonly kind: 'strange' };

/** A camera that answered, each once. */
export interface CameraSeen {
  readonly match: ProbeMatch;
  /** Whose datagram it was. */
  readonly sender: string;
  /** Twelve hex digits in pairs, where it is known. */
  readonly mac?: string;
}

export type CameraFinding = CameraSeen &
  (
    | {
        readonly kind: 'found';
        readonly address: ServiceAddress;
        readonly introduction: Introduction;
        /** Of the certificate that was seen, where it is reached by HTTPS. */
        readonly fingerprint?: string;
      }
    /** `by`: the device of the configuration that reads it. */
    | { readonly kind: 'configured'; readonly by: string }
    /** Nothing listens at any of its addresses. */
    | { readonly kind: 'unreachable' }
    | { readonly kind: 'stopped' }
  );

export interface CameraSearch {
  readonly listenFor: Duration;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** The id of the configured device that reads it; undefined where none does. */
  readonly readerOf: (camera: CameraSeen) => string | undefined;
  /** Told how many answered so far. */
  readonly onAnswer: (cameras: number) => void;
  /** Told of each as soon as it is known. */
  readonly onFinding: (finding: CameraFinding) => void;
}

export interface CamerasFound {
  readonly findings: readonly CameraFinding[];
  /** Other things that answered. */
  readonly others: number;
}

/** Of a network that answers more, the rest is passed over. */
const mostCameras = 256;
/** A datagram may be lost, and some cameras are slow to answer. */
const askedEvery = seconds(1);
const answersWithin = seconds(5);

const inPairs = (mac: string): string => mac.replaceAll(/(..)(?=.)/g, '$1:');

/** Without a login, which some cameras do not ask for and others do. */
const introduce = async (
  address: ServiceAddress,
  fingerprint: string | undefined,
  signal: AbortSignal,
): Promise<Introduction> => {
  const url = new URL(`${address.scheme}://${formatPlace(address.host, address.port)}${address.path}`);
  try {
    const { status, body } = await createPost(undefined, { ...(fingerprint !== undefined && { fingerprint }) })({
      url,
      contentType: contentType(getDeviceInformation),
      body: buildEnvelope(getDeviceInformation),
      signal: AbortSignal.any([signal, AbortSignal.timeout(answersWithin)]),
    });
    if (status === 401) return { kind: 'asks-for-login' };
    const answer = parseEnvelope(body);
    if (answer.kind === 'answer') return { kind: 'known', information: parseDeviceInformation(answer.content) };
    return isNotAuthorized(answer.fault) ? { kind: 'asks-for-login' } : { kind: 'strange' };
  } catch {
    return { kind: 'strange' };
  }
};

/** Of the certificate at an address of HTTPS, where one is shown. */
const certificateAt = async (
  { scheme, host, port }: ServiceAddress,
  { signal, clock }: CameraSearch,
): Promise<string | undefined> =>
  scheme === 'http'
    ? undefined
    : readFingerprint({ host, port, within: answersWithin, signal, clock }).catch(() => undefined);

const look = async ({ match, sender }: CameraSeen, search: CameraSearch): Promise<CameraFinding> => {
  const { signal, readerOf } = search;
  const told = scopeMac(match) ?? bareMac((await neighborMac(sender)) ?? '');
  const seen: CameraSeen = { match, sender, ...(told !== undefined && { mac: inPairs(told) }) };
  const by = readerOf(seen);
  if (by !== undefined) return { ...seen, kind: 'configured', by };
  const address = await firstListening(serviceAddresses(match, sender), signal);
  const fingerprint = address && (await certificateAt(address, search));
  const introduction = address && (await introduce(address, fingerprint, signal));
  if (signal.aborted) return { ...seen, kind: 'stopped' };
  if (address === undefined || introduction === undefined) return { ...seen, kind: 'unreachable' };
  return { ...seen, kind: 'found', address, introduction, ...(fingerprint !== undefined && { fingerprint }) };
};

/** Asks the network for `listenFor`, and those who answer at once who they are. */
export const searchCameras = async (search: CameraSearch): Promise<CamerasFound> => {
  const { listenFor: patience, signal, clock, onAnswer, onFinding } = search;
  const cameras: { readonly seen: CameraSeen; readonly finding: Promise<CameraFinding> }[] = [];
  const others = new Set<string>();
  const take = (match: ProbeMatch, sender: string): void => {
    if (!isOnvif(match)) {
      others.add(sender);
      return;
    }
    // It answers each probe, on each interface, each time.
    const isKnown = cameras.some(({ seen }) => sameDevice(seen.match, match));
    if (isKnown || cameras.length >= mostCameras) return;
    const seen = { match, sender };
    const finding = look(seen, search);
    cameras.push({ seen, finding });
    finding.then(onFinding);
    onAnswer(cameras.length);
  };
  const question = {
    ...discoveryGroup,
    messages: buildProbes(() => `urn:uuid:${randomUUID()}`),
    repeatEvery: askedEvery,
    patience,
    signal,
    clock,
  };
  for await (const { bytes, channel = '' } of askMulticast(question)) {
    try {
      for (const match of parseProbeMatches(Buffer.from(bytes).toString('utf8'))) take(match, channel);
    } catch {
      others.add(channel);
    }
  }
  return { findings: await Promise.all(cameras.map(({ finding }) => finding)), others: others.size };
};

/** What a configuration says of a camera that it reads. */
export interface ConfiguredCamera {
  readonly id: string;
  /** As configured, and the addresses behind a name. */
  readonly hosts: readonly string[];
  /** Of its ONVIF service; absent where only its stream is read, so that any device there is meant. */
  readonly port?: number;
  readonly endpoint?: string;
  readonly mac?: string;
}

/** The id of the configured camera that this is; undefined where there is none. */
export const readerAmong =
  (configured: readonly ConfiguredCamera[]) =>
  ({ match, sender, mac }: CameraSeen): string | undefined => {
    const places = serviceAddresses(match, sender);
    const isIt = (camera: ConfiguredCamera): boolean => {
      if (camera.endpoint !== undefined) return sameEndpoint(camera.endpoint, match.endpoint);
      if (camera.mac !== undefined && mac !== undefined) return bareMac(camera.mac) === bareMac(mac);
      return places.some(
        ({ host, port }) => camera.hosts.includes(host) && (camera.port === undefined || camera.port === port),
      );
    };
    return configured.find(isIt)?.id;
  };

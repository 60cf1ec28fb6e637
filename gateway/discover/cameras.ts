/** Cameras of the local network that answer WS-Discovery; they are asked who they are, never with a login. */
import { randomUUID } from 'node:crypto';
import type { Driver } from '../../core/driver.ts';
import type { Frame, Observation } from '../../core/observation.ts';
import { type Clock, type Duration, formatDuration, seconds } from '../../core/time.ts';
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
  scopeValue,
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
import type { Entry } from './entry.ts';

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

/** How a login is written into a configuration: the password only by where it is kept. */
export interface WrittenLogin {
  readonly username: string;
  readonly password: string;
}

const unknownLogin: WrittenLogin = { username: 'operator', password: `\${env:CAMERA_PASSWORD}` };
const loginToFill = {
  username: 'an ONVIF user of the camera; many keep them apart from those of their web page',
  password: 'where its password is kept: a variable of the environment, or a file',
} as const;

const nameOf = ({ match }: CameraSeen): string =>
  scopeValue(match, 'name') ?? scopeValue(match, 'hardware') ?? 'camera';

/** `Hikvision DS-2CD2T45, firmware V5.5.0`; what it calls itself where it does not say. */
const modelOf = (camera: CameraSeen, introduction: Introduction): string => {
  if (introduction.kind !== 'known') return nameOf(camera);
  const { manufacturer, model, firmwareVersion } = introduction.information;
  return `${manufacturer} ${model}${firmwareVersion === '' ? '' : `, firmware ${firmwareVersion}`}`.trim();
};

const saidByIt: Readonly<Record<Introduction['kind'], string>> = {
  known: 'answers without a login',
  'asks-for-login': 'asks for a login',
  strange: 'does not say who it is',
};

/** Where it is reached; several may stand behind one router. */
export const placeOfCamera = (finding: CameraFinding): string =>
  finding.kind === 'found' ? formatPlace(finding.address.host, finding.address.port) : finding.sender;

/** A line for people, and what to do in the next one where something is to be done. */
export const describeCamera = (finding: CameraFinding): string => {
  switch (finding.kind) {
    case 'found':
      return `${modelOf(finding, finding.introduction)}, ${saidByIt[finding.introduction.kind]}`;
    case 'configured':
      return `skipped: "${finding.by}" reads it`;
    case 'unreachable': {
      const addresses = finding.match.addresses.join(' or ');
      return `${nameOf(finding)} answers, but nothing listens at ${addresses === '' ? 'any address' : addresses}\n  Enable ONVIF in the camera, and see whether this machine is in its network.`;
    }
    case 'stopped':
      return 'stopped before anything was known';
  }
};

/** For people where nobody answered, who was to be found. */
export const nobodyAnswered = (listenFor: Duration): string =>
  [
    `no camera answered within ${formatDuration(listenFor)}`,
    'Cameras answer in their own network only: give this machine an address there.',
    'Enable ONVIF and its discovery (WS-Discovery) in the camera, which many have off at delivery.',
    'Let answers from UDP port 3702 pass the firewall of this machine.',
  ].join('\n  ');

/** Where the driver has a default, it stands. */
const usualPath = '/onvif/device_service';
const usualPorts: Readonly<Record<ServiceAddress['scheme'], number>> = { http: 80, https: 443 };

const fingerprintToFill = 'seen now; compare it with the one that the camera itself shows';

/** None for what cannot be read, or is read already. `login` is what cameras are told that ask for one. */
export const cameraEntries = (
  findings: readonly CameraFinding[],
  driver: Driver<Observation | Frame>,
  login: WrittenLogin | undefined,
): readonly Entry[] =>
  findings.flatMap((finding): readonly Entry[] => {
    if (finding.kind !== 'found') return [];
    const { match, mac, address, introduction, fingerprint } = finding;
    const asksForLogin = introduction.kind === 'asks-for-login';
    const wanted: Readonly<Record<string, unknown>> = {
      host: address.host,
      ...(address.scheme === 'https' && { scheme: address.scheme }),
      ...(address.port !== usualPorts[address.scheme] && { port: address.port }),
      ...(fingerprint !== undefined && { fingerprint }),
      ...(address.path !== usualPath && { path: address.path }),
      ...(asksForLogin && (login ?? unknownLogin)),
      endpoint: match.endpoint,
      ...(mac !== undefined && { mac }),
    };
    // By a reference that is no UUID, or that others have too, it cannot be found again, but it can be read.
    const isShared = findings.some(other => other !== finding && sameEndpoint(other.match.endpoint, match.endpoint));
    const refused = new Set(driver.schema.safeParse(wanted).error?.issues.map(({ path: [key] }) => key));
    const config = isShared || refused.has('endpoint') ? omit(wanted, 'endpoint') : wanted;
    const place = scopeValue(match, 'location');
    return [
      {
        name: nameOf(finding),
        driver: driver.name,
        config,
        toFill: {
          ...(asksForLogin && login === undefined && loginToFill),
          ...(fingerprint !== undefined && { fingerprint: fingerprintToFill }),
        },
        remarks: [describeCamera(finding), ...(place === undefined ? [] : [`location ${place}`])],
        ...(!driver.schema.safeParse(config).success && { isDraft: true }),
      },
    ];
  });

const omit = (config: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(config).filter(([name]) => name !== key));

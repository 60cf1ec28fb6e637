/** One camera's ONVIF services: its clock, its streams, who it is. Throws `denied`, `unreachable`, `protocol`, `unsupported`. */
import { randomBytes } from 'node:crypto';
import { type ErrorKind, GatewayError } from '../../../core/errors.ts';
import { type Clock, type Duration, seconds } from '../../../core/time.ts';
import {
  type DeviceInformation,
  getCapabilities,
  getDeviceInformation,
  getEndpointReference,
  getNetworkInterfaces,
  getProfiles,
  getServices,
  getSnapshotUri,
  getStreamUri,
  getSystemDateAndTime,
  type MediaProfile,
  type MediaVersion,
  parseCapabilities,
  parseDeviceInformation,
  parseEndpointReference,
  parseNetworkInterfaces,
  parseProfiles,
  parseServices,
  parseSystemDateAndTime,
  parseUri,
} from '../../protocols/onvif/operations.ts';
import {
  buildEnvelope,
  contentType,
  deviceIoNamespace,
  deviceNamespace,
  eventsNamespace,
  isNotAuthorized,
  media2Namespace,
  mediaNamespace,
  parseEnvelope,
  ptzNamespace,
  type SoapAnswer,
  type SoapFault,
  type SoapRequest,
  type UsernameToken,
} from '../../protocols/onvif/soap.ts';
import type { Element } from '../../protocols/onvif/xml.ts';
import { createPost } from '../../transports/http.ts';
import type { Credentials } from '../../transports/http-digest.ts';
import { isRtsp } from '../../transports/rtsp.ts';
import { formatPlace } from '../../transports/socket-error.ts';
import type { Trust } from '../../transports/tls.ts';

export interface CameraAddress {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** Path of the device service. */
  readonly path: string;
}

export interface OnvifClient {
  /** How far the camera's clock is ahead of ours; also dates later tokens. Undefined when it tells no time. */
  readClock(): Promise<Duration | undefined>;
  /** `urn:uuid:…`; undefined when the camera does not say. */
  readEndpoint(): Promise<string | undefined>;
  readHardwareAddresses(): Promise<readonly string[]>;
  readInformation(): Promise<DeviceInformation>;
  readProfiles(): Promise<readonly MediaProfile[]>;
  /** Dialed at the host that answers ONVIF: what the camera takes for its address may be another side of a router. */
  readStreamUrl(profile: string, transport: 'tcp' | 'udp'): Promise<URL>;
  /** Undefined when the camera offers none. */
  readSnapshotUrl(profile: string): Promise<URL | undefined>;
  /** Undefined where the camera has no such service. */
  findService(namespace: string): Promise<OnvifService | undefined>;
  /** A service that the camera names itself, such as a subscription of its events. */
  serviceAt(address: string): OnvifService;
}

/** One service of the camera, for what is ordered of it. */
export interface OnvifService {
  /**
   * Lives as long as `signal` does, also beyond the connection. Throws `unsupported` for what the camera does not do,
   * `config` for what it finds wrong, otherwise as all the others.
   */
  ask(request: SoapRequest, signal: AbortSignal): Promise<Element>;
}

export interface OnvifClientOptions {
  readonly address: CameraAddress;
  readonly credentials?: Credentials;
  /** Of HTTPS. */
  readonly trust?: Trust;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

const createUser =
  'Create an ONVIF user in the camera (many keep ONVIF users apart from those of its web page) and give its name and password.';

const hasSubcode = ({ subcodes }: SoapFault, pattern: RegExp): boolean => subcodes.some(code => pattern.test(code));

/** Of a fault that answers an order; the camera itself is well (ONVIF Core, 5.8.2.3). */
const kindOf = (fault: SoapFault): ErrorKind => {
  if (hasSubcode(fault, /ActionNotSupported|NotImplemented/i)) return 'unsupported';
  return hasSubcode(fault, /InvalidArg|InvalidPosition|InvalidVelocity|OutOfRange|NoToken|NoProfile|RelayToken/i)
    ? 'config'
    : 'protocol';
};

/** What GetCapabilities calls the services. */
const namespaceOfCapability: ReadonlyMap<string, string> = new Map([
  ['Media', mediaNamespace],
  ['PTZ', ptzNamespace],
  ['Events', eventsNamespace],
  ['DeviceIO', deviceIoNamespace],
]);

/** Those that the older operation knows. */
const olderNamespaces: ReadonlySet<string> = new Set(namespaceOfCapability.values());

/** A clock that differs by less was not set, but goes wrong. */
const steppedBy = seconds(5);

/** Stands for a host that an address leaves out. */
const nowhere = '0.0.0.0';

interface Media {
  readonly version: MediaVersion;
  readonly url: URL;
}

/** The newer first: H.265 and what else came since is told by Media2 alone (Profile T, 7.2). */
const mediaVersions: readonly (readonly [MediaVersion, string])[] = [
  ['media2', media2Namespace],
  ['media', mediaNamespace],
];

const hasVideo = (profiles: readonly MediaProfile[]): boolean =>
  profiles.some(({ encoding }) => encoding !== undefined);

export const createOnvifClient = ({ address, credentials, trust, signal, clock }: OnvifClientOptions): OnvifClient => {
  const place = formatPlace(address.host, address.port);
  const base = new URL(`${address.scheme}://${place}${address.path}`);
  const post = createPost(credentials, trust);
  /** How far the camera's clock is ahead of the steady one, which goes on when ours is set. */
  let cameraAhead: Duration | undefined;
  let tokens: 'unneeded' | 'needed' = 'unneeded';
  /** The one whose profiles were read. */
  let media: Media | undefined;
  let services: ReadonlyMap<string, string> | undefined;
  let capabilities: ReadonlyMap<string, string> | undefined;

  const token = ({ username, password }: Credentials): UsernameToken => ({
    username,
    password,
    nonce: randomBytes(16),
    created: cameraAhead === undefined ? clock.now() : clock.steady() + cameraAhead,
  });

  const send = async (
    url: URL,
    request: SoapRequest,
    until: AbortSignal,
    login: 'as-needed' | 'none' = 'as-needed',
  ): Promise<SoapAnswer> => {
    const body =
      tokens === 'needed' && credentials !== undefined && login === 'as-needed'
        ? buildEnvelope(request, token(credentials))
        : buildEnvelope(request);
    const answer = await post({ url, contentType: contentType(request), body, signal: until });
    if (answer.status === 401) {
      throw new GatewayError('denied', `${place} refused the ONVIF login for ${request.operation}`, {
        advice: createUser,
      });
    }
    if (answer.status === 404) {
      throw new GatewayError('protocol', `${place} has no ONVIF service at ${url.pathname}`, {
        advice: 'Enable ONVIF in the camera, and check port and path.',
      });
    }
    return parseEnvelope(answer.body);
  };

  const call = async (
    url: URL,
    request: SoapRequest,
    until = signal,
    toKind: (fault: SoapFault) => ErrorKind = () => 'protocol',
  ): Promise<Element> => {
    let answer = await send(url, request, until);
    if (
      answer.kind === 'fault' &&
      isNotAuthorized(answer.fault) &&
      tokens === 'unneeded' &&
      credentials !== undefined
    ) {
      tokens = 'needed';
      answer = await send(url, request, until);
    }
    // A token of another time is refused as one of a wrong password is, but then the clock tells which it was.
    if (answer.kind === 'fault' && isNotAuthorized(answer.fault) && tokens === 'needed' && (await wasClockSet(until))) {
      answer = await send(url, request, until);
    }
    if (answer.kind === 'answer') return answer.content;
    if (isNotAuthorized(answer.fault)) {
      throw new GatewayError('denied', `${place} refused the ONVIF login for ${request.operation}`, {
        advice: createUser,
      });
    }
    const { reason, subcodes } = answer.fault;
    throw new GatewayError(
      toKind(answer.fault),
      `${place} answered ${request.operation} with the fault ${[...subcodes, reason].join(' ').slice(0, 200)}`,
    );
  };

  /** Undefined where the camera does not know the operation or forbids it: it is then done without. */
  const attempt = async (url: URL, request: SoapRequest): Promise<Element | undefined> => {
    try {
      return await call(url, request);
    } catch (failure) {
      if (failure instanceof GatewayError && (failure.kind === 'protocol' || failure.kind === 'denied'))
        return undefined;
      throw failure;
    }
  };

  const readAhead = async (ask: () => Promise<Element | undefined>): Promise<Duration | undefined> => {
    const asked = clock.steady();
    const answer = await ask();
    const told = answer && parseSystemDateAndTime(answer);
    // The camera read its clock between the two moments; it tells whole seconds.
    return told === undefined ? undefined : told + 500 - (asked + clock.steady()) / 2;
  };

  /**
   * Whether the camera's clock says another time than it would if nobody had set it since it was read. It is asked without
   * a login, which would be refused once more, and cameras lock accounts.
   */
  const wasClockSet = async (until: AbortSignal): Promise<boolean> => {
    const ask = async (): Promise<Element | undefined> => {
      const answer = await send(base, getSystemDateAndTime, until, 'none');
      return answer.kind === 'answer' ? answer.content : undefined;
    };
    const before = cameraAhead;
    const now = before === undefined ? undefined : await readAhead(ask);
    if (before === undefined || now === undefined || Math.abs(now - before) < steppedBy) return false;
    cameraAhead = now;
    return true;
  };

  const parseAddress = (text: string): URL => {
    // Some firmwares leave the host out: `http:///onvif/media`, or all but the path.
    const complete = text.replace(/^([a-z]+):\/\/(?=[:/])/i, `$1://${nowhere}`);
    if (!URL.canParse(complete, base.href)) {
      throw new GatewayError('protocol', `${place} names an address that is none`);
    }
    return new URL(complete, base);
  };

  /**
   * Where a service answers. Its port is believed only of the host that was dialed: behind a router that forwards ports
   * the camera names those of its own network. Its scheme never is, so that it cannot send a login elsewhere.
   */
  const toServiceUrl = (text: string): URL => {
    const told = parseAddress(text);
    const url = new URL(`${told.pathname}${told.search}`, base);
    if (told.protocol === base.protocol && told.hostname === base.hostname) url.port = told.port;
    return url;
  };

  const atDialedHost = (text: string): URL => {
    const url = parseAddress(text);
    url.hostname = base.hostname;
    url.username = '';
    url.password = '';
    return url;
  };

  /** Addresses by namespace. */
  const readServices = async (): Promise<ReadonlyMap<string, string>> => {
    const told = await attempt(base, getServices);
    return told === undefined ? new Map() : parseServices(told);
  };

  /** The same, as the older operation tells it. */
  const readCapabilities = async (): Promise<ReadonlyMap<string, string>> => {
    const answer = await attempt(base, getCapabilities);
    const told = answer === undefined ? new Map<string, string>() : parseCapabilities(answer);
    return new Map(
      [...namespaceOfCapability].flatMap(([name, namespace]): [string, string][] => {
        const address = told.get(name);
        return address === undefined ? [] : [[namespace, address]];
      }),
    );
  };

  /** Some firmwares know one of the two operations alone, or leave a service out of one of them. */
  const findAddress = async (namespace: string): Promise<string | undefined> => {
    services ??= await readServices();
    const address = services.get(namespace);
    if (address !== undefined || !olderNamespaces.has(namespace)) return address;
    capabilities ??= await readCapabilities();
    return capabilities.get(namespace);
  };

  /** At least one. Throws `unsupported` where there is none. */
  const offeredMedia = async (): Promise<readonly [Media, ...Media[]]> => {
    const offered: Media[] = [];
    for (const [version, namespace] of mediaVersions) {
      const told = await findAddress(namespace);
      if (told !== undefined) offered.push({ version, url: toServiceUrl(told) });
    }
    const [best, ...others] = offered;
    if (best !== undefined) return [best, ...others];
    throw new GatewayError('unsupported', `${place} offers no media service`, {
      advice: 'Give the address of the camera itself; recorders and door stations may show its video by rtsp-camera.',
    });
  };

  const mediaOf = async (): Promise<Media> => media ?? (await offeredMedia())[0];

  const serviceAt = (address: string): OnvifService => {
    const url = toServiceUrl(address);
    return { ask: (request, until) => call(url, request, until, kindOf) };
  };

  return {
    readClock: async () => {
      const ahead = await readAhead(() => attempt(base, getSystemDateAndTime));
      if (ahead === undefined) return undefined;
      cameraAhead = ahead;
      return clock.steady() + ahead - clock.now();
    },
    readEndpoint: async () => {
      const answer = await attempt(base, getEndpointReference);
      return answer && parseEndpointReference(answer);
    },
    readHardwareAddresses: async () => {
      const answer = await attempt(base, getNetworkInterfaces);
      return answer === undefined ? [] : parseNetworkInterfaces(answer);
    },
    readInformation: async () => parseDeviceInformation(await call(base, getDeviceInformation)),
    readProfiles: async () => {
      const [best, older] = await offeredMedia();
      if (older !== undefined) {
        // Some firmwares offer Media2 and answer it with a fault, or with profiles without video.
        const answer = await attempt(best.url, getProfiles(best.version));
        const profiles = answer === undefined ? [] : parseProfiles(answer);
        if (hasVideo(profiles)) {
          media = best;
          return profiles;
        }
      }
      media = older ?? best;
      return parseProfiles(await call(media.url, getProfiles(media.version)));
    },
    readStreamUrl: async (profile, transport) => {
      const { url, version } = await mediaOf();
      const stream = atDialedHost(parseUri(await call(url, getStreamUri(version, profile, transport))));
      if (isRtsp(stream)) return stream;
      throw new GatewayError(
        'unsupported',
        `${place} offers its stream by ${stream.protocol.replace(':', '')}, not RTSP`,
      );
    },
    readSnapshotUrl: async profile => {
      const { url, version } = await mediaOf();
      const answer = await attempt(url, getSnapshotUri(version, profile));
      return answer && toServiceUrl(parseUri(answer));
    },
    findService: async namespace => {
      const address = namespace === deviceNamespace ? base.href : await findAddress(namespace);
      return address === undefined ? undefined : serviceAt(address);
    },
    serviceAt,
  };
};

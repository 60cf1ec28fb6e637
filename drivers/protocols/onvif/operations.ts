/** The operations that the gateway asks of a camera, and what it reads from the answers. Pure. */
import { GatewayError } from '../../../core/errors.ts';
import type { Instant } from '../../../core/time.ts';
import { deviceNamespace, media2Namespace, mediaNamespace, type SoapRequest } from './soap.ts';
import { type Element, escapeXml, find, findAll, textAt } from './xml.ts';

const device = (operation: string, parameters?: string): SoapRequest => ({
  namespace: deviceNamespace,
  operation,
  ...(parameters !== undefined && { parameters }),
});

/** Device Management Service: the first five need no login (ONVIF Core Specification, 5.9.4.3). */
export const getSystemDateAndTime = device('GetSystemDateAndTime');
export const getServices = device('GetServices', '<IncludeCapability>false</IncludeCapability>');
export const getCapabilities = device('GetCapabilities', '<Category>All</Category>');
export const getEndpointReference = device('GetEndpointReference');
export const getDeviceInformation = device('GetDeviceInformation');
export const getNetworkInterfaces = device('GetNetworkInterfaces');

/** Media1 is what Profile S has, Media2 what Profile T has; most cameras of today have both. */
export type MediaVersion = 'media' | 'media2';

const media = (version: MediaVersion, operation: string, parameters: string): SoapRequest => ({
  namespace: version === 'media' ? mediaNamespace : media2Namespace,
  operation,
  parameters,
});

export const getProfiles = (version: MediaVersion): SoapRequest =>
  media(version, 'GetProfiles', version === 'media' ? '' : '<Type>VideoEncoder</Type><Type>PTZ</Type>');

const token = (profile: string): string => `<ProfileToken>${escapeXml(profile)}</ProfileToken>`;

/** RTSP over whatever the client sets up; cameras take the protocol asked for here as a hint. */
export const getStreamUri = (version: MediaVersion, profile: string, transport: 'tcp' | 'udp'): SoapRequest => {
  if (version === 'media2') {
    const protocol = transport === 'tcp' ? 'RTSP' : 'RtspUnicast';
    return media(version, 'GetStreamUri', `<Protocol>${protocol}</Protocol>${token(profile)}`);
  }
  const protocol = transport === 'tcp' ? 'RTSP' : 'UDP';
  const setup = `<tt:Stream>RTP-Unicast</tt:Stream><tt:Transport><tt:Protocol>${protocol}</tt:Protocol></tt:Transport>`;
  return media(version, 'GetStreamUri', `<StreamSetup>${setup}</StreamSetup>${token(profile)}`);
};

export const getSnapshotUri = (version: MediaVersion, profile: string): SoapRequest =>
  media(version, 'GetSnapshotUri', token(profile));

const missing = (what: string): GatewayError =>
  new GatewayError('protocol', `the camera's answer has no ${what}`, {
    advice: 'See whether a newer firmware mends it.',
  });

const numberAt = (element: Element | undefined, ...path: readonly string[]): number | undefined => {
  const text = element && textAt(element, ...path);
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
};

/** What the camera's own clock says; undefined where it tells no complete time. Some put local time there. */
export const parseSystemDateAndTime = (answer: Element): Instant | undefined => {
  const utc = find(answer, 'SystemDateAndTime', 'UTCDateTime');
  const parts = [
    numberAt(utc, 'Date', 'Year'),
    numberAt(utc, 'Date', 'Month'),
    numberAt(utc, 'Date', 'Day'),
    numberAt(utc, 'Time', 'Hour'),
    numberAt(utc, 'Time', 'Minute'),
    numberAt(utc, 'Time', 'Second'),
  ].filter(part => part !== undefined);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  return parts.length === 6 ? Date.UTC(year, month - 1, day, hour, minute, second) : undefined;
};

/** Addresses of the services by their namespaces. */
export const parseServices = (answer: Element): ReadonlyMap<string, string> => {
  const services = new Map<string, string>();
  for (const service of findAll(answer, 'Service')) {
    const namespace = textAt(service, 'Namespace');
    const address = textAt(service, 'XAddr');
    if (namespace !== undefined && address !== undefined) services.set(namespace, address);
  }
  return services;
};

/** Addresses by the names of the capabilities: `Device`, `Media`, `Events`, `PTZ`, `DeviceIO`, … */
export const parseCapabilities = (answer: Element): ReadonlyMap<string, string> => {
  const capabilities = new Map<string, string>();
  const root = find(answer, 'Capabilities');
  for (const capability of [
    ...(root?.children ?? []),
    ...(root === undefined ? [] : (find(root, 'Extension')?.children ?? [])),
  ]) {
    const address = textAt(capability, 'XAddr');
    if (address !== undefined) capabilities.set(capability.name, address);
  }
  return capabilities;
};

export interface DeviceInformation {
  readonly manufacturer: string;
  readonly model: string;
  readonly firmwareVersion: string;
  readonly serialNumber: string;
  readonly hardwareId: string;
}

export const parseDeviceInformation = (answer: Element): DeviceInformation => ({
  manufacturer: textAt(answer, 'Manufacturer') ?? '',
  model: textAt(answer, 'Model') ?? '',
  firmwareVersion: textAt(answer, 'FirmwareVersion') ?? '',
  serialNumber: textAt(answer, 'SerialNumber') ?? '',
  hardwareId: textAt(answer, 'HardwareId') ?? '',
});

/** The camera's lasting identity, `urn:uuid:…`. */
export const parseEndpointReference = (answer: Element): string | undefined =>
  textAt(answer, 'GUID') ?? textAt(answer, 'EndpointReference', 'Address');

/** Hardware addresses, as the camera writes them. */
export const parseNetworkInterfaces = (answer: Element): readonly string[] =>
  findAll(answer, 'NetworkInterfaces')
    .map(each => textAt(each, 'Info', 'HwAddress'))
    .filter(address => address !== undefined);

/** A stream that the camera offers. Size and encoding are unknown for a profile without an encoder. */
export interface MediaProfile {
  readonly token: string;
  readonly name: string;
  readonly encoding?: string;
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  /** Token of its PTZ configuration, where it can be turned. */
  readonly ptzConfiguration?: string;
}

/** Both versions of the media service: Media2 gathers the parts of a profile under `Configurations`. */
export const parseProfiles = (answer: Element): readonly MediaProfile[] =>
  findAll(answer, 'Profiles').flatMap(profile => {
    const name = profile.attributes.get('token');
    if (name === undefined) return [];
    const encoder = find(profile, 'VideoEncoderConfiguration') ?? find(profile, 'Configurations', 'VideoEncoder');
    const encoding = encoder && textAt(encoder, 'Encoding');
    const width = numberAt(encoder, 'Resolution', 'Width');
    const height = numberAt(encoder, 'Resolution', 'Height');
    const fps = numberAt(encoder, 'RateControl', 'FrameRateLimit');
    const head = find(profile, 'PTZConfiguration') ?? find(profile, 'Configurations', 'PTZ');
    return {
      token: name,
      name: textAt(profile, 'Name') ?? '',
      ...(encoding !== undefined && { encoding }),
      ...(width !== undefined && { width }),
      ...(height !== undefined && { height }),
      ...(fps !== undefined && { fps }),
      ...(head !== undefined && { ptzConfiguration: head.attributes.get('token') ?? '' }),
    };
  });

/** Of GetStreamUri and GetSnapshotUri, in both versions. Throws `protocol` when there is none. */
export const parseUri = (answer: Element): string => {
  const uri = textAt(answer, 'MediaUri', 'Uri') ?? textAt(answer, 'Uri');
  if (uri === undefined) throw missing('address of the stream');
  return uri;
};

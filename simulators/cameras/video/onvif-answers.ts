/** What a simulated ONVIF device (Profiles S and T) answers, element by element as the WSDLs of ONVIF 2.x have it. Pure. */
import type { PictureSize } from '../../../core/observation.ts';
import type { Instant } from '../../../core/time.ts';
import { eventsPath } from './onvif-events.ts';
import { element, leaf, mainProfile } from './onvif-xml.ts';
import { envelope } from './soap.ts';

export interface OnvifIdentity {
  /** `urn:uuid:…`: the same for ever, wherever the device is. */
  readonly endpointReference: string;
  /** `02:00:…` */
  readonly mac: string;
  readonly model: string;
  readonly serialNumber: string;
}

/** `media`: of Profile S alone; `media2`: of Profile T alone. */
export type MediaServices = 'both' | 'media' | 'media2';

/** What a media profile streams. */
export interface OnvifStream extends PictureSize {
  /** And name of the profile. */
  readonly token: string;
  readonly fps: number;
  readonly uri: string;
}

export interface OnvifState {
  readonly identity: OnvifIdentity;
  /** The main stream first. */
  readonly streams: readonly [OnvifStream, ...OnvifStream[]];
  /** The device's clock. */
  readonly now: Instant;
  /** As the client wrote it: `http://192.168.1.64:80`. */
  readonly base: string;
  readonly address: string;
  readonly canTurn: boolean;
  readonly media: MediaServices;
  readonly hasEvents: boolean;
  readonly relays: number;
}

export const devicePath = '/onvif/device_service';
const mediaPath = '/onvif/media_service';
export const media2Path = '/onvif/media2_service';
export const snapshotPath = '/onvif/snapshot';
const ptzPath = '/onvif/ptz_service';

/** The device scopes of Core 7.3.2.2. */
export const scopesOf = (identity: OnvifIdentity): readonly string[] => [
  'onvif://www.onvif.org/Profile/Streaming',
  'onvif://www.onvif.org/type/video_encoder',
  `onvif://www.onvif.org/hardware/${identity.model}`,
  `onvif://www.onvif.org/name/${identity.model}`,
  'onvif://www.onvif.org/location/hue',
];

const dateTime = (now: Instant): string => {
  const date = new Date(now);
  return element(
    'tt:UTCDateTime',
    element(
      'tt:Time',
      leaf('tt:Hour', date.getUTCHours()),
      leaf('tt:Minute', date.getUTCMinutes()),
      leaf('tt:Second', date.getUTCSeconds()),
    ),
    element(
      'tt:Date',
      leaf('tt:Year', date.getUTCFullYear()),
      leaf('tt:Month', date.getUTCMonth() + 1),
      leaf('tt:Day', date.getUTCDate()),
    ),
  );
};

const service = (namespace: string, address: string): string =>
  element(
    'tds:Service',
    leaf('tds:Namespace', namespace),
    leaf('tds:XAddr', address),
    element('tds:Version', leaf('tt:Major', 2), leaf('tt:Minor', 60)),
  );

const resolution = ({ width, height }: PictureSize): string =>
  element('tt:Resolution', leaf('tt:Width', width), leaf('tt:Height', height));

const head =
  `<tt:PTZConfiguration token="head-configuration">${leaf('tt:Name', 'head')}${leaf('tt:UseCount', 1)}` +
  `${leaf('tt:NodeToken', 'head')}${leaf('tt:DefaultPTZTimeout', 'PT5S')}</tt:PTZConfiguration>`;

const profile = ({ token, width, height, fps }: OnvifStream, canTurn: boolean): string =>
  `<trt:Profiles token="${token}" fixed="true">${leaf('tt:Name', token)}` +
  `<tt:VideoSourceConfiguration token="source-configuration">${leaf('tt:Name', 'source')}${leaf('tt:UseCount', 1)}` +
  `${leaf('tt:SourceToken', 'source')}<tt:Bounds x="0" y="0" width="${width}" height="${height}"/></tt:VideoSourceConfiguration>` +
  `<tt:VideoEncoderConfiguration token="${token}-encoder">${leaf('tt:Name', 'encoder')}${leaf('tt:UseCount', 1)}` +
  `${leaf('tt:Encoding', 'H264')}${resolution({ width, height })}${leaf('tt:Quality', 4)}` +
  element(
    'tt:RateControl',
    leaf('tt:FrameRateLimit', fps),
    leaf('tt:EncodingInterval', 1),
    leaf('tt:BitrateLimit', 1024),
  ) +
  element('tt:H264', leaf('tt:GovLength', fps), leaf('tt:H264Profile', 'Main')) +
  element(
    'tt:Multicast',
    element('tt:Address', leaf('tt:Type', 'IPv4'), leaf('tt:IPv4Address', '0.0.0.0')),
    leaf('tt:Port', 0),
    leaf('tt:TTL', 1),
    leaf('tt:AutoStart', false),
  ) +
  `${leaf('tt:SessionTimeout', 'PT60S')}</tt:VideoEncoderConfiguration>${canTurn ? head : ''}</trt:Profiles>`;

/** Media2 gathers what belongs to a profile under `Configurations`, and has the codec's profile as attributes. */
const profile2 = ({ token, width, height, fps }: OnvifStream, canTurn: boolean): string =>
  `<tr2:Profiles token="${token}" fixed="true">${leaf('tr2:Name', token)}<tr2:Configurations>` +
  `<tr2:VideoSource token="source-configuration">${leaf('tt:Name', 'source')}${leaf('tt:UseCount', 1)}` +
  `${leaf('tt:SourceToken', 'source')}<tt:Bounds x="0" y="0" width="${width}" height="${height}"/></tr2:VideoSource>` +
  `<tr2:VideoEncoder token="${token}-encoder" GovLength="${fps}" Profile="Main">${leaf('tt:Name', 'encoder')}` +
  `${leaf('tt:UseCount', 1)}${leaf('tt:Encoding', 'H264')}${resolution({ width, height })}` +
  element('tt:RateControl', leaf('tt:FrameRateLimit', fps), leaf('tt:BitrateLimit', 1024)) +
  `${leaf('tt:Quality', 4)}</tr2:VideoEncoder>` +
  `${canTurn ? head.replaceAll('tt:PTZConfiguration', 'tr2:PTZ') : ''}</tr2:Configurations></tr2:Profiles>`;

const mediaUri = (uri: string): string =>
  element(
    'trt:MediaUri',
    leaf('tt:Uri', uri),
    leaf('tt:InvalidAfterConnect', false),
    leaf('tt:InvalidAfterReboot', false),
    leaf('tt:Timeout', 'PT0S'),
  );

/** `token`: of the profile that is asked for, if one is. Undefined where that is none of its. */
type Answer = (state: OnvifState, token: string | undefined) => string | undefined;
type Answers = Readonly<Record<string, readonly ['tds' | 'trt' | 'tr2', Answer]>>;

const profilesBy =
  (toProfile: typeof profile) =>
  ({ streams, canTurn }: OnvifState): string =>
    streams.map(each => toProfile(each, canTurn && each.token === mainProfile)).join('');

const uriOf = ({ streams }: OnvifState, token: string | undefined): string | undefined =>
  streams.find(each => each.token === token)?.uri;

/** Of the media service of Profile T, whose operations have the names of the older ones. */
const media2Answers: Answers = {
  GetProfiles: ['tr2', profilesBy(profile2)],
  GetStreamUri: [
    'tr2',
    (state, token) => {
      const uri = uriOf(state, token);
      return uri && leaf('tr2:Uri', uri);
    },
  ],
  GetSnapshotUri: ['tr2', ({ base }) => leaf('tr2:Uri', `${base}${snapshotPath}`)],
};

/** This older operation knows nothing of Media2. */
const mediaCapabilities = (base: string): string =>
  element(
    'tt:Media',
    leaf('tt:XAddr', `${base}${mediaPath}`),
    element(
      'tt:StreamingCapabilities',
      leaf('tt:RTPMulticast', false),
      leaf('tt:RTP_TCP', true),
      leaf('tt:RTP_RTSP_TCP', true),
    ),
  );

/** By operation; each with the prefix of its service. */
const answers: Answers = {
  GetSystemDateAndTime: [
    'tds',
    ({ now }) =>
      element(
        'tds:SystemDateAndTime',
        leaf('tt:DateTimeType', 'Manual'),
        leaf('tt:DaylightSavings', false),
        element('tt:TimeZone', leaf('tt:TZ', 'ICT-7')),
        dateTime(now),
      ),
  ],
  GetDeviceInformation: [
    'tds',
    ({ identity }) =>
      leaf('tds:Manufacturer', 'Haidang') +
      leaf('tds:Model', identity.model) +
      leaf('tds:FirmwareVersion', '1.0.0') +
      leaf('tds:SerialNumber', identity.serialNumber) +
      leaf('tds:HardwareId', 'simulator'),
  ],
  GetCapabilities: [
    'tds',
    ({ base, canTurn, hasEvents, relays, media }) =>
      element(
        'tds:Capabilities',
        element(
          'tt:Device',
          leaf('tt:XAddr', `${base}${devicePath}`),
          element('tt:IO', leaf('tt:InputConnectors', 0), leaf('tt:RelayOutputs', relays)),
        ),
        media === 'media2' ? '' : mediaCapabilities(base),
        hasEvents ? element('tt:Events', leaf('tt:XAddr', `${base}${eventsPath}`)) : '',
        canTurn ? element('tt:PTZ', leaf('tt:XAddr', `${base}${ptzPath}`)) : '',
      ),
  ],
  GetServices: [
    'tds',
    ({ base, canTurn, hasEvents, media }) =>
      service('http://www.onvif.org/ver10/device/wsdl', `${base}${devicePath}`) +
      (media === 'media2' ? '' : service('http://www.onvif.org/ver10/media/wsdl', `${base}${mediaPath}`)) +
      (media === 'media' ? '' : service('http://www.onvif.org/ver20/media/wsdl', `${base}${media2Path}`)) +
      (hasEvents ? service('http://www.onvif.org/ver10/events/wsdl', `${base}${eventsPath}`) : '') +
      (canTurn ? service('http://www.onvif.org/ver20/ptz/wsdl', `${base}${ptzPath}`) : ''),
  ],
  GetScopes: [
    'tds',
    ({ identity }) =>
      scopesOf(identity)
        .map(scope => element('tds:Scopes', leaf('tt:ScopeDef', 'Fixed'), leaf('tt:ScopeItem', scope)))
        .join(''),
  ],
  GetHostname: [
    'tds',
    ({ identity }) =>
      element(
        'tds:HostnameInformation',
        leaf('tt:FromDHCP', true),
        leaf('tt:Name', `${identity.model}-${identity.serialNumber}`),
      ),
  ],
  GetEndpointReference: ['tds', ({ identity }) => leaf('tds:GUID', identity.endpointReference)],
  GetNetworkInterfaces: [
    'tds',
    ({ identity, address }) =>
      `<tds:NetworkInterfaces token="eth0">${leaf('tt:Enabled', true)}` +
      element(
        'tt:Info',
        leaf('tt:Name', 'eth0'),
        leaf('tt:HwAddress', identity.mac.replaceAll('-', ':')),
        leaf('tt:MTU', 1500),
      ) +
      element(
        'tt:IPv4',
        leaf('tt:Enabled', true),
        element(
          'tt:Config',
          element('tt:FromDHCP', leaf('tt:Address', address), leaf('tt:PrefixLength', 24)),
          leaf('tt:DHCP', true),
        ),
      ) +
      '</tds:NetworkInterfaces>',
  ],
  GetProfiles: ['trt', profilesBy(profile)],
  GetVideoSources: [
    'trt',
    ({ streams: [main] }) =>
      `<trt:VideoSources token="source">${leaf('tt:Framerate', main.fps)}${resolution(main)}</trt:VideoSources>`,
  ],
  GetStreamUri: [
    'trt',
    (state, token) => {
      const uri = uriOf(state, token);
      return uri && mediaUri(uri);
    },
  ],
  GetSnapshotUri: ['trt', ({ base }) => mediaUri(`${base}${snapshotPath}`)],
};

/** Operations of the access class PRE_AUTH (Core 5.9.4.3): anybody may call them. */
export const isOpenToAll = (operation: string): boolean =>
  [
    'GetSystemDateAndTime',
    'GetCapabilities',
    'GetServices',
    'GetServiceCapabilities',
    'GetHostname',
    'GetEndpointReference',
  ].includes(operation);

/** `path`: of the service that is asked. Undefined for an operation that it does not have. */
export const answerOf = (
  operation: string,
  token: string | undefined,
  path: string,
  state: OnvifState,
): string | undefined => {
  if (path === (state.media === 'media' ? media2Path : mediaPath) && state.media !== 'both') return undefined;
  const table = path === media2Path ? media2Answers : answers;
  const found = Object.hasOwn(table, operation) ? table[operation] : undefined;
  if (found === undefined) return undefined;
  const [prefix, answer] = found;
  const content = answer(state, token);
  return content === undefined ? undefined : envelope(element(`${prefix}:${operation}Response`, content));
};

/** Findings of the search for cameras, for people and as entries of a configuration. */
import type { Driver } from '../../core/driver.ts';
import type { Frame, Observation } from '../../core/observation.ts';
import { type Duration, formatDuration } from '../../core/time.ts';
import { type ServiceAddress, sameEndpoint, scopeValue } from '../../drivers/protocols/onvif/discovery.ts';
import { formatPlace } from '../../drivers/transports/socket-error.ts';
import type { CameraFinding, CameraSeen, Introduction } from './cameras.ts';
import type { Entry } from './entry.ts';

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

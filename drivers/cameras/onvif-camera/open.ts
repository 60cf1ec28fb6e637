import type { Batch } from '../../../core/batch.ts';
import { outputSet, ptz } from '../../../core/device-commands.ts';
import type { Context } from '../../../core/driver.ts';
import { GatewayError } from '../../../core/errors.ts';
import type { CameraSignal, Frame, FrameRequest, PictureSize } from '../../../core/observation.ts';
import { type Duration, formatDuration, seconds } from '../../../core/time.ts';
import { chooseProfile, isLarger } from '../../protocols/onvif/choose-profile.ts';
import { bareMac, sameEndpoint } from '../../protocols/onvif/discovery.ts';
import type { DeviceInformation, MediaProfile } from '../../protocols/onvif/operations.ts';
import { chooseHead } from '../../protocols/onvif/ptz.ts';
import { ptzNamespace } from '../../protocols/onvif/soap.ts';
import { withEvidence } from '../../transports/evidence.ts';
import { framesOf } from '../../transports/frames.ts';
import type { Credentials } from '../../transports/http-digest.ts';
import { isRtsps, openRtsp, type RtspSource, smallFrames } from '../../transports/rtsp.ts';
import { formatPlace } from '../../transports/socket-error.ts';
import type { Trust } from '../../transports/tls.ts';
import { withSignals } from './beside.ts';
import { type CameraAddress, createOnvifClient, type OnvifClient } from './client.ts';
import { type CameraIdentity, findCamera } from './find-camera.ts';
import { findEvents, readSignals } from './signals.ts';
import { switchRelay } from './switch-relay.ts';
import { createHead } from './turn.ts';

export interface OnvifCamera extends CameraAddress, CameraIdentity {
  readonly credentials?: Credentials;
  /** Of HTTPS. */
  readonly trust?: Trust;
  /** Token or name of the profile to watch; the smallest sufficient one when absent. */
  readonly profile?: string;
  /** Token or name of the profile whose key frames are shown; the smallest one large enough when absent. */
  readonly evidence?: string;
  readonly transport: 'tcp' | 'udp';
  readonly decoder: 'auto' | 'software';
}

/** A clock that is further off makes logins fail and tells wrong times in the camera's own pictures. */
const toleratedClock = seconds(10);

const anotherCamera = (place: string): GatewayError =>
  new GatewayError('unreachable', `another camera answers at ${place}`, {
    advice: 'Correct the address, or give the camera a fixed one in the DHCP server.',
  });

/** Throws `unreachable` when the camera at the address is known to be another one. Needs no login (ONVIF Core, 5.9.4.3). */
const checkEndpoint = async (client: OnvifClient, { endpoint }: CameraIdentity, place: string): Promise<void> => {
  const told = endpoint === undefined ? undefined : await client.readEndpoint();
  if (endpoint !== undefined && told !== undefined && !sameEndpoint(told, endpoint)) throw anotherCamera(place);
};

/** As `checkEndpoint`, but with a login. */
const checkMac = async (client: OnvifClient, { mac }: CameraIdentity, place: string): Promise<void> => {
  const wanted = mac === undefined ? undefined : bareMac(mac);
  if (wanted === undefined) return;
  const own = (await client.readHardwareAddresses()).map(bareMac).filter(address => address !== undefined);
  if (own.length > 0 && !own.includes(wanted)) throw anotherCamera(place);
};

interface Connected {
  readonly address: CameraAddress;
  readonly client: OnvifClient;
  readonly information: DeviceInformation;
  /** How far its clock is ahead of ours, where it tells the time. */
  readonly ahead: Duration | undefined;
}

/**
 * The clock is read first: without a login, and before anything that is dated by it. What every user may ask comes
 * before what is done without where it is refused, so that a wrong password is tried once: cameras lock accounts.
 */
const dial = async (address: CameraAddress, camera: OnvifCamera, context: Context): Promise<Connected> => {
  const { signal, clock, log } = context;
  const { credentials, trust } = camera;
  const client = createOnvifClient({
    address,
    signal,
    clock,
    ...(credentials !== undefined && { credentials }),
    ...(trust !== undefined && { trust }),
  });
  const ahead = await client.readClock();
  if (ahead !== undefined && Math.abs(ahead) > toleratedClock) {
    log.warn(`the camera's clock is ${formatDuration(Math.abs(ahead))} ${ahead > 0 ? 'ahead' : 'behind'}`, {
      advice: 'Set an NTP server in the camera.',
    });
  }
  const place = formatPlace(address.host, address.port);
  await checkEndpoint(client, camera, place);
  const information = await client.readInformation();
  await checkMac(client, camera, place);
  return { address, client, information, ahead };
};

/** Nobody is there, or another one by its certificate. */
const isAway = ({ kind, path: [field] = [] }: GatewayError): boolean =>
  kind === 'unreachable' || field === 'fingerprint';

/** At the configured address, or where the camera is now if that is not it. */
const connect = async (camera: OnvifCamera, context: Context): Promise<Connected> => {
  try {
    return await dial(camera, camera, context);
  } catch (failure) {
    if (
      !(failure instanceof GatewayError && isAway(failure)) ||
      (camera.endpoint === undefined && camera.mac === undefined) ||
      context.signal.aborted
    )
      throw failure;
    const found = await findCamera(camera, context);
    if (found === undefined) throw failure;
    const connected = await dial(found, camera, context);
    context.log.warn(`the camera moved to ${formatPlace(found.host, found.port)}`, {
      advice: 'Correct the address in the configuration, or give the camera a fixed one in the DHCP server.',
    });
    return connected;
  }
};

/** What the center can order of the camera, for as long as it is connected. */
const serveOrders = async (
  client: OnvifClient,
  profiles: readonly MediaProfile[],
  shown: MediaProfile | undefined,
  { commands }: Context,
): Promise<DisposableStack> => {
  const offers = new DisposableStack();
  const service = await client.findService(ptzNamespace);
  const headProfile = shown && chooseHead(profiles, shown);
  if (service !== undefined && headProfile !== undefined) {
    const head = offers.use(createHead(service, headProfile));
    offers.use(commands.serve(ptz, ({ move }, signal) => head.move(move, signal)));
  }
  offers.use(commands.serve(outputSet, (order, signal) => switchRelay(client, order, signal)));
  return offers;
};

/** Whether something is to be judged of what goes over TLS; where nothing does, it would be left out without a word. */
const assertJudged = ({ trust = {} }: OnvifCamera, { scheme, host, port }: CameraAddress, stream?: URL): void => {
  const isToBeJudged = trust.ca !== undefined || trust.fingerprint !== undefined;
  if (!isToBeJudged || scheme === 'https' || (stream !== undefined && isRtsps(stream))) return;
  throw new GatewayError('denied', `${formatPlace(host, port)} shows no certificate: nothing of it goes over TLS`, {
    advice: 'Switch HTTPS or RTSPS on in the camera, or take "ca" and "fingerprint" out of its configuration.',
  });
};

async function* openView(
  camera: OnvifCamera,
  device: string,
  context: Context,
): AsyncGenerator<Batch<Frame | CameraSignal>, void> {
  const { address, client, information, ahead } = await connect(camera, context);
  const request: FrameRequest = context.frames ?? smallFrames;
  const profiles = await client.readProfiles();
  const choose = (field: 'profile' | 'evidence', wanted: PictureSize): MediaProfile => {
    const chosen = chooseProfile(profiles, wanted, camera[field]);
    if (chosen !== undefined) return chosen;
    throw new GatewayError('config', `${formatPlace(address.host, address.port)} has no such stream`, {
      path: [field],
      advice: `It offers: ${profiles.map(({ name, token }) => `${name || token}`).join(', ') || 'none'}.`,
    });
  };
  const profile = choose('profile', request.large ?? request);
  const evidence = request.evidence && choose('evidence', request.evidence);
  const isNamed = camera.evidence !== undefined && evidence?.token !== profile.token;
  const isShown = evidence !== undefined && (isNamed || isLarger(evidence, profile));
  const readStream = async (token: string): Promise<URL> => {
    const stream = await client.readStreamUrl(token, camera.transport);
    assertJudged(camera, address, stream);
    return stream;
  };
  const url = await readStream(profile.token);
  const snapshot = await client.readSnapshotUrl(profile.token);
  context.log.info('found the stream of the camera', {
    ...information,
    profile: profile.name || profile.token,
    ...(isShown && { evidence: evidence.name || evidence.token }),
    ...(profile.width !== undefined && { width: profile.width }),
    ...(profile.height !== undefined && { height: profile.height }),
    // Only the place: some makers write user and password into path or query.
    stream: `${url.protocol}//${url.host}`,
    ...(snapshot !== undefined && { snapshot: snapshot.origin }),
  });
  using _ = await serveOrders(client, profiles, profile, context);
  const source: RtspSource = {
    ...{ url: url.href, transport: camera.transport, decoder: camera.decoder, ...camera.credentials },
    ...(camera.trust !== undefined && { trust: camera.trust }),
  };
  const watched = framesOf(openRtsp(source, request, context), device, context.clock);
  const findShown = async (): Promise<RtspSource> => ({
    ...source,
    url: (await readStream(evidence?.token ?? profile.token)).href,
  });
  const frames = isShown ? withEvidence(watched, findShown, request, device, context) : watched;
  const events = await findEvents(client, context.signal);
  if (events === undefined) yield* frames;
  else {
    const open = (signal: AbortSignal) => readSignals(events, { client, device, ahead }, { ...context, signal });
    yield* withSignals(frames, open, context);
  }
}

async function* openSignals(
  camera: OnvifCamera,
  device: string,
  context: Context,
): AsyncGenerator<Batch<CameraSignal>, void> {
  const { address, client, information, ahead } = await connect(camera, context);
  assertJudged(camera, address);
  const events = await findEvents(client, context.signal);
  if (events === undefined) {
    throw new GatewayError('unsupported', `${formatPlace(address.host, address.port)} tells no events by itself`, {
      advice: 'Add "detect", which looks at its pictures, or take the camera out of the configuration.',
    });
  }
  const profiles = await client.readProfiles();
  using _ = await serveOrders(client, profiles, profiles[0], context);
  context.log.info('hears the events of the camera', { ...information });
  yield* readSignals(events, { client, device, ahead }, context);
}

/** A request that was cut off by the abort is not the camera's failure. */
async function* untilAborted<T>(batches: AsyncIterable<T>, { signal }: Context): AsyncGenerator<T, void> {
  try {
    yield* batches;
  } catch (failure) {
    if (!signal.aborted) throw failure;
  }
}

export const openOnvifCamera = (
  camera: OnvifCamera,
  device: string,
  context: Context,
): AsyncGenerator<Batch<Frame | CameraSignal>, void> => untilAborted(openView(camera, device, context), context);

/** What the camera says by itself, without any picture of it. */
export const openOnvifSignals = (
  camera: OnvifCamera,
  device: string,
  context: Context,
): AsyncGenerator<Batch<CameraSignal>, void> => untilAborted(openSignals(camera, device, context), context);

/** The HTTP side of a simulated ONVIF camera: device, media, PTZ and event service, and snapshots. */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { z } from 'zod';
import { GatewayError, systemCode } from '../../../core/errors.ts';
import type { Fault } from '../../../core/simulator.ts';
import { type Clock, type Duration, hours } from '../../../core/time.ts';
import { createDigestGuard, type Login } from './digest.ts';
import {
  answerOf,
  isOpenToAll,
  type MediaServices,
  type OnvifIdentity,
  type OnvifStream,
  snapshotPath,
} from './onvif-answers.ts';
import { type Quirk, quirks, type SimulatedEvents } from './onvif-events.ts';
import type { SimulatedHead } from './onvif-head.ts';
import { answerOrder, type OnvifActuators } from './onvif-orders.ts';
import { grantsToken, parseSoap, type SoapRequest, soapFault } from './soap.ts';

/** What it streams; addressed by the name that the client calls it by. */
export interface ServedStream extends Omit<OnvifStream, 'uri'> {
  readonly scheme: 'rtsp' | 'rtsps';
  readonly port: number;
  readonly path: string;
}

export interface OnvifServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Of HTTPS; HTTP when absent. PEM. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  readonly login?: Login;
  /** How a client may prove its password: HTTP Digest, a UsernameToken in the message, or either. */
  readonly authentication: 'digest' | 'token' | 'both';
  /** How far the device's own clock is ahead. */
  readonly clockOffset: Duration;
  readonly clock: Clock;
  readonly identity: OnvifIdentity;
  /** The main stream first. */
  readonly streams: readonly [ServedStream, ...ServedStream[]];
  /** The picture of now as JPEG. */
  readonly snapshot: () => Promise<Uint8Array>;
  readonly actuators: OnvifActuators;
  readonly media: MediaServices;
  /** What it finds out by itself; undefined where it tells nothing. */
  readonly events: SimulatedEvents | undefined;
}

export interface OnvifServer extends AsyncDisposable {
  readonly port: number;
  show(fault: Fault | undefined): void;
}

const largestRequest = 65_536;
const mostOperations = 1000;
/** Ahead of UTC, in Vietnam. */
const localTime = hours(7);
const jump = hours(1);

/** Where a test or a demonstration sees what no ONVIF operation tells; without a login, since no camera has it. */
const statePath = '/simulator';

/** Where a test or a demonstration says what the device finds out: a property as JSON; DELETE forgets all. */
const propertiesPath = '/simulator/properties';

/** Where a test says what the device is to do otherwise than others: the name of a quirk, or nothing. */
const quirkPath = '/simulator/quirk';

const quirkSchema = z.enum(quirks).optional();

const propertySchema = z.strictObject({
  topic: z.string(),
  source: z.record(z.string(), z.string()).default({}),
  key: z.record(z.string(), z.string()).default({}),
  data: z.record(z.string(), z.string()),
});

/** What `GET /simulator` says as JSON. */
export interface SimulatedState {
  /** Names of what was ordered, the newest last. */
  readonly operations: readonly string[];
  readonly head?: ReturnType<SimulatedHead['at']>;
  readonly relays: Readonly<Record<string, 'active' | 'inactive'>>;
}

const read = async (request: http.IncomingMessage): Promise<string | undefined> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > largestRequest) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
};

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string | Uint8Array;
}

const soap = (status: number, body: string): Reply => ({ status, type: 'application/soap+xml; charset=utf-8', body });

/** Throws `unreachable` when the port is taken. */
export const openOnvifServer = async (options: OnvifServerOptions): Promise<OnvifServer> => {
  const { host, login, authentication, clock, snapshot } = options;
  // Without a login the guard refuses everybody, which only `refuse-login` asks it to.
  const guard = createDigestGuard('Haidang simulator', login ?? { username: '', password: '' }, 'auth');
  const scheme = options.tls === undefined ? 'http' : 'https';
  let fault: Fault | undefined;
  let quirk: Quirk | undefined;
  const operations: string[] = [];
  /** How far its clock is ahead now. */
  const ahead = (): Duration => options.clockOffset + (quirk === 'clock-jumped' ? jump : 0);

  const stateNow = (): SimulatedState => {
    const now = clock.now();
    const { head, relays } = options.actuators;
    return {
      operations,
      ...(head !== undefined && { head: head.at(now) }),
      relays: Object.fromEntries(relays.configs.map(({ token }) => [token, relays.stateOf(token, now) ?? 'inactive'])),
    };
  };

  const grants = (request: http.IncomingMessage, soapRequest: SoapRequest | undefined): boolean => {
    if (fault === 'refuse-login') return false;
    if (login === undefined) return true;
    if (authentication !== 'token' && guard.grants(request.method ?? '', request.headers.authorization)) return true;
    const token = soapRequest?.token;
    return authentication !== 'digest' && token !== undefined && grantsToken(token, login, clock.now() + ahead());
  };

  const refusal = (): Reply => {
    const body = soapFault('ter:NotAuthorized', 'Sender not authorized');
    return soap(authentication === 'token' ? 400 : 401, body);
  };

  const reply = async (request: http.IncomingMessage): Promise<Reply> => {
    const authority = request.headers.host ?? '';
    const base = `${scheme}://${authority}`;
    if (request.method === 'GET' && request.url === statePath) {
      return { status: 200, type: 'application/json', body: JSON.stringify(stateNow()) };
    }
    if (request.method === 'GET') {
      if (request.url !== snapshotPath) return { status: 404, type: 'text/plain', body: 'Not found' };
      if (!grants(request, undefined)) return { ...refusal(), status: 401 };
      return { status: 200, type: 'image/jpeg', body: await snapshot() };
    }
    const xml = await read(request);
    if (request.url === propertiesPath) {
      if (request.method === 'DELETE') options.events?.forget();
      else options.events?.tell(propertySchema.parse(JSON.parse(xml ?? '')));
      return { status: 204, type: 'text/plain', body: '' };
    }
    if (request.url === quirkPath) {
      quirk = quirkSchema.parse(xml || undefined);
      return { status: 204, type: 'text/plain', body: '' };
    }
    const soapRequest = xml === undefined ? undefined : parseSoap(xml);
    if (soapRequest === undefined) return soap(400, soapFault('ter:WellFormed', 'Well-formed XML expected'));
    const { operation } = soapRequest;
    if (!isOpenToAll(operation) && !grants(request, soapRequest)) return refusal();
    const told = options.events?.answer(operation, xml ?? '', {
      path: request.url ?? '',
      base,
      ahead: ahead(),
      quirk,
    });
    if (told !== undefined) {
      const { kind, xml: plain } = await told;
      const body = quirk === 'undeclared-prefix' ? plain.replace(/ xmlns:(?:wsa5|wsnt|tt)="[^"]*"/g, '') : plain;
      return soap(kind === 'answer' ? 200 : 400, body);
    }
    const order = answerOrder(operation, xml ?? '', options.actuators, clock.now());
    if (order !== undefined) {
      operations.push(operation);
      if (operations.length > mostOperations) operations.shift();
      return soap(order.kind === 'answer' ? 200 : 400, order.xml);
    }
    const name = URL.canParse(`http://${authority}`) ? new URL(`http://${authority}`).hostname : host;
    const toStream = ({ scheme: by, port: at, path, ...stream }: ServedStream): OnvifStream => ({
      ...stream,
      uri: `${by}://${name}:${at}${path}`,
    });
    const [main, ...others] = options.streams;
    const answer = answerOf(operation, soapRequest.profile, request.url ?? '', {
      identity: options.identity,
      streams: [toStream(main), ...others.map(toStream)],
      now: clock.now() + ahead() + (quirk === 'local-time' ? localTime : 0),
      base,
      address: host,
      media: options.media,
      canTurn: options.actuators.head !== undefined,
      hasEvents: options.events !== undefined && !(quirk === 'lists-few-services' && operation === 'GetServices'),
      relays: options.actuators.relays.configs.length,
    });
    return answer === undefined
      ? soap(400, soapFault('ter:ActionNotSupported', `${operation} is not there`))
      : soap(200, answer);
  };

  const serve: http.RequestListener = (request, response) => {
    if (fault === 'hang') return;
    reply(request).then(
      ({ status, type, body }) => {
        response.writeHead(status, {
          'Content-Type': type,
          'Content-Length': Buffer.byteLength(body),
          ...(status === 401 && { 'WWW-Authenticate': guard.challenge }),
        });
        response.end(body);
      },
      // The client went away in the middle of its request.
      () => response.destroy(),
    );
  };
  const { tls } = options;
  const server =
    tls === undefined ? http.createServer(serve) : https.createServer({ cert: tls.certificate, key: tls.key }, serve);

  const listen = async (port: number): Promise<number> => {
    server.listen(port, host);
    await once(server, 'listening').catch((cause: unknown) => {
      throw new GatewayError('unreachable', `ONVIF cannot listen on ${host}:${port} (${systemCode(cause)})`, { cause });
    });
    const address = server.address();
    return address === null || typeof address === 'string' ? port : address.port;
  };

  const port = await listen(options.port);
  return {
    port,
    show: shown => {
      const before = fault;
      fault = shown;
      if (shown === 'away') options.events?.forget();
      if (shown === 'away' && server.listening) {
        server.close();
        server.closeAllConnections();
      }
      // A request that got no answer is not answered late.
      if (before === 'hang') server.closeAllConnections();
      // An error here means that somebody else took the port meanwhile: the camera stays away.
      if (before === 'away' && shown !== 'away') listen(port).catch(() => {});
    },
    [Symbol.asyncDispose]: async () => {
      options.events?.[Symbol.dispose]();
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

/**
 * A stand-in for the city's operations center: an MQTT 3.1.1 broker with a login for each gateway, a place for media,
 * and the judge of all that arrives. With `attachIoc` the judge listens at a broker that is there already.
 */
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Aedes, type AuthenticateError } from 'aedes';
import mqtt from 'mqtt';
import type { Fault } from '../../core/simulator.ts';
import { type Clock, systemClock } from '../../core/time.ts';
import type { Authority } from './certificate.ts';
import { type CloudEvent, createJudge, type Judge, type JudgeReport } from './judge.ts';
import { type MediaReport, startMediaServer } from './media.ts';
import { loadSchemas } from './schemas.ts';

export interface IocReport extends JudgeReport {
  /** Clients that are connected now. */
  readonly connected: number;
  readonly media?: MediaReport;
}

export interface Ioc extends AsyncDisposable {
  /** `mqtt://127.0.0.1:18832`. */
  readonly url: string;
  readonly mediaUrl?: string;
  show(fault: Fault | undefined): void;
  report(): IocReport;
}

export interface IocOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly login: { readonly username: string; readonly password: string };
  readonly media?: { readonly port: number; readonly authority: Authority };
  readonly clock?: Clock;
  readonly onEvent?: (event: CloudEvent, topic: string) => void;
}

const schemaFolder = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../events/schemas');

/** MQTT 3.1.1 §3.2.2.3, return code 4. */
const badLogin = (): AuthenticateError => Object.assign(new Error('bad user name or password'), { returnCode: 4 });

/**
 * `refuse-login` refuses every login and ends the connections there are; `hang` and `silent` take packets and never
 * acknowledge; `away` closes the port; `noise` writes bytes that are no MQTT.
 */
export const startIoc = async (options: IocOptions): Promise<Ioc> => {
  const clock = options.clock ?? systemClock;
  const media =
    options.media &&
    (await startMediaServer({
      port: options.media.port,
      authority: options.media.authority,
      identity: options.media.authority.issueServer('stand-in IOC'),
    }));
  const judge = createJudge({
    check: await loadSchemas(schemaFolder),
    from: 'one',
    ...(media !== undefined && { onMedia: announced => media.announce(announced.key, announced.sha256) }),
    ...(options.onEvent !== undefined && { onEvent: options.onEvent }),
  });

  let shown: Fault | undefined;
  const sockets = new Set<net.Socket>();
  const broker = await Aedes.createBroker({
    authenticate: (_client, username, password, done) => {
      const isKnown = username === options.login.username && password?.toString() === options.login.password;
      if (isKnown && shown !== 'refuse-login') done(null, true);
      else done(badLogin(), false);
    },
    authorizePublish: (_client, _packet, done) => {
      // A packet that is never answered stays unacknowledged: its sender must keep it.
      if (shown !== 'hang' && shown !== 'silent') done(null);
    },
  });
  broker.on('publish', (packet, client) => {
    if (client === null) return;
    const body = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    judge.receive({ topic: packet.topic, body, retained: packet.retain, at: clock.now() });
  });

  const server = net.createServer(socket => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.setNoDelay(true);
    broker.handle(socket);
  });
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  };
  const port = await listen(options.port);
  const dropAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };

  return {
    url: `mqtt://127.0.0.1:${port}`,
    ...(media !== undefined && { mediaUrl: media.url }),
    show: fault => {
      if (shown === 'away' && fault !== 'away') server.listen(port, '127.0.0.1');
      const wasHanging = shown === 'hang' || shown === 'silent';
      shown = fault;
      media?.show(fault);
      if (fault === 'away') server.close();
      if (fault === 'noise') for (const socket of sockets) socket.write('no MQTT at all\n');
      // What it left unanswered it never answers: a new connection makes the sender send it again.
      if (fault === 'away' || fault === 'refuse-login' || wasHanging) dropAll();
    },
    report: () => ({
      ...judge.report(clock.now()),
      connected: broker.connectedClients,
      ...(media !== undefined && { media: media.report() }),
    }),
    [Symbol.asyncDispose]: async () => {
      dropAll();
      if (server.listening) {
        server.close();
        await once(server, 'close');
      }
      await new Promise<void>(resolve => broker.close(resolve));
      await media?.[Symbol.asyncDispose]();
    },
  };
};

export interface AttachOptions {
  readonly url: string;
  readonly protocol: 4 | 5;
  readonly username?: string;
  readonly password?: string;
  readonly from: 'one' | 'first-seen';
  readonly clock?: Clock;
  readonly onEvent?: (event: CloudEvent, topic: string) => void;
}

export interface AttachedIoc extends AsyncDisposable {
  report(): JudgeReport;
}

/** Judges what another broker hands to a subscriber of `ioc/v1/#`. Resolves when the subscription stands. */
export const attachIoc = async (options: AttachOptions): Promise<AttachedIoc> => {
  const clock = options.clock ?? systemClock;
  const judge: Judge = createJudge({
    check: await loadSchemas(schemaFolder),
    from: options.from,
    ...(options.onEvent !== undefined && { onEvent: options.onEvent }),
  });
  const client = await mqtt.connectAsync(options.url, {
    protocolVersion: options.protocol,
    ...(options.username !== undefined && { username: options.username }),
    ...(options.password !== undefined && { password: options.password }),
  });
  client.on('message', (topic, body, packet) =>
    judge.receive({ topic, body, retained: packet.retain, at: clock.now() }),
  );
  await client.subscribeAsync('ioc/v1/#', { qos: 1 });
  return {
    report: () => judge.report(clock.now()),
    [Symbol.asyncDispose]: () => client.endAsync(true),
  };
};

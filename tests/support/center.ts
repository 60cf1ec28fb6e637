/** The center's side of a test: a subscriber with a session that outlives its connection, and the judge of all it gets. */

import path from 'node:path';
import mqtt from 'mqtt';
import type { CloudEvent } from '../../simulators/ioc/judge.ts';
import { type AnnouncedMedia, createJudge, type JudgeReport } from '../../simulators/ioc/judge.ts';
import { loadSchemas } from '../../simulators/ioc/schemas.ts';
import { projectFile } from './resources.ts';

export interface Center extends AsyncDisposable {
  /** Every event by source and id, the first time it came. */
  readonly events: ReadonlyMap<string, CloudEvent>;
  report(): JudgeReport;
}

/** Resolves when the subscription to `ioc/v1/#` stands. The broker keeps what arrives while it is away. */
export const openCenter = async (
  port: number,
  options: { readonly protocol?: 4 | 5; readonly onMedia?: (media: AnnouncedMedia) => void } = {},
): Promise<Center> => {
  const events = new Map<string, CloudEvent>();
  const judge = createJudge({
    check: await loadSchemas(path.join(projectFile('events'), 'schemas')),
    from: 'one',
    ...(options.onMedia !== undefined && { onMedia: options.onMedia }),
    onEvent: event => {
      events.set(`${event.source} ${event.id}`, event);
    },
  });
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    protocolVersion: options.protocol ?? 4,
    clientId: 'center',
    clean: false,
    reconnectPeriod: 50,
  });
  client.on('error', () => {
    // The broker is away; the client tries again.
  });
  client.on('message', (topic, body, packet) =>
    judge.receive({ topic, body, retained: packet.retain, at: Date.now() }),
  );
  await client.subscribeAsync('ioc/v1/#', { qos: 1 });
  return {
    events,
    report: () => judge.report(Date.now()),
    [Symbol.asyncDispose]: () => client.endAsync(true),
  };
};

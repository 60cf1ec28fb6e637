/** The published schemas of the events and the AsyncAPI document, whose examples pass the gateway's own seal. */
import type { EventType } from '../events/event-type.ts';
import { exampleConclusion, exampleSite } from '../events/example-site.ts';
import { stateNames } from '../events/names.ts';
import { asyncApi, eventSchemaFiles } from '../events/schema.ts';
import { createSealer } from '../gateway/runtime/create-sealer.ts';
import { version } from '../gateway/version.ts';
import type { GeneratedFile } from './generated-file.ts';

export interface ExampleMessage {
  readonly topic: string;
  readonly event: unknown;
}

/** An event of this type as it stands on the wire. */
export const exampleMessage = (type: EventType): ExampleMessage => {
  const sealer = createSealer(exampleSite);
  const conclusion = exampleConclusion(type);
  const state = stateNames.find(name => type.name === `gateway.${name}.reported`);
  if (state !== undefined) {
    const { topic, body } = sealer.state(state, conclusion.data, conclusion.time);
    return { topic, event: JSON.parse(body) };
  }
  const { topic, body } = sealer.event(conclusion, conclusion.time + 850, 'ntp');
  return { topic, event: { ...JSON.parse(body), streamseq: '0001-000000000412' } };
};

export const eventFiles = (): readonly GeneratedFile[] => [
  ...eventSchemaFiles(),
  asyncApi(version, type => exampleMessage(type).event),
];

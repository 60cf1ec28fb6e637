/** The published schemas of the events and commands and the AsyncAPI document, whose examples are captured messages. */
import { commandSchemaFiles } from '../events/command-schema.ts';
import { asyncApi, eventSchemaFiles } from '../events/schema.ts';
import { version } from '../gateway/version.ts';
import { readCaptured } from './capture/captured.ts';
import type { GeneratedFile } from './generated-file.ts';

export const eventFiles = async (): Promise<readonly GeneratedFile[]> => {
  const captured = await readCaptured();
  return [...eventSchemaFiles(), ...commandSchemaFiles(), asyncApi(version, ({ name }) => captured.get(name)?.event)];
};

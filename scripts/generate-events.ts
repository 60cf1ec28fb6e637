/** The published schemas of the events and the AsyncAPI document, whose examples are captured messages. */
import { asyncApi, eventSchemaFiles } from '../events/schema.ts';
import { version } from '../gateway/version.ts';
import { readCaptured } from './capture/captured.ts';
import type { GeneratedFile } from './generated-file.ts';

export const eventFiles = async (): Promise<readonly GeneratedFile[]> => {
  const captured = await readCaptured();
  return [...eventSchemaFiles(), asyncApi(version, ({ name }) => captured.get(name)?.event)];
};

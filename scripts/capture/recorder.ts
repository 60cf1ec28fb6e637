/** What goes over the wire, recorded by a program that is none of ours: mosquitto_sub. */
import { createInterface } from 'node:readline';
import { version } from '../../gateway/version.ts';
import { start } from '../../tests/support/resources.ts';
import { type Captured, parseCaptured } from './captured.ts';

/** `vn.ioc.<name>.v1` → name. */
export const nameOf = ({ event }: Captured): string => event.type.replace(/^vn\.ioc\./, '').replace(/\.v\d+$/, '');

/** Records what arrives under `filters` until it is disposed of. */
export const startRecorder = (
  port: number,
  filters: readonly string[],
  onMessage: (captured: Captured) => void,
): AsyncDisposable => {
  const running = start('mosquitto_sub', [
    ...['-h', '127.0.0.1', '-p', String(port), '-V', '5', '-q', '1', '--retain-as-published', '-F', '%t %r %p'],
    ...filters.flatMap(filter => ['-t', filter]),
  ]);
  if (running.process.stdout === null) throw new Error('mosquitto_sub has no output');
  const lines = createInterface({ input: running.process.stdout });
  lines.on('line', line => {
    const [topic = '', retained, ...words] = line.split(' ');
    const body = words.join(' ');
    // An empty message clears a retained topic.
    if (body === '') return;
    onMessage(parseCaptured(version, topic, retained === '1', body));
  });
  return running;
};

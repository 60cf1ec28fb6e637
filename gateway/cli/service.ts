/** The gateway as a process of its own: its configuration, its log, and the signals that end it. */
import { setMaxListeners } from 'node:events';
import path from 'node:path';
import { loadConfig } from '../../config/load.ts';
import type { parseFileApart } from '../../config/parse-apart.ts';
import { createSecrets } from '../../config/reveal.ts';
import type { CommandStreams } from '../../core/command-line.ts';
import { toGatewayError } from '../../core/errors.ts';
import { seconds, systemClock } from '../../core/time.ts';
import { runGateway } from '../main.ts';
import { createLog } from '../ops/log.ts';
import { openLogFile } from '../ops/log-file.ts';
import { requireConfig } from './report.ts';
import { restartCode } from './restart-code.ts';

/** From the end of the gateway to that of its process, at most. */
const lingerTime = seconds(1);

export interface ServiceOptions extends Pick<CommandStreams, 'out'> {
  readonly file: string;
  /** The same file on its way. */
  readonly parsing: Awaited<ReturnType<typeof parseFileApart>>;
}

/** Resolves to the exit code when the gateway was asked to stop; rejects when it cannot start or breaks. */
export const runService = async ({ file, parsing, out }: ServiceOptions): Promise<number> => {
  const loaded = await loadConfig(file, parsing);
  const config = requireConfig(file, loaded);
  const secrets = createSecrets(process.env);
  const { level, file: logFile, size, files } = config.log;
  const kept = logFile === undefined ? undefined : openLogFile({ file: path.resolve(logFile), size, files });
  const write = (line: string): void => {
    out(line);
    kept?.write(line);
  };
  const log = createLog({ level, secrets: secrets.revealed, write });
  for (const { line, path, message, advice } of loaded.warnings) log.warn(message, { file, line, path, advice });
  // Node.js then ends the process with a code that is not 0, and whoever watches over it starts it afresh.
  process.on('uncaughtExceptionMonitor', thrown => {
    log.error('the gateway breaks', { reason: thrown.message, stack: thrown.stack });
  });
  const stop = new AbortController();
  // Every device and part listens to it.
  setMaxListeners(0, stop.signal);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // Asked twice, somebody is in a hurry. What was accepted is on the disk either way.
      if (stop.signal.aborted) process.exit(1);
      stop.abort();
    });
  }
  try {
    const ending = await runGateway({ config, secrets, log, clock: systemClock, signal: stop.signal });
    log.info(ending === 'restart' ? 'the gateway starts afresh' : 'the gateway has stopped');
    return ending === 'restart' ? restartCode : 0;
  } catch (thrown) {
    const { kind, message, advice } = toGatewayError(thrown);
    log.error('the gateway ends', { kind, reason: message, advice });
    throw thrown;
  } finally {
    // Nothing that was left open keeps a gateway from being started afresh.
    setTimeout(() => process.exit(), lingerTime).unref();
  }
};

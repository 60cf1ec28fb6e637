/** What a shell expects of a program that a Ctrl-C ended. */
export const interrupted = 130;

/** Aborts at the first Ctrl-C or SIGTERM, so that what was found so far is told; the second ends the process at once. */
export const untilStopped = (): AbortSignal => {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(interrupted);
      stopping.abort();
    });
  return stopping.signal;
};

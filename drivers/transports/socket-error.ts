/** What the system says about sockets, as the errors that the supervisor understands. */
import { type ErrorKind, GatewayError, systemCode } from '../../core/errors.ts';

type Meaning = readonly [kind: ErrorKind, says: string, advice: string];

const meanings: ReadonlyMap<string, Meaning> = new Map([
  ['ECONNREFUSED', ['unreachable', 'refused the connection', 'Check that the device is on and listens on this port.']],
  ['ETIMEDOUT', ['unreachable', 'did not answer', 'Check power, cable and address of the device.']],
  ['EHOSTUNREACH', ['unreachable', 'is not on the network', 'Check power, cable and address of the device.']],
  ['EHOSTDOWN', ['unreachable', 'is not on the network', 'Check power, cable and address of the device.']],
  ['ENETUNREACH', ['unreachable', 'has no route', 'Check the network settings of this machine.']],
  ['ENOTFOUND', ['unreachable', 'has a host name that nobody knows', 'Check the spelling, or give the IP address.']],
  ['EAI_AGAIN', ['unreachable', 'has a host name that cannot be looked up now', 'Check DNS, or give the IP address.']],
  ['ECONNRESET', ['unreachable', 'broke the connection', 'See whether another program took its place at the device.']],
  ['EPIPE', ['unreachable', 'broke the connection', 'See whether another program took its place at the device.']],
  ['EADDRINUSE', ['unreachable', 'is in use by another program', 'Stop that program, or choose another port.']],
  ['EADDRNOTAVAIL', ['unreachable', 'is no address of this machine', 'Give an address of this machine, or 0.0.0.0.']],
  ['EACCES', ['config', 'is not allowed for this user', 'Choose a port above 1023.']],
  ['EMFILE', ['exhausted', 'got no file handle', 'Raise the limit of open files (LimitNOFILE).']],
  ['ENFILE', ['exhausted', 'got no file handle', 'Raise the limit of open files of the machine.']],
]);

/** Says in one sentence what happened at `place` (`host:port`). A code without a row counts as unreachable. */
export const socketError = (failure: unknown, place: string): GatewayError => {
  if (failure instanceof GatewayError) return failure;
  const code = systemCode(failure);
  const meaning = meanings.get(code ?? '');
  if (meaning === undefined) {
    const reason = code ?? (failure instanceof Error ? failure.message : 'unknown reason');
    return new GatewayError('unreachable', `${place} failed: ${reason}`, { cause: failure });
  }
  const [kind, says, advice] = meaning;
  return new GatewayError(kind, `${place} ${says}`, { advice, cause: failure });
};

/** `host:port`, with brackets around an IPv6 address. */
export const formatPlace = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

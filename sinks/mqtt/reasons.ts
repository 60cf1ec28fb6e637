/** What the uplink does about each reason code: the one table (MQTT 5.0, clauses 3.2.2.2, 3.4.2.1 and 3.14.2.1). */

/**
 * About an event that was acknowledged with the code. `pause`: the whole sink waits; `again`: it is sent again at once;
 * the others are for the feed.
 */
export type Verdict = 'delivered' | 'no-consumer' | 'not-permitted' | 'not-accepted' | 'pause' | 'again';

/**
 * About a connection that was refused or ended with the code. `blame`: something that was in flight is the cause and must
 * be found; `move`: another address may do better; `pause`: longer than after an error of the network; `retry`: nothing
 * particular.
 */
export type Ending = 'blame' | 'move' | 'pause' | 'retry';

const reactions: ReadonlyMap<number, readonly [Verdict, Ending]> = new Map([
  [0x00, ['delivered', 'retry']],
  // Server unavailable, in a CONNACK of 3.1.1 (3.2.2.3).
  [0x03, ['not-accepted', 'move']],
  // No matching subscribers.
  [0x10, ['no-consumer', 'retry']],
  // Unspecified error, malformed packet, protocol error, implementation specific error.
  [0x80, ['not-accepted', 'blame']],
  [0x81, ['not-accepted', 'blame']],
  [0x82, ['not-accepted', 'blame']],
  [0x83, ['not-accepted', 'blame']],
  // Not authorized.
  [0x87, ['not-permitted', 'blame']],
  // Server unavailable, busy, shutting down.
  [0x88, ['again', 'move']],
  [0x89, ['pause', 'move']],
  [0x8b, ['again', 'move']],
  // Topic name invalid.
  [0x90, ['not-accepted', 'blame']],
  // Packet identifier in use.
  [0x91, ['again', 'retry']],
  // Packet too large.
  [0x95, ['not-accepted', 'blame']],
  // Message rate too high, quota exceeded.
  [0x96, ['pause', 'pause']],
  [0x97, ['pause', 'pause']],
  // Administrative action.
  [0x98, ['again', 'move']],
  // Payload format invalid.
  [0x99, ['not-accepted', 'blame']],
  // Use another server, server moved.
  [0x9c, ['again', 'move']],
  [0x9d, ['again', 'move']],
  // Connection rate exceeded.
  [0x9f, ['pause', 'pause']],
]);

/** For a parser that would otherwise take them for an error where the standard does not foresee them. */
export const knownCodes: readonly number[] = [...reactions.keys()].filter(code => code >= 0x80);

export const verdictOn = (code: number): Verdict => reactions.get(code)?.[0] ?? 'not-accepted';

/** `undefined`: the connection ended without a code. */
export const endingOf = (code: number | undefined): Ending =>
  code === undefined ? 'retry' : (reactions.get(code)?.[1] ?? 'retry');

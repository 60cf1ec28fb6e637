/** Where a simulated device that speaks by itself puts its bytes: the counterpart of one of the gateway's transports. */

/** `refusing`: ends every connection at once. `away`: there is nothing to connect to. */
export type Availability = 'open' | 'refusing' | 'away';

export interface Outlet extends AsyncDisposable {
  /** The `connection` of the driver that reads it. */
  readonly connection: Readonly<Record<string, unknown>>;
  /** Gives the bytes to everyone who listens now. A reader that is too slow loses its connection, or bytes. */
  write(bytes: Uint8Array): void;
  /** How many readers have connected so far; 0 for ever where a device cannot tell. */
  connections(): number;
  setAvailability(availability: Availability): void;
}

/** What a gateway says to the device, in whatever pieces. */
export type Heard = (bytes: Uint8Array) => void;

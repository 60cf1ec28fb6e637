/** How a simulated provider hands its positions over: the counterparts of the gateway's ways to take them. */
import type { Fault } from '../../../core/simulator.ts';

export interface Courier extends AsyncDisposable {
  /** The `connection` of the driver that it hands over to. */
  readonly connection: Readonly<Record<string, unknown>>;
  /** Whether it was taken, as far as this way can tell. `whole: false` stops in the middle. */
  deliver(bytes: Uint8Array, whole: boolean): Promise<boolean>;
  /** `refuse-login` and `away` are its own to show; under the others nobody calls `deliver`. */
  show(fault: Fault | undefined): void;
}

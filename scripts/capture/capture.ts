/** Runs the rig through everything that the table provokes, and takes one message of each type of event. */
import { eventNames } from '../../events/names.ts';
import type { Captured } from './captured.ts';
import { type Provocation, provocations } from './provocations.ts';
import { openRig } from './rig.ts';

export interface Capture {
  /** One message of each type, by name. */
  readonly captured: ReadonlyMap<string, Captured>;
  /** Types that did not come, each with what to do about it. */
  readonly missing: ReadonlyMap<string, string>;
  /** Everything that came over the wire. */
  readonly recorded: readonly Captured[];
  /** What the gateway of the last run printed. */
  readonly output: string;
}

type Row = readonly [name: string, provocation: Provocation];

/** Takes two to six minutes. `onCaptured` is called with each type as it comes. */
export const capture = async (onCaptured: (name: string) => void = () => {}): Promise<Capture> => {
  const captured = new Map<string, Captured>();
  const missing = new Map<string, string>();
  const rows: readonly Row[] = Object.entries(provocations);
  for (const name of eventNames)
    if (provocations[name] === undefined)
      missing.set(name, 'nothing provokes it: say in scripts/capture/provocations.ts what makes it happen');

  await using rig = await openRig();

  const take = async ([name, { how, provoke, pleases }]: Row): Promise<void> => {
    try {
      const [message] = await Promise.all([rig.seen(name, pleases), provoke?.(rig)]);
      captured.set(name, message);
      onCaptured(name);
    } catch (failure) {
      missing.set(name, `${how}, but: ${failure instanceof Error ? failure.message : String(failure)}`);
    }
  };

  await Promise.all(rows.filter(([, row]) => row.whileStopped === undefined && row.along === undefined).map(take));
  for (const row of rows) {
    const [name, { whileStopped }] = row;
    if (whileStopped === undefined) continue;
    try {
      await rig.restart(() => whileStopped(rig));
    } catch (failure) {
      missing.set(name, `nothing could be done: ${failure instanceof Error ? failure.message : String(failure)}`);
      break;
    }
    await Promise.all([row, ...rows.filter(([, { along }]) => along === name)].map(take));
  }
  return { captured, missing, recorded: rig.recorded(), output: rig.gateway().output() };
};

/** Runs the rig through all that is provoked, and gives one message of each type. */
import type { Captured } from './captured.ts';
import { type Provocation, provocations } from './provocations.ts';
import { openRig } from './rig.ts';

export interface CaptureOptions {
  /** Only these are waited for; all that the table knows when absent. */
  readonly names?: readonly string[];
  readonly onCaptured?: (name: string) => void;
}

type Row = readonly [name: string, provocation: Provocation];

/**
 * One message of each type, by name. Rejects with what did not happen and how it should have.
 */
export const capture = async ({ names, onCaptured }: CaptureOptions = {}): Promise<ReadonlyMap<string, Captured>> => {
  const rows = Object.entries(provocations).filter(([name]) => names === undefined || names.includes(name));
  await using rig = await openRig();
  const captured = new Map<string, Captured>();
  const missing: string[] = [];

  const take = async ([name, { how, provoke, pleases }]: Row): Promise<void> => {
    try {
      await Promise.all([provoke?.(rig), rig.seen(name, pleases).then(message => captured.set(name, message))]);
      onCaptured?.(name);
    } catch (failure) {
      missing.push(`${name} (${how}): ${failure instanceof Error ? failure.message : String(failure)}`);
    }
  };

  const restarted = rows.filter(([, { whileStopped }]) => whileStopped !== undefined);
  const alongWith = (other: string): readonly Row[] => rows.filter(([, { along }]) => along === other);
  await Promise.all(rows.filter(([, row]) => row.whileStopped === undefined && row.along === undefined).map(take));
  for (const row of restarted) {
    const [name, { whileStopped }] = row;
    await rig.restart(async () => whileStopped?.(rig));
    await Promise.all([row, ...alongWith(name)].map(take));
  }
  if (missing.length > 0) throw new Error(`not captured:\n${missing.join('\n')}\n${rig.gateway().output()}`);
  return captured;
};

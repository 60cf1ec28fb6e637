/** What the simulated ONVIF camera finds out by itself, told to it by its own door for tests. */
import type { RunningSimulator } from '../../../core/simulator.ts';
import type { Quirk } from './onvif-events.ts';

interface Property {
  readonly topic: string;
  readonly source?: Readonly<Record<string, string>>;
  readonly key?: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
}

/** From now on it does so; nothing for a camera as all others. */
export const setQuirk = async (
  { address }: Pick<RunningSimulator, 'address'>,
  quirk: Quirk | undefined,
): Promise<void> => {
  const url = `http://${address['host']}:${address['port']}/simulator/quirk`;
  const answer = await fetch(url, { method: 'POST', body: quirk ?? '' });
  if (answer.status !== 204) throw new Error(`the simulated camera answered ${answer.status}`);
};

/** `forget`: as a camera that restarts, it knows no subscription any more. */
export const tellCamera = async (
  { address }: Pick<RunningSimulator, 'address'>,
  property: Property | 'forget',
): Promise<void> => {
  const url = `http://${address['host']}:${address['port']}/simulator/properties`;
  const answer = await fetch(
    url,
    property === 'forget' ? { method: 'DELETE' } : { method: 'POST', body: JSON.stringify(property) },
  );
  if (answer.status !== 204) throw new Error(`the simulated camera answered ${answer.status}`);
};

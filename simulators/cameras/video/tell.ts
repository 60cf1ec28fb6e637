/** What the simulated ONVIF camera finds out by itself, told to it by its own door for tests. */
import type { RunningSimulator } from '../../../core/simulator.ts';

interface Property {
  readonly topic: string;
  readonly source?: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
}

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

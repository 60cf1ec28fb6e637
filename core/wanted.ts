/** What of the outbox a sink is for: whole streams, so that the rest is none of its business and never waits for it. */
import type { Lane } from './sealed.ts';
import type { Service } from './service.ts';

/** Of these services and classes; of all where none are named. */
export interface Wanted {
  readonly services?: readonly Service[];
  readonly classes?: readonly Lane[];
}

/** `stream` is `<service>/<class>`. */
export const isWanted = ({ services, classes }: Wanted, stream: string): boolean => {
  const [service, lane] = stream.split('/');
  return (
    (services === undefined || services.some(one => one === service)) &&
    (classes === undefined || classes.some(one => one === lane))
  );
};

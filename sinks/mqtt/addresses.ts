/** The addresses of an uplink. Apart from its schema, which the worker that runs the uplink has no use for. */
import { minutes, seconds } from '../../core/time.ts';

/** Where the configuration says nothing of when the uplink changes between them. */
export const usualFailover = { after: seconds(30), back: minutes(5) } as const;

/** The primary address, and those that stand in for it. */
export const brokerUrls = ({
  url,
  urls,
}: {
  readonly url?: string | undefined;
  readonly urls?: readonly string[] | undefined;
}): readonly string[] => urls ?? (url === undefined ? [] : [url]);

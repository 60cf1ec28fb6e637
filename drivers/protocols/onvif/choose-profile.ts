import type { PictureSize } from '../../../core/observation.ts';
import type { MediaProfile } from './operations.ts';

/** JPEG takes many times the bandwidth, so it is taken only where there is nothing else. */
const isFrugal = ({ encoding }: MediaProfile): boolean => encoding !== undefined && !/jpeg/i.test(encoding);

const area = ({ width = 0, height = 0 }: MediaProfile): number => width * height;

/** In pixels; of a profile whose size the camera does not tell nothing is known. */
export const isLarger = (one: MediaProfile, other: MediaProfile): boolean => area(one) > area(other);

/** Fills `wanted` in one direction at least, so that nothing needs to be enlarged. */
const suffices = ({ width = 0, height = 0 }: MediaProfile, wanted: PictureSize): boolean =>
  width >= wanted.width || height >= wanted.height;

/**
 * The smallest stream that is as large as wanted, or else the largest there is: less to send, less to decode. With
 * `named` the profile of that token or name. Undefined when there is none.
 */
export const chooseProfile = (
  profiles: readonly MediaProfile[],
  wanted: PictureSize,
  named?: string,
): MediaProfile | undefined => {
  if (named !== undefined) return profiles.find(({ token, name }) => token === named || name === named);
  const video = profiles.filter(({ encoding }) => encoding !== undefined);
  const frugal = video.filter(isFrugal);
  const candidates = (frugal.length > 0 ? frugal : video.length > 0 ? video : profiles).toSorted(
    (a, b) => area(a) - area(b),
  );
  return candidates.find(profile => suffices(profile, wanted)) ?? candidates.at(-1);
};

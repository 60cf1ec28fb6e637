import type { Detections, Snapshot } from './observation.ts';

/**
 * The picture for an event about an object of this class: with objects of the class as they are only where the
 * configuration authorises it, with all persons and vehicles blurred otherwise.
 */
export const pictureOf = ({ snapshot, unblurred }: Detections, label: string): Snapshot | undefined =>
  unblurred?.find(each => each.label === label)?.snapshot ?? snapshot;

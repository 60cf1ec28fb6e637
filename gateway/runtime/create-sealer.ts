import type { Site } from '../../core/site.ts';
import { eventTypes } from '../../events/registry.ts';
import { createSealerOf, type Sealer } from './seal.ts';

/** Seals every event of this gateway. */
export const createSealer = (site: Site): Sealer => createSealerOf(eventTypes, site);

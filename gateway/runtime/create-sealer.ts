import type { Site } from '../../core/site.ts';
import { eventTypes } from '../../events/registry.ts';
import type { Dating } from './correction.ts';
import { createSealerOf, type Sealer, type StatusesNow } from './seal.ts';

/** Seals every event of this gateway. */
export const createSealer = (site: Site, dating?: Dating, statuses?: StatusesNow): Sealer =>
  createSealerOf(eventTypes, site, dating, statuses);

/** Who runs the VMS devices whose positions a device of the gateway brings. */
import { identifier } from '../../../core/fields.ts';

export const providerField = () =>
  identifier()
    .optional()
    .describe('Who runs the VMS devices, as the vessel registry names it; the id of this device when absent.');

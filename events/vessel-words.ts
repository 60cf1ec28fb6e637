/** How the headlines of events name a vessel. */
import type { z } from 'zod';
import type { Headline } from './event-type.ts';
import type { vesselFields } from './vessel-fields.ts';

type Named = Pick<z.infer<z.ZodObject<ReturnType<typeof vesselFields>>>, 'vessel' | 'registry'>;

/** `Tàu cá TTH-96969-TS (8 người)`, `Fishing vessel TTH-96969-TS (8 crew)`; by name and MMSI where it is not registered. */
export const vesselWordsOf = ({ vessel, registry }: Named): Headline => {
  if (registry !== undefined) {
    const { mark, crew } = registry;
    return {
      vi: `Tàu cá ${mark}${crew === undefined ? '' : ` (${crew} người)`}`,
      en: `Fishing vessel ${mark}${crew === undefined ? '' : ` (${crew} crew)`}`,
    };
  }
  const { id, mmsi, name } = vessel;
  const number = mmsi === undefined ? id.replace('urn:ngsi-ld:Vessel:', '') : `MMSI ${mmsi}`;
  const words = name === undefined ? number : `${name} (${number})`;
  return { vi: `Tàu ${words}`, en: `Vessel ${words}` };
};

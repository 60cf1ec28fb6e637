/**
 * One sender tells another name, call sign, IMO number or kind of ship than before, or a registered vessel sends another
 * MMSI than the registry says. What is told for the first time is no change, and an identity that was known already is
 * not told again.
 */
import { z } from 'zod';
import { duration } from '../../../core/fields.ts';
import { hours, type Instant } from '../../../core/time.ts';
import type { VesselIdentity } from '../../../core/vessel.ts';
import { subjectOf, toVesselFields } from '../../../core/vessel-fields.ts';
import { severityField } from '../condition.ts';
import { toReceivers } from '../evidence.ts';
import { defineRule } from '../rule.ts';
import { isVessel, maximumVessels, newestFix, type Vessel } from '../watch.ts';

const config = z.strictObject({
  again: duration({ maximum: hours(24 * 7) })
    .prefault('1h')
    .describe('Shortest time between two alarms of the same vessel.'),
  severity: severityField().default('MEDIUM').describe('Of the alarm.'),
});

const simplified = (text: string | undefined): string | undefined => {
  const letters = text?.toUpperCase().replace(/[^\p{L}\p{N}]/gu, '');
  return letters === '' ? undefined : letters;
};

/**
 * What tells a vessel from others, as it is compared. The second digit of some kinds of ships is its cargo, which changes
 * with every voyage: ITU-R M.1371-5 table 53.
 */
const fields = {
  name: ({ name }: VesselIdentity) => simplified(name),
  callSign: ({ callSign }: VesselIdentity) => simplified(callSign),
  imo: ({ imo }: VesselIdentity) => imo?.toString(),
  shipType: ({ shipType }: VesselIdentity) => {
    if (shipType === undefined) return undefined;
    const carriesCargo = [2, 4, 6, 7, 8, 9].includes(Math.floor(shipType / 10));
    return (carriesCargo ? shipType - (shipType % 10) : shipType).toString();
  },
  mmsi: ({ mmsi }: VesselIdentity) => mmsi?.toString(),
} as const;
type Field = keyof typeof fields;
const fieldNames = Object.keys(fields).filter((name): name is Field => Object.hasOwn(fields, name));

/** As the vessel tells it, for people. */
const shown = (identity: VesselIdentity, field: Field): string | undefined => identity[field]?.toString();

interface Told {
  /** As told last. */
  fields: Partial<Record<Field, string>>;
  /** The same as shown to people. */
  shown: Partial<Record<Field, string>>;
  /** Values that were told once, as `field value`; the newest last. */
  known: string[];
  at?: Instant;
}

const word = () => z.string().exactOptional();
const fieldsRow = z.object({ name: word(), callSign: word(), imo: word(), shipType: word(), mmsi: word() });
const toldRow = z.object({
  fields: fieldsRow,
  shown: fieldsRow,
  known: z.array(z.string()),
  at: z.number().exactOptional(),
});

const mostKnown = 16;

interface Change {
  readonly field: Field;
  readonly before: string;
  readonly after: string;
  readonly against: 'earlier-report' | 'registry';
}

export const identity = defineRule({
  name: 'identity',
  config,
  again: ({ again }) => again,
  start: ({ again, severity }, watch) => {
    const told = watch.openTable<Told>({ name: 'identity', keyedBy: 'vessel', row: toldRow, maximum: maximumVessels });

    const changesOf = (row: Told, now: VesselIdentity): readonly Change[] => {
      const changes: Change[] = [];
      for (const field of fieldNames) {
        const value = fields[field](now);
        const after = shown(now, field);
        if (value === undefined || after === undefined) continue;
        const before = row.fields[field];
        const isKnown = row.known.includes(`${field} ${value}`);
        if (before !== undefined && before !== value && !isKnown)
          changes.push({ field, before: row.shown[field] ?? before, after, against: 'earlier-report' });
        const registered = field === 'mmsi' ? now.registry?.mmsi?.toString() : undefined;
        if (before === undefined && registered !== undefined && registered !== value && !isKnown)
          changes.push({ field, before: registered, after, against: 'registry' });
        row.fields[field] = value;
        row.shown[field] = after;
        if (!isKnown) row.known.push(`${field} ${value}`);
      }
      if (row.known.length > mostKnown) row.known.splice(0, row.known.length - mostKnown);
      return changes;
    };

    const tell = (vessel: Vessel, time: Instant, changes: readonly Change[]): void => {
      const { key } = vessel.identity;
      watch.tell({
        kind: 'conclusion',
        event: 'fishing-vessel.identity.changed',
        source: 'vessel-rules',
        device: vessel.device,
        subject: subjectOf(vessel.identity),
        time,
        key: `${key}/${time}/${changes.map(({ field, after }) => `${field}=${after}`).join('/')}`,
        severity,
        data: {
          ...toVesselFields({ vessel: vessel.identity }, newestFix(vessel)),
          changes,
          evidence: { receivers: toReceivers(vessel) },
        },
      });
    };

    return {
      take: (vessel, { cause, time }) => {
        const { key } = vessel.identity;
        const known = told.get(key);
        if (!isVessel(vessel.identity) || (cause !== 'identity' && known !== undefined)) return;
        const row: Told = known ?? { fields: {}, shown: {}, known: [] };
        const changes = changesOf(row, vessel.identity);
        told.put(key, row);
        if (changes.length === 0 || (row.at !== undefined && Math.abs(time - row.at) < again)) return;
        row.at = time;
        told.saveNow(key);
        tell(vessel, time, changes);
      },
    };
  },
});

/** What the events of rules say of places and limits. */
import { toTimestamp } from '../../core/time.ts';
import type { VesselFix } from '../../core/vessel.ts';
import { dataProviders, subjectOf, toMetresPerSecond } from '../../core/vessel-fields.ts';
import type { Vessel } from './watch.ts';

type Fields = Readonly<Record<string, unknown>>;

const round = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;

/** A report as evidence. */
export const toReport = ({ time, longitude, latitude, source, sogKnots, cogDegrees }: VesselFix): Fields => ({
  time: toTimestamp(time),
  coordinates: [round(longitude, 6), round(latitude, 6)],
  dataProvider: dataProviders[source],
  ...(sogKnots !== undefined && { speedOverGround: toMetresPerSecond(sogKnots) }),
  ...(cogDegrees !== undefined && { courseOverGround: cogDegrees }),
});

export const toReceivers = ({ receivers }: Pick<Vessel, 'receivers'>): readonly string[] => receivers.slice(0, 8);

/** The other vessel of a pair. */
export const toOther = ({ identity }: Vessel): Fields => {
  const name = identity.registry?.name ?? identity.name;
  const { mmsi, registry } = identity;
  return {
    subject: subjectOf(identity),
    ...(mmsi !== undefined && { mmsi }),
    ...(name !== undefined && { name }),
    ...(registry !== undefined && { mark: registry.mark }),
  };
};

export const toMetres = (metres: number): number => Math.round(metres);
export const toKnots = (knots: number): number => round(knots, 1);
export const toShare = (share: number): number => round(share, 3);

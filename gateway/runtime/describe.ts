import type { Measurement, Observation, VmsCall, VmsPosition } from '../../core/observation.ts';
import { quantities } from '../../core/quantity.ts';

const number = (value: number): string => Number(value.toPrecision(4)).toString();

const degrees = (longitude: number, latitude: number): string => `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;

const ranks = new Map(Object.keys(quantities).map((name, rank) => [name, rank]));
const rankOf = ({ quantity }: Measurement): number => ranks.get(quantity) ?? ranks.size;

/** The newest observation of a batch; of what was measured at the same moment, the quantity that tells people most. */
export const mostTelling = (batch: readonly Observation[]): Observation | undefined => {
  let found = batch.at(-1);
  for (let at = batch.length - 2; at >= 0; at--) {
    const other = batch[at];
    if (found?.kind !== 'measurement' || other?.kind !== 'measurement' || other.time !== found.time) break;
    if (rankOf(other) < rankOf(found)) found = other;
  }
  return found;
};

const nameOf = ({ mark, callSign, vmsId, name }: VmsPosition | VmsCall): string =>
  mark ?? callSign ?? vmsId ?? name ?? 'unknown';

/** One line for people: `pm25 12.4 ug/m3`. */
export const describeObservation = (observation: Observation): string => {
  switch (observation.kind) {
    case 'measurement': {
      const suspect = observation.quality === 'suspect' ? ' (suspect)' : '';
      return `${observation.quantity} ${number(observation.value)} ${quantities[observation.quantity].unit}${suspect}`;
    }
    case 'vessel-position': {
      const speed = observation.sogKnots === undefined ? '' : ` at ${number(observation.sogKnots)} kn`;
      return `vessel ${observation.mmsi} in ${degrees(observation.longitude, observation.latitude)}${speed}`;
    }
    case 'vessel-static':
      return `vessel ${observation.mmsi}${observation.name === undefined ? '' : ` is ${observation.name}`}`;
    case 'navigation-aid':
      return `navigation aid ${observation.name ?? observation.mmsi} in ${degrees(observation.longitude, observation.latitude)}`;
    case 'base-station':
      return `base station ${observation.mmsi} in ${degrees(observation.longitude, observation.latitude)}`;
    case 'safety-text':
      return `station ${observation.mmsi} says "${observation.text}"`;
    case 'application-message':
      return `station ${observation.mmsi} sends ${observation.application ?? `application ${observation.designatedAreaCode}/${observation.functionIdentifier}`}`;
    case 'vms-call':
      return `vessel ${nameOf(observation)} by ${observation.provider} calls for help`;
    case 'vms-position':
      return `vessel ${nameOf(observation)} by ${observation.provider} in ${degrees(observation.longitude, observation.latitude)}`;
    case 'vessel-status':
      return `vessel ${observation.mark ?? observation.mmsi} is ${observation.status}, says ${observation.by}`;
    case 'vessel-acknowledgement':
      return `vessel ${observation.mark ?? observation.mmsi}: ${observation.by} sees to ${observation.condition ?? 'what is open'}`;
    case 'detections': {
      if (observation.scene !== undefined) {
        const classes = observation.scene.map(({ label, confidence }) => `${label} ${confidence.toFixed(2)}`);
        return classes.length === 0 ? 'nothing known in the picture' : classes.join(', ');
      }
      const counts = Map.groupBy(observation.objects, ({ label }) => label);
      const labels = [...counts].map(([label, objects]) => `${objects.length} ${label}`);
      return labels.length === 0 ? 'nothing in the picture' : labels.join(', ');
    }
    case 'camera-clip':
      return `clip of a ${observation.object.label}`;
    case 'camera-signal':
      return `${observation.signal} ${observation.state} (by the ${observation.by})`;
  }
};

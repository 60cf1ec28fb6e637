/** The fisheries office's list of the fleet, as the stage `track` of a gateway reads it. */
import type { Fleet } from './fleet.ts';

const columns = 'mark,name,mmsi,call_sign,length_max_metres,gear,crew,home_port,ward,provider,vms_id,status'.split(',');

/** CSV with a line of titles. Boats without a device, or a length that is known, have empty fields. */
export const formatRegistry = ({ boats, unregistered, withoutLength }: Fleet): string => {
  const rows = boats
    .filter(({ mark }) => !unregistered.has(mark))
    .map(({ mark, vessel, lengthMetres, gear, crew, ais, vms, vmsId }) => [
      mark,
      vessel.name,
      ais === 'none' ? '' : String(vessel.mmsi),
      vessel.callSign,
      withoutLength.has(mark) ? '' : lengthMetres.toFixed(1),
      gear,
      String(crew),
      'Thuận An',
      '19900',
      vms === 'none' ? '' : vms,
      vms === 'none' ? '' : vmsId,
      'active',
    ]);
  return [columns, ...rows].map(row => `${row.join(',')}\n`).join('');
};

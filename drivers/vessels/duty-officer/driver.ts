import { z } from 'zod';
import { defineDriver } from '../../../core/driver.ts';
import { duration } from '../../../core/fields.ts';
import { hours, minutes } from '../../../core/time.ts';
import { vesselAcknowledge, vesselReportPosition, vesselSetStatus } from '../../../core/vessel-commands.ts';
import { openDesk } from './desk.ts';

export const driver = defineDriver({
  name: 'duty-officer',
  family: 'vessels',
  summary: "A duty officer's words about vessels: positions reported by radio, statuses, acknowledgements, by command.",
  host: 'main',
  emits: ['vms-position', 'vessel-status', 'vessel-acknowledgement'],
  config: z.strictObject({
    oldest: duration({ minimum: minutes(1), maximum: hours(24 * 30) })
      .prefault('2d')
      .describe('A position older than this is refused.'),
    ahead: duration({ maximum: hours(1) })
      .prefault('10m')
      .describe("A position dated later than this after the gateway's clock is refused."),
  }),
  // Nobody has to say anything: the desk itself gives a sign of life.
  silence: minutes(10),
  commands: () => [vesselReportPosition.name, vesselSetStatus.name, vesselAcknowledge.name],
  open: (config, device, context) => openDesk(config, device, context),
});

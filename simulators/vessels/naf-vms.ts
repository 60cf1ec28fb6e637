/** A VMS provider or fisheries center that sends NAF: over TCP in either direction, by HTTP POST, or as files. */
import { z } from 'zod';
import { defineSimulator, type SimulatorContext } from '../../core/simulator.ts';
import { encodeNaf } from '../../drivers/protocols/naf/encode.ts';
import type { NafReport } from '../../drivers/protocols/naf/report.ts';
import { openTcpOutlet, tcpOutletConfig } from '../outlets/tcp.ts';
import type { VmsReport, World } from '../world/world.ts';
import type { Courier } from './vms/courier.ts';
import { dropCourierConfig, openDropCourier } from './vms/drop.ts';
import { createPostCourier, postCourierConfig } from './vms/post.ts';
import { providerFields, startProvider } from './vms/provider.ts';
import { createDialCourier, createListenCourier, dialCourierConfig } from './vms/tcp.ts';

const config = z.strictObject({
  connection: z.discriminatedUnion('transport', [
    dialCourierConfig,
    tcpOutletConfig,
    postCourierConfig,
    dropCourierConfig,
  ]),
  dialect: z.enum(['naf', 'omnicom']).default('naf'),
  ...providerFields,
});

const openCourier = async (connection: z.output<typeof config>['connection']): Promise<Courier> => {
  switch (connection.transport) {
    case 'tcp-client':
      return createDialCourier(connection);
    case 'tcp-server':
      return createListenCourier(await openTcpOutlet(connection));
    case 'http-client':
      return createPostCourier(connection, 'text/plain; charset=iso-8859-1');
    case 'folder':
      return openDropCourier(connection, 'naf');
  }
};

const toNaf = (report: VmsReport, dialect: 'naf' | 'omnicom'): NafReport => {
  const { time, longitude, latitude, sogKnots: speedKnots, cogDegrees: courseDegrees } = report;
  const where = { time, longitude, latitude, speedKnots, courseDegrees };
  // An IMEI has 15 digits.
  if (dialect === 'omnicom')
    return { type: 'OVB', imei: report.vmsId.replace(/\D/g, '').padStart(15, '300234010000000'), ...where };
  const { vmsId: internalReference, mark: externalMark, name, callSign } = report;
  return {
    type: 'POS',
    to: 'VNM',
    from: 'VNM',
    flag: 'VNM',
    internalReference,
    externalMark,
    name,
    callSign,
    ...where,
  };
};

export const simulator = defineSimulator({
  name: 'naf-vms',
  summary: 'A VMS provider that sends the positions of the fishing fleet in NAF, over TCP, HTTP or as files.',
  config,
  start: async ({ connection, dialect, every, deliver, provider }, context: SimulatorContext<World>) => {
    const encode = (reports: readonly VmsReport[]): Uint8Array =>
      Buffer.from(reports.map(report => encodeNaf(toNaf(report, dialect))).join(''), 'latin1');
    const courier = await openCourier(connection);
    return startProvider({ courier, encode, delivers: 'batch', every, deliver, provider }, context);
  },
});

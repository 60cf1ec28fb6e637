/**
 * A made-up Vietnamese VMS provider, "Biển Xanh": JSON or a spreadsheet's CSV, local times, km/h, decimal commas in the
 * table. It is asked over HTTP, posts, or drops files.
 */
import { z } from 'zod';
import { defineSimulator, type SimulatorContext } from '../../core/simulator.ts';
import { hours, toTimestampSeconds } from '../../core/time.ts';
import type { VmsReport, World } from '../world/world.ts';
import { answerCourierConfig, openAnswerCourier } from './vms/answer.ts';
import type { Courier } from './vms/courier.ts';
import { dropCourierConfig, openDropCourier } from './vms/drop.ts';
import { createPostCourier, postCourierConfig } from './vms/post.ts';
import { providerFields, startProvider } from './vms/provider.ts';

const config = z.strictObject({
  connection: z.discriminatedUnion('transport', [answerCourierConfig, postCourierConfig, dropCourierConfig]),
  format: z.enum(['json', 'csv']).default('json'),
  ...providerFields,
});

const contentTypes = { json: 'application/json', csv: 'text/csv; charset=utf-8' } as const;

const openCourier = async ({ connection, format }: z.output<typeof config>): Promise<Courier> => {
  switch (connection.transport) {
    case 'http-server':
      return openAnswerCourier(connection, contentTypes[format]);
    case 'http-client':
      return createPostCourier(connection, contentTypes[format]);
    case 'folder':
      return openDropCourier(connection, format);
  }
};

const kilometresPerHour = (knots: number): number => Math.round(knots * 1.852 * 10) / 10;

/** `26/11/2026 07:05:09` in Viet Nam. */
const localTime = (instant: number): string => {
  const [, year, month, day, clock] = /^(\d+)-(\d+)-(\d+)T([\d:]+)/.exec(toTimestampSeconds(instant + hours(7))) ?? [];
  return `${day}/${month}/${year} ${clock}`;
};

const toJson = (reports: readonly VmsReport[]): string =>
  JSON.stringify({
    status: 'OK',
    data: reports.map(report => ({
      maThietBi: report.vmsId,
      soDangKy: report.mark.replaceAll('-', ' '),
      tenTau: report.name,
      hoHieu: report.callSign,
      thoiGian: localTime(report.time),
      viTri: { lat: report.latitude, lon: report.longitude },
      tocDo: kilometresPerHour(report.sogKnots),
      huong: Math.round(report.cogDegrees) % 360,
    })),
  });

const comma = (value: number): string => String(value).replace('.', ',');

const toCsv = (reports: readonly VmsReport[]): string =>
  [
    '\uFEFFMã thiết bị;Số đăng ký;Hô hiệu;Ngày;Giờ;Vĩ độ;Kinh độ;Tốc độ (km/h);Hướng',
    ...reports.map(report =>
      [
        report.vmsId,
        `"${report.mark.replaceAll('-', '')}"`,
        report.callSign,
        ...localTime(report.time).split(' '),
        comma(report.latitude),
        comma(report.longitude),
        comma(kilometresPerHour(report.sogKnots)),
        Math.round(report.cogDegrees) % 360,
      ].join(';'),
    ),
    '',
  ].join('\r\n');

/** How the gateway reads them. */
const mappings = {
  json: {
    format: 'json',
    records: 'data',
    fields: {
      vmsId: 'maThietBi',
      mark: 'soDangKy',
      name: 'tenTau',
      callSign: 'hoHieu',
      time: { path: 'thoiGian', format: 'dd/MM/yyyy HH:mm:ss', zone: 'Asia/Ho_Chi_Minh' },
      latitude: 'viTri.lat',
      longitude: 'viTri.lon',
      speed: { path: 'tocDo', unit: 'km/h' },
      course: 'huong',
    },
  },
  csv: {
    format: 'csv',
    fields: {
      vmsId: 'Mã thiết bị',
      mark: 'Số đăng ký',
      callSign: 'Hô hiệu',
      time: { path: ['Ngày', 'Giờ'], format: 'dd/MM/yyyy HH:mm:ss', zone: 'Asia/Ho_Chi_Minh' },
      latitude: 'Vĩ độ',
      longitude: 'Kinh độ',
      speed: { path: 'Tốc độ (km/h)', unit: 'km/h' },
      course: 'Hướng',
    },
  },
} as const;

export const simulator = defineSimulator({
  name: 'json-vms',
  summary: 'A made-up Vietnamese VMS provider that gives the positions of the fishing fleet as JSON or CSV.',
  config,
  start: async (options, context: SimulatorContext<World>) => {
    const { connection, format, every, deliver, provider } = options;
    const text = format === 'csv' ? toCsv : toJson;
    const courier = await openCourier(options);
    const running = startProvider(
      {
        courier,
        encode: reports => Buffer.from(text(reports)),
        delivers: connection.transport === 'http-server' ? 'everything' : 'batch',
        every,
        deliver,
        provider,
      },
      context,
    );
    return { ...running, address: { ...running.address, ...mappings[format] } };
  },
});

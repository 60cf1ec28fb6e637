/**
 * How each type of event is made to happen to a running gateway: the one table that a new type needs a line of. What is
 * done is done to the world around the gateway (a device, the center, a file on its disk), never to the program.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { hours, minutes, seconds } from '../../core/time.ts';
import type { KnownEvent } from '../../events/names.ts';
import { tellCamera } from '../../simulators/cameras/video/tell.ts';
import type { CapturedEvent } from './captured.ts';
import { nameOf } from './recorder.ts';
import type { Rig } from './rig.ts';

export interface Provocation {
  /** What makes it happen, in words. */
  readonly how: string;
  /** Done while the gateway runs, beside all others; may wait for what others bring about. Absent: it comes by itself. */
  readonly provoke?: (rig: Rig) => Promise<void>;
  /**
   * Done to the files of the gateway while it is stopped, before `provoke`. Each row that has it gets a restart of its
   * own, in the order of the table, after everything that needs none.
   */
  readonly whileStopped?: (rig: Rig) => Promise<void>;
  /** The type whose restart brings this one about too. */
  readonly along?: KnownEvent;
  /** Whether it is worth showing; the first that is becomes the capture. Absent: the first. */
  readonly pleases?: (event: CapturedEvent) => boolean;
}

const has = (key: string) => (event: CapturedEvent) => event.data[key] !== undefined;
const hasIndex = has('airQualityIndex');
const holds = (key: string) => (event: CapturedEvent) => {
  const list = event.data[key];
  return Array.isArray(list) && list.length > 0;
};

const pipelinesSchema = z.array(z.looseObject({ stages: z.array(z.looseObject({ stage: z.string() })) }));

const withoutBudget = (pipelines: unknown) =>
  pipelinesSchema.parse(pipelines).map(({ stages, ...rest }) => ({
    ...rest,
    stages: stages.map(({ budget: _, ...stage }) => stage),
  }));

const tampering = (isThere: boolean) => ({
  topic: 'RuleEngine/TamperDetector/Tamper',
  source: { VideoSourceConfigurationToken: 'VideoSource_1', Rule: 'Che khuất' },
  data: { IsTamper: String(isThere) },
});

const isAbout =
  (key: string) =>
  ({ subject }: CapturedEvent): boolean =>
    subject === `vessel/${key}`;

/** What vessels did in the last hours, which is told all at once. */
const ofTheDay = {
  'fishing-vessel.zone.left': 'vessels sail out of zones',
  'fishing-vessel.zone-stay.raised': 'a vessel stays at anchor for longer than the anchorage allows',
  'fishing-vessel.zone-stay.cleared': 'it leaves',
  'fishing-vessel.boundary-approach.raised': 'a vessel heads for a boundary',
  'fishing-vessel.boundary.crossed': 'it crosses the boundary',
  'fishing-vessel.boundary-approach.cleared': 'it crosses the boundary',
  'fishing-vessel.speeding.raised': 'a vessel is too fast in the channel',
  'fishing-vessel.speeding.updated': 'it becomes faster',
  'fishing-vessel.speeding.cleared': 'it slows down',
  'fishing-vessel.forbidden-anchoring.raised': 'it lies in the channel',
  'fishing-vessel.forbidden-anchoring.cleared': 'it moves on',
  'fishing-vessel.forbidden-presence.raised': 'a vessel of 21 m is in waters for those below 12 m',
  'fishing-vessel.forbidden-presence.cleared': 'it leaves them',
  'fishing-vessel.suspected-fishing.raised': 'a trawler goes slowly where young fish are protected',
  'fishing-vessel.suspected-fishing.cleared': 'it goes away',
  'fishing-vessel.position-jump.detected': 'the AIS of a vessel reports another place once',
  'fishing-vessel.identity-conflict.raised': 'two devices send under one identity from two places',
  'fishing-vessel.identity-conflict.cleared': 'both are heard no more',
  'fishing-vessel.identity.changed': 'a vessel gives another name and call sign',
  'fishing-vessel.source-mismatch.raised': 'the VMS device of a boat is somewhere else than its AIS',
  'fishing-vessel.source-mismatch.cleared': 'both are in one place again',
  'fishing-vessel.loitering.raised': 'a cargo vessel goes to and fro at sea',
  'fishing-vessel.loitering.cleared': 'it goes somewhere',
  'fishing-vessel.rendezvous.raised': 'two vessels lie close to each other at sea',
  'fishing-vessel.rendezvous.cleared': 'they part',
  'fishing-vessel.collision-risk.raised': 'two vessels come head on in the channel',
  'fishing-vessel.collision-risk.updated': 'they come closer',
  'fishing-vessel.collision-risk.cleared': 'they have passed each other',
} as const satisfies Partial<Record<KnownEvent, string>>;

/** Of the rig's means, in milliseconds. */
const shortestPeriod = 2000;

/**
 * A period of the gauge that waits in the store is given a begin that is no time, as a flipped bit does it: the stage
 * breaks when it has to tell that period.
 */
const damageSavedPeriod = async ({ storage }: Rig): Promise<void> => {
  using database = new DatabaseSync(path.join(storage, 'outbox.db'));
  const { owner } =
    database.prepare("SELECT owner FROM saved WHERE key LIKE 'until/wl-kimlong/%' OR key = 'until/wl-kimlong'").get() ??
    {};
  if (typeof owner !== 'string') throw new Error('nothing is saved of the gauge');
  const begin = -(2 ** 53);
  const none = { count: 0, total: 0, cross: 0 };
  const tallies = { waterLevel: { passing: { count: 1, total: 1.24, cross: 0 }, suspect: none, unjudged: 0 } };
  // So long that it is told only when there is no room for more periods.
  const period = { length: 2 * Date.now() - begin, tallies };
  database
    .prepare('INSERT INTO saved VALUES (?, ?, ?)')
    .run(owner, `window/wl-kimlong/${begin}/${shortestPeriod}`, Buffer.from(JSON.stringify(period)));
};

/** What a gauge kept while it had no network, in more periods than the stage holds open. */
const keptReadings = (): readonly Readonly<Record<string, unknown>>[] => {
  const now = Date.now();
  return Array.from({ length: 260 }, (_, index) => ({
    time: new Date(now - (260 - index) * 2000).toISOString(),
    level: 1.2 + index / 10_000,
  }));
};

/** An hour of a probe in the bank: too wet to be usual, then wetter than water, then dry again. */
const faultyProbe = (): readonly Readonly<Record<string, unknown>>[] => {
  const now = Date.now();
  return Array.from({ length: 60 }, (_, index) => {
    const wet = index < 30 ? 130 : 31;
    return {
      time: new Date(now - (60 - index) * 60_000).toISOString(),
      bank: { moisture: index < 20 ? 70 : wet },
    };
  });
};

/** Hours of a river that rose to the second alarm stage and fell again, as a gauge kept them: one value in five minutes. */
const risenRiver = (): readonly Readonly<Record<string, unknown>>[] => {
  const now = Date.now();
  const rising = Array.from({ length: 13 }, (_, step) => 1 + step * 0.2);
  const falling = Array.from({ length: 7 }, (_, step) => 3.1 - step * 0.3);
  const levels = [...rising, ...falling, ...Array<number>(9).fill(1.2)];
  return levels.map((level, index) => ({
    time: new Date(now - (levels.length - index) * 300_000).toISOString(),
    level: Number(level.toFixed(2)),
  }));
};

/** The last three full hours and what there is of this one, a value a minute, of particles, a gas and the weather. */
const keptHours = (): readonly Readonly<Record<string, unknown>>[] => {
  const now = Date.now();
  const start = Math.floor(now / hours(1)) * hours(1) - hours(3);
  return Array.from({ length: Math.floor((now - start) / minutes(1)) }, (_, index) => {
    const wave = Math.sin(index / 7);
    return {
      time: new Date(start + minutes(index)).toISOString(),
      pm25: Number((21.4 + index / 60 + 1.7 * wave).toFixed(1)),
      pm10: Number((33.2 + index / 40 + 2.1 * wave).toFixed(1)),
      no2: Number((28.5 + 3.2 * wave).toFixed(1)),
      temperature: Number((26.1 + 0.4 * wave).toFixed(1)),
      relativeHumidity: Number((0.76 + 0.02 * wave).toFixed(3)),
    };
  });
};

/** Good values for longer than it takes until the gauge is believed again. */
const measureAir = async (rig: Rig): Promise<void> => {
  await rig.seen('environment.source-failover.raised');
  for (let said = 0; said < 9; said++) {
    await rig.gaugeSays([{ air: 24.1 }]);
    await new Promise(resolve => setTimeout(resolve, seconds(1)));
  }
};

/** The first page of the database becomes nonsense, as a worn-out card makes it. */
const damageStore = async ({ storage }: Rig): Promise<void> => {
  const file = path.join(storage, 'outbox.db');
  const bytes = await readFile(file);
  bytes.fill(0xff, 100, 2000);
  await writeFile(file, bytes);
};

export const provocations: Readonly<Partial<Record<KnownEvent, Provocation>>> = {
  'environment.air-quality.observed': {
    how: 'a station publishes the hours that it kept, the second of which has an index',
    pleases: hasIndex,
    provoke: rig => rig.airSays(keptHours()),
  },
  'environment.weather.observed': { how: 'a weather station publishes' },
  'environment.noise-level.observed': { how: 'a weather station publishes, which has a sound level meter' },
  'environment.water-level.observed': {
    how: 'a water gauge publishes its level',
    provoke: rig => rig.gaugeSays([{ level: 1.24 }]),
  },
  'environment.water-quality.observed': {
    how: 'a water gauge with a sonde publishes what is in the water',
    provoke: rig => rig.gaugeSays([{ temperature: 23.4, ph: 7.4, turbidity: 18.3 }]),
  },
  'environment.soil.observed': {
    how: 'a water gauge publishes how wet its bank is',
    provoke: rig => rig.gaugeSays([{ bank: { moisture: 31 } }]),
  },
  'environment.device-measurement.observed': {
    how: 'a water gauge publishes its battery and its radio signal',
    provoke: rig => rig.gaugeSays([{ battery: 91, rssi: -71 }]),
  },
  'environment.sensor-fault.raised': {
    how: 'a probe in the bank says for minutes that it is wetter than usual',
    provoke: rig => rig.gaugeSays(faultyProbe()),
  },
  'environment.sensor-fault.updated': { how: 'it says what no probe can' },
  'environment.sensor-fault.cleared': { how: 'it measures as usual for a while' },
  'environment.source-failover.raised': {
    how: 'a gauge says nothing of the air, which a weather station measures too',
  },
  'environment.source-failover.cleared': { how: 'the gauge measures the air again', provoke: measureAir },
  'warning.threshold.raised': {
    how: 'a gauge tells of a river that rises',
    provoke: rig => rig.riverSays(risenRiver()),
  },
  'warning.threshold.updated': { how: 'the river reaches the next alarm stage' },
  'warning.threshold.cleared': { how: 'the river is below the first alarm stage for half an hour' },
  'fishing-vessel.vessel.observed': {
    how: 'an AIS receiver hears vessels',
    pleases: ({ data }) => data['name'] !== undefined && data['heading'] !== undefined,
  },
  'fishing-vessel.vessel.described': { how: 'an AIS receiver hears vessels', pleases: has('draught') },
  'fishing-vessel.navigation-aid.observed': { how: 'an AIS receiver hears a buoy' },
  'fishing-vessel.base-station.observed': { how: 'an AIS receiver hears its own base station' },
  'fishing-vessel.vessel.identified': { how: 'a vessel of the registry is heard' },
  ...Object.fromEntries(Object.entries(ofTheDay).map(([name, how]) => [name, { how }] satisfies [string, Provocation])),
  'fishing-vessel.zone.entered': { how: 'vessels sail into zones', provoke: rig => rig.sea.tellOfTheDay() },
  'fishing-vessel.ais-silence.raised': {
    how: 'a vessel switches its AIS off at sea, among others',
    provoke: async rig => {
      // What the stages learn of a receiver is not to be lost with the store that is deleted meanwhile.
      await rig.seen('gateway.store.restored');
      rig.sea.crowd(24);
      const isTold = (): boolean =>
        rig
          .recorded()
          .some(
            message =>
              nameOf(message) === 'fishing-vessel.ais-silence.raised' && isAbout('mmsi/574100015')(message.event),
          );
      for (let attempt = 0; attempt < 4 && !isTold(); attempt++) {
        await rig.sea.speakAndSwitchOff();
        await new Promise(resolve => setTimeout(resolve, 8000));
      }
    },
    pleases: isAbout('mmsi/574100015'),
  },
  'fishing-vessel.ais-silence.cleared': {
    how: 'it is heard again',
    provoke: async rig => {
      await rig.seen('fishing-vessel.ais-silence.raised', isAbout('mmsi/574100015'));
      await rig.sea.switchOn();
    },
    pleases: isAbout('mmsi/574100015'),
  },
  'fishing-vessel.vms-silence.raised': {
    how: 'the VMS device of a boat reports once and falls silent',
    provoke: rig => rig.sea.report('alone'),
    pleases: isAbout('vnfish/TTH-91020-TS'),
  },
  'fishing-vessel.vms-silence.updated': { how: 'it stays silent', pleases: isAbout('vnfish/TTH-91020-TS') },
  'fishing-vessel.vms-silence.cleared': {
    how: 'it reports again',
    provoke: async rig => {
      await rig.seen('fishing-vessel.vms-silence.updated', isAbout('vnfish/TTH-91020-TS'));
      await rig.sea.report('alone');
    },
    pleases: isAbout('vnfish/TTH-91020-TS'),
  },
  'fishing-vessel.provider-outage.raised': {
    how: 'a VMS provider relays the boats at sea once, and then nothing',
    provoke: rig => rig.sea.report('provider'),
  },
  'fishing-vessel.provider-outage.cleared': {
    how: 'it relays them again',
    provoke: async rig => {
      await rig.seen('fishing-vessel.provider-outage.raised');
      await rig.sea.report('provider');
    },
  },
  'fishing-vessel.distress.raised': {
    how: 'a beacon calls for help',
    provoke: async rig => {
      await rig.seen('fishing-vessel.vessel.observed');
      rig.sea.callForHelp();
    },
  },
  'fishing-vessel.distress.updated': { how: 'the beacon drifts' },
  'fishing-vessel.distress.cleared': {
    how: 'the beacon falls silent',
    provoke: async rig => {
      await Promise.all([
        rig.seen('fishing-vessel.distress.updated'),
        rig.seen('fishing-vessel.condition.acknowledged'),
      ]);
      rig.sea.stopCalling();
    },
  },
  'fishing-vessel.condition.acknowledged': {
    how: 'the duty officer says that somebody sees to the beacon',
    provoke: async rig => {
      await rig.seen('fishing-vessel.distress.raised');
      await rig.order('vessel.acknowledge', {
        device: 'duty-desk',
        mmsi: 970_574_101,
        by: 'trực ban Nguyễn Văn An',
        note: 'Tàu cứu nạn SAR 412 đã xuất phát',
      });
    },
  },
  'fishing-vessel.distress-test.observed': {
    how: 'a beacon is tested',
    provoke: rig => rig.sea.testBeacon(),
  },
  'fishing-vessel.safety-text.received': { how: 'a beacon says that it is active' },
  'fishing-vessel.application-message.received': {
    how: 'a buoy tells the weather',
  },
  'fishing-vessel.vessel.sighted': {
    how: 'a camera sees a vessel that its AIS says is there',
    pleases: holds('media'),
  },
  'fishing-vessel.vessel.unidentified': { how: 'a camera sees a boat that carries no AIS' },
  'fishing-vessel.unidentified.counted': {
    how: 'a minute ends in which a camera saw boats without AIS',
    pleases: ({ data }) => !JSON.stringify(data).includes('"unidentified":0'),
  },
  'fishing-vessel.unseen-vessel.raised': { how: 'AIS says that a vessel is where the camera sees none' },
  'fishing-vessel.unseen-vessel.cleared': { how: 'a boat passes before the place of the vessel that is not there' },
  'fishing-vessel.fleet.reported': {
    how: 'boats are at sea',
    pleases: holds('dangerAreas'),
  },
  'fishing-vessel.receiver-deafness.raised': {
    how: 'a receiver that heard many vessels hears none any more',
    provoke: async rig => {
      await rig.seen('gateway.store.restored');
      // Three whole periods of 15 seconds, and the one in which they begin.
      await new Promise(resolve => setTimeout(resolve, 62_000));
      rig.sea.crowd(0);
    },
  },
  'fishing-vessel.receiver-deafness.cleared': {
    how: 'it hears them again',
    provoke: async rig => {
      await rig.seen('fishing-vessel.receiver-deafness.raised');
      rig.sea.crowd(24);
    },
  },
  'gateway.file.loaded': { how: 'the gateway starts with a vessel registry' },
  'gateway.file.refused': {
    how: 'somebody saves a registry with a vessel twice',
    provoke: async rig => {
      await rig.seen('gateway.file.loaded');
      await rig.sea.breakRegistry();
      await rig.seen('gateway.file.refused');
      await rig.sea.mendRegistry();
    },
  },
  'urban-camera.object.appeared': { how: 'something comes into a zone that asks for each object' },
  'urban-camera.object.updated': { how: 'it moves through that zone' },
  'urban-camera.object.observed': {
    how: 'something passes a camera',
    pleases: event => holds('media')(event) && holds('zones')(event),
  },
  'urban-camera.zone.entered': { how: 'something passes a camera', pleases: holds('media') },
  'urban-camera.zone.left': { how: 'something passes a camera' },
  'urban-camera.zone-breach.raised': {
    how: 'something is on the roadway for longer than allowed',
    pleases: holds('media'),
  },
  'urban-camera.zone-breach.cleared': { how: 'it leaves the roadway' },
  'urban-camera.event-budget.raised': { how: 'more passes a camera than it may tell' },
  'urban-camera.event-budget.cleared': {
    how: 'the camera may tell everything',
    whileStopped: rig => rig.reconfigure({ pipelines: withoutBudget(rig.configuration['pipelines']) }),
  },
  'urban-camera.line.crossed': { how: 'something crosses the middle of a street' },
  'urban-camera.traffic.counted': {
    how: 'an interval ends in which something crossed the middle of the street',
    pleases: holds('counts'),
  },
  'urban-camera.occupancy.counted': {
    how: 'an interval ends in which something was on the roadway',
    pleases: holds('counts'),
  },
  'urban-camera.media.lost': {
    how: 'the center cannot take pictures until the disk has no more room for them',
    provoke: async rig => {
      rig.media.show('noise');
      await rig.seen('urban-camera.media.lost');
      rig.media.show(undefined);
    },
  },
  'urban-camera.media.stored': { how: 'the center takes the picture of something that passes a camera' },
  'gateway.gateway.started': { how: 'the gateway starts' },
  'gateway.device.failed': {
    how: 'an air quality sensor falls silent',
    provoke: async rig => {
      await rig.seen('environment.air-quality.observed');
      rig.devices.air.show('silent');
    },
  },
  'gateway.device.recovered': {
    how: 'the sensor that fell silent speaks again',
    provoke: async rig => {
      await rig.seen('gateway.device.failed');
      rig.devices.air.show(undefined);
    },
  },
  'gateway.group.failed': {
    how: 'two sensors that share a fuse fall silent together',
    provoke: async rig => {
      for (const device of rig.devices.fused) device.show('silent');
    },
  },
  'gateway.group.recovered': {
    how: 'the sensors that share a fuse speak again',
    provoke: async rig => {
      await rig.seen('gateway.group.failed');
      for (const device of rig.devices.fused) device.show(undefined);
    },
  },
  'gateway.uplink.no-consumer': {
    how: 'the center does not listen to the services for a while',
    provoke: async rig => {
      await rig.seen('gateway.uplink.no-consumer');
      rig.listenToAll();
    },
  },
  'urban-camera.camera.signaled': {
    how: 'a camera sees motion by itself',
    provoke: async rig => {
      await rig.seen('urban-camera.zone.entered');
      await tellCamera(rig.devices.camera, {
        topic: 'VideoSource/MotionAlarm',
        source: { Source: 'VideoSource_1' },
        data: { State: 'true' },
      });
    },
  },
  'urban-camera.camera.impaired': {
    how: 'somebody covers a camera, and it notices',
    provoke: async rig => {
      await rig.seen('urban-camera.camera.signaled');
      await tellCamera(rig.devices.camera, tampering(true));
    },
  },
  'urban-camera.camera.restored': {
    how: 'the camera sees again',
    provoke: async rig => {
      await rig.seen('urban-camera.camera.impaired');
      await tellCamera(rig.devices.camera, tampering(false));
    },
  },
  'urban-camera.clip.recorded': { how: 'a person passes a camera that is to record clips' },
  'urban-camera.scene.classified': { how: 'a camera shows a flood for two seconds' },
  'urban-camera.media.captured': {
    how: 'the center orders a picture',
    provoke: async rig => {
      await rig.seen('urban-camera.zone.entered');
      await rig.order('snapshot', { device: 'cam-3' });
    },
  },
  'gateway.maintenance.started': {
    how: 'the center orders that a station is in maintenance',
    provoke: async rig => {
      await Promise.all([rig.seen('environment.weather.observed'), rig.seen('environment.noise-level.observed')]);
      const until = new Date(Date.now() + 3_600_000).toISOString();
      await rig.order('maintenance.start', { devices: ['ws-kimlong'], reason: 'Cleaning the rain gauge', until });
    },
  },
  'gateway.maintenance.ended': {
    how: 'the center orders that the maintenance ends',
    provoke: async rig => {
      await rig.seen('gateway.maintenance.started');
      await rig.order('maintenance.stop', { devices: ['ws-kimlong'] });
    },
  },
  'gateway.command.accepted': { how: 'the center orders something' },
  'gateway.command.completed': { how: 'the center orders something' },
  'gateway.command.refused': {
    how: 'an operator orders what he may not',
    provoke: rig => rig.order('gateway.restart', {}),
  },
  'gateway.event.set-aside': {
    how: "the center's broker refuses the large ones of a station's messages again and again",
    provoke: async rig => {
      // They are larger, and are to be there before.
      await rig.seen('environment.air-quality.observed', hasIndex);
      await rig.seen('urban-camera.object.observed', event => holds('media')(event) && holds('zones')(event));
      await Promise.all(
        [
          'urban-camera.zone.entered',
          'urban-camera.object.updated',
          'urban-camera.media.captured',
          'fishing-vessel.vessel.sighted',
          'fishing-vessel.vessel.unidentified',
          'fishing-vessel.unseen-vessel.raised',
          'fishing-vessel.unseen-vessel.cleared',
          'fishing-vessel.unidentified.counted',
          'warning.threshold.raised',
          'warning.threshold.updated',
          'warning.threshold.cleared',
        ].map(name => rig.seen(name)),
      );
      // Between the size of what a weather station tells of the weather and of the noise.
      await rig.limitMessages(1600);
      await rig.seen('gateway.event.set-aside');
      await rig.limitMessages(undefined);
    },
  },
  'gateway.clock.stepped': {
    how: 'the clock of the machine is set while the gateway runs',
    along: 'gateway.stage.failed',
    provoke: async rig => {
      await rig.seen('gateway.stage.failed');
      await rig.setClock(5000);
    },
  },
  'gateway.stage.failed': {
    how: 'what a stage keeps on the disk is damaged while the gateway is stopped',
    whileStopped: damageSavedPeriod,
    provoke: rig => rig.gaugeSays(keptReadings()),
  },
  'gateway.store.restored': {
    how: 'somebody deletes the file of the outbox under the running gateway',
    provoke: async ({ storage, seen }) => {
      await seen('gateway.gateway.started');
      for (const suffix of ['', '-wal']) await rm(path.join(storage, `outbox.db${suffix}`));
    },
  },
  'gateway.store.replaced': {
    how: 'the file of the outbox is damaged while the gateway is stopped',
    whileStopped: damageStore,
  },
  'gateway.governor.stepped': {
    how: 'the gateway may use less memory than it needs',
    whileStopped: rig => rig.reconfigure({ governor: { memory: '64MB', stepAfter: '2s' } }),
  },
  'gateway.connection.reported': { how: 'the gateway connects' },
  'gateway.inventory.reported': { how: 'the gateway starts' },
  'gateway.health.reported': {
    how: 'the gateway ran for half a minute',
    pleases: ({ data }) =>
      z.looseObject({ devices: z.object({ running: z.number().positive() }) }).safeParse(data).success,
  },
  'gateway.delivery.reported': {
    how: 'the gateway delivers from its new outbox',
    along: 'gateway.store.replaced',
    pleases: event => has('predecessor')(event) && holds('streams')(event),
  },
  'gateway.alerts.reported': {
    how: 'devices failed',
    pleases: ({ data }) => JSON.stringify(data['open']).includes('.failed.v1'),
  },
};

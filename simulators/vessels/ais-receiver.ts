/**
 * An AIS receiver on the quay: what it hears of the world's vessels, of its own base station and of a buoy, as often as
 * ITU-R M.1371-5 annex 1 table 1 makes them report.
 */
import { z } from 'zod';
import { defineSimulator, type SimulatorContext } from '../../core/simulator.ts';
import { type Duration, type Instant, minutes, seconds } from '../../core/time.ts';
import { encode, type SendableMessage } from '../../drivers/protocols/ais/encode.ts';
import { openOutlet, outletConfig } from '../outlets/open.ts';
import { startSpeaker } from '../outlets/speaker.ts';
import type { VesselState, World } from '../world/world.ts';

const tick: Duration = 100;
const staticEvery = minutes(6);
const baseStationEvery = seconds(10);
const aidEvery = minutes(3);

/** Whoever begins to listen hears everyone within this time, so that names are there when somebody looks. */
const heardWithin = seconds(8);

const atAnchor = 1;
const moored = 5;

/** Vietnam's numbers for a coast station and an aid to navigation, and where they stand at Thuận An. */
const baseStation = { mmsi: 5_741_024, longitude: 107.6459, latitude: 16.5571 } as const;
const buoy = { mmsi: 995_741_201, name: 'THUAN AN 0', aidType: 30, longitude: 107.6366, latitude: 16.5742 } as const;

const positionEvery = ({ vessel, sogKnots, navigationStatus }: VesselState): Duration => {
  if (vessel.stationClass === 'B') return sogKnots > 2 ? seconds(30) : minutes(3);
  const still = navigationStatus === atAnchor || navigationStatus === moored;
  if (still && sogKnots <= 3) return minutes(3);
  if (sogKnots > 23) return seconds(2);
  return sogKnots > 14 ? seconds(6) : seconds(10);
};

/** Degrees a minute, by where the bow points a second later. */
const rateOfTurn = (now: VesselState, later: VesselState | undefined): number => {
  const change = (later?.headingDegrees ?? now.headingDegrees) - now.headingDegrees;
  return (((change + 540) % 360) - 180) * 60;
};

const positionOf = (state: VesselState, later: VesselState | undefined, instant: Instant): SendableMessage => {
  const { vessel, longitude, latitude, sogKnots, cogDegrees, headingDegrees, navigationStatus } = state;
  const report = {
    mmsi: vessel.mmsi,
    longitude,
    latitude,
    positionAccuracy: 'high',
    sogKnots,
    cogDegrees: cogDegrees % 360,
    timeStampSeconds: new Date(instant).getUTCSeconds(),
  } as const;
  return vessel.stationClass === 'B'
    ? { ...report, messageType: 18, classBUnit: 'carrier-sense' }
    : {
        ...report,
        messageType: 1,
        trueHeadingDegrees: Math.round(headingDegrees) % 360,
        navigationalStatus: navigationStatus,
        rateOfTurnDegreesPerMinute: rateOfTurn(state, later),
      };
};

const staticOf = ({ vessel }: VesselState): readonly SendableMessage[] => {
  const { mmsi, name, callSign, shipType, toBowMetres, toSternMetres, toPortMetres, toStarboardMetres } = vessel;
  const hull = {
    typeOfShipAndCargo: shipType,
    callSign,
    toBowMetres,
    toSternMetres,
    toPortMetres,
    toStarboardMetres,
  };
  if (vessel.stationClass === 'B') {
    return [
      { messageType: 24, partNumber: 0, mmsi, name },
      { messageType: 24, partNumber: 1, mmsi, ...hull },
    ];
  }
  const { imo, draughtMetres, destination } = vessel;
  return [
    {
      messageType: 5,
      mmsi,
      name,
      ...hull,
      maximumPresentStaticDraughtMetres: draughtMetres,
      destination,
      electronicPositionFixingDevice: 1,
      ...(imo > 0 && { imoNumber: imo }),
    },
  ];
};

const baseStationReport = (instant: Instant): SendableMessage => {
  const now = new Date(instant);
  return {
    messageType: 4,
    mmsi: baseStation.mmsi,
    utcYear: now.getUTCFullYear(),
    utcMonth: now.getUTCMonth() + 1,
    utcDay: now.getUTCDate(),
    utcHour: now.getUTCHours(),
    utcMinute: now.getUTCMinutes(),
    utcSecond: now.getUTCSeconds(),
    longitude: baseStation.longitude,
    latitude: baseStation.latitude,
    positionAccuracy: 'high',
    electronicPositionFixingDevice: 7,
  };
};

const aidReport = (): SendableMessage => ({
  messageType: 21,
  mmsi: buoy.mmsi,
  name: buoy.name,
  typeOfAidToNavigation: buoy.aidType,
  longitude: buoy.longitude,
  latitude: buoy.latitude,
  timeStampSeconds: 30,
});

export const simulator = defineSimulator({
  name: 'ais-receiver',
  summary: 'An AIS receiver that hears the vessels of the world, over TCP, UDP or on a pty.',
  config: z.strictObject({ connection: outletConfig }),
  start: async ({ connection }, { world, clock, signal, random }: SimulatorContext<World>) => {
    const outlet = await openOutlet(connection);
    const due = new Map<string, Instant>();
    let listeners = 0;
    let sequence = 0;
    let sent = 0;

    /** True once in `interval`, give or take a tenth, as slots are chosen. */
    const isDue = (what: string, now: Instant, interval: Duration): boolean => {
      const at = due.get(what) ?? now + random() * Math.min(interval, heardWithin);
      const next = now >= at ? now + interval * (0.9 + 0.2 * random()) : Math.min(at, now + interval * 1.1);
      due.set(what, next);
      return now >= at;
    };

    const heardAt = (now: Instant): readonly SendableMessage[] => {
      if (outlet.connections() !== listeners) due.clear();
      listeners = outlet.connections();
      const later = world.vesselsAt(now + seconds(1));
      const messages = world
        .vesselsAt(now)
        .flatMap((state, index) => [
          ...(isDue(`position ${state.vessel.mmsi}`, now, positionEvery(state))
            ? [positionOf(state, later[index], now)]
            : []),
          ...(isDue(`static ${state.vessel.mmsi}`, now, staticEvery) ? staticOf(state) : []),
        ]);
      if (isDue('base station', now, baseStationEvery)) messages.push(baseStationReport(now));
      if (isDue('aid', now, aidEvery)) messages.push(aidReport());
      return messages;
    };

    const speaker = startSpeaker({
      outlet,
      signal,
      random,
      speak: () => {
        const sentences = heardAt(clock.now()).map(message => {
          sequence = (sequence + 1) % 10;
          return encode(message, {
            talker: message.messageType === 4 ? 'AB' : 'AI',
            channel: sent++ % 2 === 0 ? 'A' : 'B',
            sequence,
          });
        });
        return { bytes: Buffer.from(sentences.join(''), 'latin1'), pause: tick };
      },
    });
    return { ...speaker, address: { connection: outlet.connection } };
  },
});

import { seconds } from '../../core/time.ts';
import { encode } from '../../drivers/protocols/ais/encode.ts';
import { createDecoder } from '../../drivers/vessels/ais-receiver/codec.ts';
import { bindPipelines } from '../../gateway/runtime/bind-pipelines.ts';
import { createSealer } from '../../gateway/runtime/create-sealer.ts';
import { stages } from '../../pipelines/registry.generated.ts';
import { receiverSite } from '../events.ts';
import type { BenchRow } from '../row.ts';

const vessels = 2000;
/** Reports of each vessel until it is where it began. */
const turns = 100;
const between = seconds(30);
/** As the gateway takes bytes from a socket. */
const pieceBytes = 4096;

const sogKnots = 10;
/** Half a minute at that speed on a circle that closes after all turns, in degrees. */
const radius = ((sogKnots / 60) * (between / seconds(60)) * turns) / 60 / (2 * Math.PI);

/** What a receiver hears in one turn: every vessel once, each on a circle of its own. */
const sentencesOf = (turn: number): Uint8Array => {
  const angle = (2 * Math.PI * turn) / turns;
  const reports = Array.from({ length: vessels }, (_, vessel) => {
    const latitude = 10 + (vessel % 50) / 10;
    return encode({
      messageType: 1,
      mmsi: 574_000_000 + vessel,
      longitude: 107 + vessel / 500 + (radius * Math.sin(angle)) / Math.cos((latitude * Math.PI) / 180),
      latitude: latitude + radius * Math.cos(angle),
      sogKnots,
      cogDegrees: (90 + (360 * turn) / turns) % 360,
      trueHeadingDegrees: Math.floor((90 + (360 * turn) / turns) % 360),
      navigationalStatus: 0,
    });
  });
  return Buffer.from(reports.join(''), 'latin1');
};

export const row: BenchRow = {
  name: 'ais-event',
  summary:
    `AIS sentences as bytes, decoded, tracked and sealed as events in JSON with their hashed ids, every position one, ` +
    `of ${vessels} vessels under way; per second of CPU on one core`,
  unit: 'events/CPU-s',
  goal: { value: { atLeast: 200_000 } },
  prepare: async () => {
    const heard = Array.from({ length: turns }, (_, turn) => sentencesOf(turn));
    const decode = createDecoder('ais-1');
    const sealer = createSealer(receiverSite);
    const everything = {
      name: 'vessels',
      from: ['ais-1'],
      stages: [{ stage: 'track' }, { stage: 'downsample', every: '0s' }],
    };
    const line = bindPipelines([everything], receiverSite, stages)
      .flatMap(pipeline => pipeline.stages)
      .map(stage => stage.start(new Map()));
    type Items = ReturnType<(typeof line)[number]['step']>['output'];
    let now = Date.UTC(2026, 10, 23);
    let sealedBytes = 0;

    const pass = (items: Items, from: number): number => {
      let flowing = items;
      for (const stage of line.slice(from)) flowing = stage.step(flowing).output;
      let events = 0;
      for (const item of flowing) {
        if (item.kind !== 'conclusion') continue;
        sealedBytes += sealer.event(item, now, 'ntp').body.length;
        events++;
      }
      return events;
    };

    const hear = (bytes: Uint8Array): number => {
      let events = 0;
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        const items = decode({ bytes: bytes.subarray(at, at + pieceBytes), receivedAt: now }).flatMap(piece =>
          piece.kind === 'observation' ? [piece.observation] : [],
        );
        events += pass(items, 0);
      }
      return events;
    };

    return {
      ours: async () => {
        const before = process.cpuUsage();
        let events = 0;
        for (const bytes of heard) {
          now += between;
          events += hear(bytes);
          for (const [index, stage] of line.entries()) pass(stage.tick(now, now).output, index + 1);
        }
        const { user, system } = process.cpuUsage(before);
        if (events < vessels * turns || sealedBytes === 0)
          throw new Error(`only ${events} of ${vessels * turns} positions became events`);
        return (events / (user + system)) * 1e6;
      },
    };
  },
};

/**
 * How much of what receivers really heard goes over the uplink. The test prints it. Two of three vessels were captured
 * once, so that hardly anything can be left out: `harbor.test.ts` has the pace of the air.
 */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createDecoder } from '../../../drivers/vessels/ais-receiver/codec.ts';
import { stage as downsample } from '../../../pipelines/downsample/stage.ts';
import { stage as track } from '../../../pipelines/track/stage.ts';
import { drive } from '../../support/events.ts';
import { dataFile, missingData, readJsonLines } from '../../support/resources.ts';

const captured = z.object({ nmea: z.array(z.string()) });

/** The captures tell no time of their own: a busy receiver hears ten messages a second. */
const apart = 100;
const start = Date.UTC(2026, 10, 23);

describe.skipIf(missingData() !== undefined)('the real corpus', () => {
  it('is thinned out to about one position of each vessel', async () => {
    const messages = captured.array().parse(await readJsonLines(dataFile('ais/consensus.jsonl')));
    const decode = createDecoder('ais-1');
    const tracked = drive(track);
    const thinned = drive(downsample);
    const vessels = new Set<number>();
    let positions = 0;
    for (const [index, { nmea }] of messages.entries()) {
      const bytes = Buffer.from(nmea.map(sentence => `${sentence}\r\n`).join(''), 'latin1');
      for (const decoded of decode({ bytes, channel: '', receivedAt: start + index * apart })) {
        if (decoded.kind !== 'observation') continue;
        const { observation } = decoded;
        if (observation.kind === 'vessel-position') {
          positions++;
          vessels.add(observation.mmsi);
        }
        tracked.step(observation);
      }
    }
    thinned.step(...tracked.items);
    const told = thinned.conclusions.filter(({ event }) => event === 'fishing-vessel.vessel.observed');
    const suspect = told.filter(({ data }) => data['quality'] === 'suspect').length;
    const share = Math.round((1000 * told.length) / positions) / 10;
    process.stdout.write(
      `${positions} positions of ${vessels.size} vessels became ${told.length} events (${share} %), ` +
        `${suspect} of them not believed\n`,
    );
    expect(positions).toBeGreaterThan(900);
    expect(told.length).toBeGreaterThanOrEqual(vessels.size);
    // Captures are no way of a vessel: two of its positions that were hours apart seem to be seconds apart.
    expect(told.length - suspect - vessels.size).toBeLessThan((positions - vessels.size) / 2);
  });
});

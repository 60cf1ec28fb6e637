import { describe, expect, it } from 'vitest';
import type { VesselIdentity } from '../../../../core/vessel.ts';
import { stage } from '../../../../pipelines/vessel-rules/stage.ts';
import { drive } from '../../../support/events.ts';
import { fisher, fixAt, hour, minute, ship, update } from '../sailing.ts';

const described = (at: number, changes: Partial<VesselIdentity>) =>
  update(ship(574000001, { name: 'BIEN DONG 9', callSign: 'XVAB1', shipType: 70, ...changes }), fixAt(at), {
    cause: 'identity',
  });

const changesIn = (...updates: readonly ReturnType<typeof described>[]): unknown[] => {
  const driven = drive(stage);
  for (const item of updates) {
    driven.step(item);
    driven.checkpoint();
    driven.restart();
  }
  return driven.conclusions.map(({ data }) => data['changes']);
};

describe('a sender', () => {
  it('that tells another name, call sign and kind of ship is told, with what it said before', () => {
    expect(changesIn(described(0, {}), described(minute, { name: 'HAI AU', callSign: 'XVZZ9', shipType: 30 }))).toEqual(
      [
        [
          { field: 'name', before: 'BIEN DONG 9', after: 'HAI AU', against: 'earlier-report' },
          { field: 'callSign', before: 'XVAB1', after: 'XVZZ9', against: 'earlier-report' },
          { field: 'shipType', before: '70', after: '30', against: 'earlier-report' },
        ],
      ],
    );
  });

  it('that tells something for the first time has not changed', () => {
    const { imo, ...bare } = ship(574000001);
    expect(changesIn(update(bare, fixAt(0)), described(minute, {}), described(2 * minute, { imo: 9863637 }))).toEqual(
      [],
    );
  });

  it.each([
    ['the same name in another spelling', { name: 'Bien Dong-9' }],
    ['another cargo of the same kind of ship', { shipType: 79 }],
    ['another destination and draught', { destination: 'DA NANG', draughtMetres: 7 }],
  ])('that tells %s has not changed', (_, changes) => {
    expect(changesIn(described(0, {}), described(minute, changes))).toEqual([]);
  });

  it('that returns to what it was has not changed again', () => {
    const [one, other] = [{}, { name: 'HAI AU' }];
    expect(
      changesIn(
        described(0, one),
        described(hour, other),
        described(3 * hour, one),
        described(5 * hour, other),
        described(7 * hour, { name: 'SAO BIEN' }),
      ),
    ).toHaveLength(2);
  });

  it('is told once an hour at most', () => {
    const names = Array.from({ length: 10 }, (_, index) => described(index * minute, { name: `TAU ${index}` }));
    expect(changesIn(...names)).toHaveLength(1);
  });

  it('with a registered mark and another MMSI than registered is told', () => {
    const { registry, ...rest } = fisher(1);
    if (registry === undefined) throw new Error('it is registered');
    const vessel: VesselIdentity = { ...rest, registry: { ...registry, mmsi: 574000001 }, mmsi: 574999999 };
    expect(changesIn(update(vessel, fixAt(0), { cause: 'identity' }))).toEqual([
      [{ field: 'mmsi', before: '574000001', after: '574999999', against: 'registry' }],
    ]);
  });
});

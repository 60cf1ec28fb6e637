import { describe, expect, it } from 'vitest';
import { decodingDocuments } from '../../../../core/decoding.ts';
import type { Documents } from '../../../../core/document.ts';
import { GatewayError } from '../../../../core/errors.ts';
import { createDocumentDecoder } from '../../../../drivers/vessels/json-vms/codec.ts';
import { jsonVmsConfig } from '../../../../drivers/vessels/json-vms/config.ts';
import { createToldBefore } from '../../../../drivers/vessels/json-vms/told-before.ts';

const config = jsonVmsConfig.parse({
  connection: { transport: 'folder', path: '/var/spool/vms' },
  fields: { vmsId: 'id', time: { path: 't', format: 'epoch-s' }, latitude: 'lat', longitude: 'lon' },
});
const receivedAt = Date.UTC(2026, 10, 26);
const position = (id: string, minutes: number) => ({ id, t: receivedAt / 1000 - 60 * minutes, lat: 16.5, lon: 107.5 });

/** Ids of what each answer tells; an answer with `failing` is not accepted. */
const tell = async (...answers: readonly { readonly positions: readonly object[]; readonly failing?: true }[]) => {
  const told = createToldBefore();
  async function* documents(): Documents {
    for (const { positions } of answers) {
      yield { bytes: Buffer.from(JSON.stringify(positions)), receivedAt, settle: () => {} };
      yield undefined;
    }
  }
  const decode = told.filter(createDocumentDecoder(config, { device: 'd', provider: 'p' }));
  const seen: string[] = [];
  let answer = 0;
  const counts = new Map<string, number>();
  const count = (reason: string): void => void counts.set(reason, (counts.get(reason) ?? 0) + 1);
  for await (const { items, settle } of decodingDocuments(told.watch(documents()), decode, count)) {
    if (settle === undefined) continue;
    seen.push(items.map(item => (item.kind === 'vms-position' ? item.vmsId : '?')).join(' '));
    settle(answers[answer++]?.failing === true ? new GatewayError('exhausted', 'full') : undefined);
  }
  return { seen, before: counts.get('ignored.told-before') ?? 0 };
};

describe('what an answer repeats', () => {
  it('is told once', async () => {
    const [a, b, c] = [position('a', 9), position('b', 8), position('c', 7)];
    expect(await tell({ positions: [a, b] }, { positions: [a, b, c] }, { positions: [b, c] })).toEqual({
      seen: ['a b', 'c', ''],
      before: 4,
    });
  });

  it('is told again when its answer was not accepted', async () => {
    const [a, b] = [position('a', 9), position('b', 8)];
    const { seen } = await tell({ positions: [a], failing: true }, { positions: [a, b] }, { positions: [a, b] });
    expect(seen).toEqual(['a', 'a b', '']);
  });

  it('is something else when anything of it differs', async () => {
    const { seen } = await tell(
      { positions: [position('a', 9)] },
      { positions: [position('a', 8), { ...position('a', 9), lat: 16.6 }] },
    );
    expect(seen).toEqual(['a', 'a a']);
  });
});

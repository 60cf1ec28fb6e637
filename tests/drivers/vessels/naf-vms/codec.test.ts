import { expect, it } from 'vitest';
import { createDocumentDecoder } from '../../../../drivers/vessels/naf-vms/codec.ts';

const decoder = createDocumentDecoder({ device: 'naf', provider: 'bien-xanh' });
const record = '//SR//TM/POS//IR/A1//DA/20261124//TI/2210//LT/16.5//LG/107.5//ER//';

it('gives the first record of a large body before it looks at the last', () => {
  const bytes = Buffer.from(`${record}${'//SR//'.repeat(1_000_000)}`);
  const startedAt = performance.now();
  const [first] = decoder({ bytes, receivedAt: Date.UTC(2026, 10, 25), channel: 'body' });
  expect(first).toMatchObject({ kind: 'observation', observation: { vmsId: 'A1' } });
  // All of it at once takes longer than a minute.
  expect(performance.now() - startedAt).toBeLessThan(2000);
});

it('reads records whole that lie across two looks', () => {
  const bytes = Buffer.from(record.repeat(500));
  const decoded = [...decoder({ bytes, receivedAt: Date.UTC(2026, 10, 25), channel: 'body' })];
  expect(decoded.filter(({ kind }) => kind === 'observation')).toHaveLength(500);
  expect(decoded).toHaveLength(500);
});

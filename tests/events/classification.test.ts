import { expect, it } from 'vitest';
import { type Classification, classifications } from '../../events/classification.ts';
import type { KnownEvent } from '../../events/names.ts';
import { eventTypes } from '../../events/registry.ts';

const rows = Object.entries(classifications);

/** Sea marks, receivers and mere numbers: of no single vessel. */
const impersonal = /^fishing-vessel\.(?:navigation-aid|base-station|receiver-deafness|provider-outage|unidentified)\./;

it('does not compile without a row for every type', () => {
  const { 'gateway.alerts.reported': left, ...rest } = classifications;
  // @ts-expect-error -- a row is missing
  const incomplete: Readonly<Record<KnownEvent, Classification>> = rest;
  expect(Object.keys(incomplete)).toHaveLength(rows.length - 1);
  expect(left.category).toBe('operation');
});

it('restricts all that shows public space, and names the law for all that can lead to a person', () => {
  for (const [name, { classification, category, regulation }] of rows) {
    if (category === 'public-space') expect([name, classification]).toEqual([name, 'restricted']);
    const isPersonal = category === 'public-space' || (name.startsWith('fishing-vessel.') && !impersonal.test(name));
    expect([name, regulation]).toEqual([name, isPersonal ? 'VN-LAW-91-2025' : undefined]);
  }
});

it('restricts all that a picture goes with, redacted or not', () => {
  const withMedia = [...eventTypes.values()].filter(({ example }) => Array.isArray(example.data['media']));
  expect(withMedia.length).toBeGreaterThan(3);
  for (const { name } of withMedia) expect([name, classifications[name].classification]).toEqual([name, 'restricted']);
});

it('publishes nothing of its own accord', () => {
  expect(rows.filter(([, { classification }]) => classification === 'public')).toEqual([]);
});

it('names who may receive each type, and keeps each for two weeks at least', () => {
  for (const [name, { recipients, retention }] of rows) {
    expect(recipients.length, name).toBeGreaterThan(0);
    expect(retention, name).toBeGreaterThanOrEqual(14 * 86_400_000);
  }
});

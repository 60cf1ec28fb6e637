import { expect, test } from 'vitest';
import { isWanted } from '../../core/wanted.ts';

test('takes the streams of the services and classes that are named, and all where none are', () => {
  const streams = ['environment/obs', 'environment/alert', 'warning/alert', 'gateway/event'];
  const of = (wanted: Parameters<typeof isWanted>[0]) => streams.filter(stream => isWanted(wanted, stream));
  expect(of({})).toEqual(streams);
  expect(of({ classes: ['alert'] })).toEqual(['environment/alert', 'warning/alert']);
  expect(of({ services: ['environment'], classes: ['obs'] })).toEqual(['environment/obs']);
});

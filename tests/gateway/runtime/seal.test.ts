import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { CloudEvent } from 'cloudevents';
import { describe, expect, it } from 'vitest';
import type { Conclusion } from '../../../core/conclusion.ts';
import { GatewayError } from '../../../core/errors.ts';
import { quantities } from '../../../core/quantity.ts';
import type { DeviceProfile, Site } from '../../../core/site.ts';
import { exampleConclusion, exampleSite } from '../../../events/example-site.ts';
import { eventNames, stateNames } from '../../../events/names.ts';
import { eventTypes } from '../../../events/registry.ts';
import { toEventSchema } from '../../../events/schema.ts';
import { createSealer } from '../../../gateway/runtime/create-sealer.ts';

const recordedAt = Date.UTC(2026, 10, 23, 1, 12, 45);
const sealer = createSealer(exampleSite);

const typeOf = (name: string) => {
  const type = eventTypes.get(name);
  if (type === undefined) throw new Error(`no event ${name}`);
  return type;
};

const conclusion = (name: string, changes: Partial<Conclusion> = {}): Conclusion => ({
  ...exampleConclusion(typeOf(name)),
  ...changes,
});

const seal = (made: Conclusion, by = sealer) => by.event(made, recordedAt, 'ntp');
const parse = (body: string): Record<string, unknown> => JSON.parse(body) as Record<string, unknown>;
const dataOf = (body: string) => parse(body)['data'] as Record<string, unknown>;

const entered = conclusion('urban-camera.zone.entered');
const described = conclusion('fishing-vessel.vessel.described');

const siteWith = (changes: Partial<DeviceProfile>, site: Partial<Site> = {}): Site => {
  const device = exampleSite.devices.get('ais-1');
  if (device === undefined) throw new Error('the example site changed');
  return { ...exampleSite, ...site, devices: new Map([['ais-1', { ...device, ...changes }]]) };
};

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);

/** Every example as it stands on the wire: events with the number that the uplink adds. */
const wire = [...eventTypes.values()].map(type => {
  const made = exampleConclusion(type);
  const state = stateNames.find(name => type.name === `gateway.${name}.reported`);
  const retained = sealer.isState(type.name) ? sealer.retained(made, recordedAt) : undefined;
  const { topic, body } = state === undefined ? (retained ?? seal(made)) : sealer.state(state, made.data, made.time);
  const event = parse(body);
  return { type, topic, body, event: retained === undefined ? { ...event, streamseq: '0001-000000000001' } : event };
});

describe('every type of event', () => {
  it('was visited', () => {
    expect(wire).toHaveLength(eventNames.length);
  });

  it.each(wire)('$type.name fits its closed schema', ({ type, event }) => {
    const validate = ajv.compile(toEventSchema(type));
    expect(validate(event) ? [] : validate.errors).toEqual([]);
    expect(validate({ ...event, surprise: 1 })).toBe(false);
    expect(validate({ ...event, data: { ...(event['data'] as object), surprise: 1 } })).toBe(false);
  });

  it.each(wire)('$type.name is a CloudEvent for the cloudevents package', ({ event }) => {
    const parsed = new CloudEvent(event);
    expect(parsed.validate()).toBe(true);
    expect(parsed.id).toBe(event['id']);
  });

  it.each(wire)('$type.name has scalars only as attributes, in ASCII', ({ event }) => {
    const { data: _, ...attributes } = event;
    for (const [name, value] of Object.entries(attributes)) {
      expect(name).toMatch(/^[a-z0-9]{1,20}$/);
      expect(['string', 'number', 'boolean']).toContain(typeof value);
      expect(String(value)).toMatch(/^[\x20-\x7e]+$/);
    }
  });

  it.each(wire)('$type.name has a topic whose last segment is its source', ({ type, topic, event }) => {
    const lane = type.lane;
    expect(topic).toMatch(new RegExp(`^ioc/v1/hue/gw-017/[a-z0-9-]{1,32}/${lane}/${type.example.source}$`));
    expect(event['source']).toBe(`/ioc/hue/gw-017/${type.example.source}`);
    expect(topic.split('/')[4]).toBe(String(event['services']).split(',')[0]);
  });

  it.each(wire)('$type.name names the configuration that it was made under', ({ body }) => {
    expect(dataOf(body)['configversion']).toBe(exampleSite.configVersion);
  });

  it.each(wire)('$type.name gives the unit of each quantity it carries', ({ type, event }) => {
    const data = event['data'] as Record<string, unknown>;
    if (type.data.shape['units'] === undefined) return;
    const units = data['units'] as Record<string, string>;
    // Events about a vessel carry its speed and course with it.
    const carried = { ...data, ...(data['vessel'] as object | undefined) };
    expect(Object.keys(units).filter(name => !(name in carried))).toEqual([]);
    for (const [name, quantity] of Object.entries(quantities))
      if (typeof data[name] === 'number') expect(units[name]).toBe(quantity.unit);
  });
});

describe('ids', () => {
  it('are 32 hex digits that depend on source, type and key alone', () => {
    const first = seal(entered);
    expect(first.id).toMatch(/^[0-9a-f]{32}$/);
    expect(parse(first.body)['id']).toBe(first.id);
    expect(createSealer(exampleSite).event(entered, recordedAt + 86_400_000, 'unsynchronized').id).toBe(first.id);
    expect(
      seal({
        ...entered,
        data: { ...entered.data, object: { ...(entered.data['object'] as object), confidence: 0.5 } },
      }).id,
    ).toBe(first.id);
  });

  it('differ where key, type or source differ', () => {
    const ids = [
      entered,
      { ...entered, key: 'another' },
      { ...entered, source: 'cam-4' },
      { ...conclusion('urban-camera.zone.left'), key: entered.key },
    ].map(made => seal(made).id);
    expect(new Set(ids).size).toBe(4);
  });

  it('of a state differ with its time and its data', () => {
    const data = { state: 'online', connectionid: 'a' };
    const ids = [
      sealer.state('connection', data, recordedAt),
      sealer.state('connection', data, recordedAt + 1),
      sealer.state('connection', { ...data, connectionid: 'b' }, recordedAt),
    ].map(({ body }) => parse(body)['id']);
    expect(new Set(ids).size).toBe(3);
  });
});

describe('text', () => {
  it('is in NFC, also where a device composed it otherwise', () => {
    const { body } = seal({ ...described, data: { ...described.data, name: 'Cầu cảng'.normalize('NFD') } });
    expect(body).toBe(body.normalize('NFC'));
    expect(dataOf(body)['name']).toBe('Cầu cảng'.normalize('NFC'));
  });

  it('stays JSON where a combining mark follows an escaped character', () => {
    const name = 'Cầu\n\u0303'.normalize('NFD');
    expect(dataOf(seal({ ...described, data: { ...described.data, name } }).body)['name']).toBe(name.normalize('NFC'));
  });

  it('of a headline tells local time, name and place in both languages', () => {
    expect(dataOf(seal(entered).body)['headline']).toEqual({
      vi: 'Có người vào vùng Cầu cảng số 1 lúc 00:04 ngày 23/11',
      en: 'Person entered zone Quay 1 at 00:04 on 23 Nov',
    });
  });

  it('of a headline follows the time zone of the site', () => {
    const there = createSealer({ ...exampleSite, timeZone: 'UTC' });
    expect(dataOf(seal(entered, there).body)['headline']).toMatchObject({
      en: 'Person entered zone Quay 1 at 17:04 on 22 Nov',
    });
  });

  it('beyond ASCII is refused in attributes', () => {
    expect(() => seal({ ...entered, subject: 'zone/cầu' })).toThrow(GatewayError);
    expect(() => seal({ ...entered, correlation: 'lượt/1' })).toThrow(/ASCII/);
  });
});

describe('attributes', () => {
  it('name the services of the device, the first of which is the topic’s', () => {
    const there = createSealer(
      siteWith({ service: 'warning', alsoServes: ['fishing-vessel'], agencies: ['hue-port'] }),
    );
    const { topic, body } = seal(described, there);
    expect(topic).toBe('ioc/v1/hue/gw-017/warning/obs/ais-1');
    expect(parse(body)).toMatchObject({
      services: 'warning,fishing-vessel',
      agencies: 'hue-port',
      type: 'vn.ioc.fishing-vessel.vessel.described.v1',
    });
  });

  it('say what a gateway tells of a device under the service gateway', () => {
    const { topic } = seal(conclusion('gateway.device.failed'));
    expect(topic).toBe('ioc/v1/hue/gw-017/gateway/event/cam-3');
  });

  it('inherit place, ward and status from the device', () => {
    const there = createSealer(siteWith({ siteId: 'buoy-3', areaCode: '12345', status: 'simulated' }));
    expect(parse(seal(described, there).body)).toMatchObject({
      siteid: 'buoy-3',
      areacode: '12345',
      eventstatus: 'simulated',
    });
  });

  it('take the status of a device that somebody works on, for as long as he does', () => {
    const statuses = new Map([['ais-1', 'test' as const]]);
    const there = createSealer(exampleSite, undefined, statuses);
    const statusOf = (): unknown => parse(seal(described, there).body)['eventstatus'];
    expect(statusOf()).toBe('test');
    statuses.delete('ais-1');
    expect(statusOf()).toBe('actual');
  });

  it('fall back to the site for what a device left behind that is not configured any more', () => {
    const there = createSealer({ ...exampleSite, devices: new Map(), siteId: 'pole-1' });
    const { topic, body } = seal(described, there);
    expect(topic).toBe('ioc/v1/hue/gw-017/fishing-vessel/obs/ais-1');
    expect(parse(body)).toMatchObject({ services: 'fishing-vessel', siteid: 'pole-1', eventstatus: 'actual' });
  });

  it.each([
    ['INFORMATIONAL', 9],
    ['LOW', 11],
    ['MEDIUM', 13],
    ['HIGH', 17],
    ['CRITICAL', 21],
  ] as const)('give %s the number %i', (severity, number) => {
    expect(parse(seal({ ...entered, severity }).body)).toMatchObject({
      severitytext: severity,
      severitynumber: number,
    });
  });

  it('name the event that caused it, of which only the conclusion is known', () => {
    const cause = { event: described.event, source: described.source, time: described.time, key: described.key };
    expect(parse(seal({ ...entered, cause }).body)['causationid']).toBe(seal(described).id);
  });

  it('leave out what is not known', () => {
    const event = parse(seal(described).body);
    for (const name of ['severitytext', 'severitynumber', 'correlationid', 'causationid', 'agencies', 'streamseq'])
      expect(event).not.toHaveProperty(name);
  });

  it('escape what JSON asks for', () => {
    const subject = 'vessel/"\\';
    expect(parse(seal({ ...described, subject }).body)['subject']).toBe(subject);
  });

  it('tell the time of the occurrence and of its acceptance in UTC with milliseconds', () => {
    expect(parse(seal(described).body)).toMatchObject({
      time: '2026-11-23T01:12:44.000Z',
      recordedtime: '2026-11-23T01:12:45.000Z',
      timequality: 'ntp',
      historical: false,
    });
  });
});

describe('expiry', () => {
  it('counts from the acceptance by the retention of the type', () => {
    expect(seal(entered).expires).toBe(recordedAt + 30 * 86_400_000);
  });

  it('is left out as long as the clock was never set', () => {
    expect(sealer.event(entered, 0, 'unsynchronized').expires).toBeUndefined();
  });
});

describe('what breaks the contract', () => {
  it.each([
    ['an unknown event', { event: 'environment.air.smelled' }],
    ['a state that is concluded', { event: 'gateway.health.reported' }],
    ['a source that cannot stand in a topic', { source: 'Cam/3' }],
    ['data without the words of its headline', { data: {} }],
  ] as const)('is refused: %s', (_, changes) => {
    expect(() => seal({ ...entered, ...changes })).toThrow();
  });

  it('is refused beyond 64 KiB of UTF-8, counting what the uplink adds', () => {
    const withName = (length: number) => ({ ...described, data: { ...described.data, name: 'ế'.repeat(length) } });
    const room = 65_536 - 64 - Buffer.byteLength(seal(withName(1)).body) + 3;
    const fits = Math.floor(room / 3);
    expect(Buffer.byteLength(seal(withName(fits)).body)).toBeLessThanOrEqual(65_536 - 64);
    expect(() => seal(withName(fits + 1))).toThrow(/64 KiB/);
  });
});

describe('states', () => {
  it('lie under gateway/state, further pages beside the first', () => {
    const { data, time } = conclusion('gateway.inventory.reported');
    expect(sealer.state('inventory', data, time).topic).toBe('ioc/v1/hue/gw-017/gateway/state/inventory');
    const second = sealer.state('inventory-2', data, time);
    expect(second.topic).toBe('ioc/v1/hue/gw-017/gateway/state/inventory-2');
    expect(parse(second.body)).toMatchObject({ type: 'vn.ioc.gateway.inventory.reported.v1' });
  });
});

describe('a clock that was not set', () => {
  const hour = 3_600_000;
  const woken = Date.UTC(2024, 0, 1);
  const setAt = Date.UTC(2026, 10, 23, 1, 0, 0);
  const correction = { shifts: [{ from: woken, to: woken + hour, by: setAt - woken - hour }], setAt };
  const unset = { boot: 'b1', correction: () => undefined, isUnknown: () => false };
  const made = conclusion('urban-camera.object.observed');
  const typeName = 'urban-camera.zone.left';

  it('gives other ids after each start of the machine, and the same ones within one', () => {
    const first = createSealer(exampleSite, unset);
    const second = createSealer(exampleSite, { ...unset, boot: 'b2' });
    const ids = [first, first, second].map(one => one.event(made, woken, 'unsynchronized').id);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(ids[2]);
    expect(first.event(made, recordedAt, 'ntp').id).toBe(seal(made).id);
  });

  it('is put right in what is told after it was set', () => {
    const enteredAt = new Date(woken + 59 * 60_000).toISOString();
    const left = conclusion(typeName, { time: woken + hour });
    const by = createSealer(exampleSite, { boot: 'b1', correction: () => correction, isUnknown: () => false });
    const sealed = by.event({ ...left, data: { ...left.data, enteredAt } }, setAt + 1000, 'ntp');
    expect(parse(sealed.body)).toMatchObject({
      time: new Date(setAt).toISOString(),
      recordedtime: new Date(setAt + 1000).toISOString(),
      timequality: 'estimated',
      data: { enteredAt: new Date(setAt - 60_000).toISOString() },
    });
    expect(dataOf(sealed.body)['headline']).toEqual(dataOf(seal({ ...left, time: setAt }).body)['headline']);
    expect(sealed.time).toBe(setAt);
    expect(sealed.expires).toBeGreaterThan(setAt);
  });

  it('leaves what happens afterwards as it is', () => {
    const by = createSealer(exampleSite, { boot: 'b1', correction: () => correction, isUnknown: () => false });
    expect(by.event(made, recordedAt, 'ntp')).toEqual(seal(made));
  });
});

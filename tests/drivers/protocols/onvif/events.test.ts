import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  createPullPointSubscription,
  parseMessages,
  parseSubscription,
  pullMessages,
  unsubscribe,
} from '../../../../drivers/protocols/onvif/events.ts';
import { buildEnvelope, contentType, parseEnvelope } from '../../../../drivers/protocols/onvif/soap.ts';
import type { Element } from '../../../../drivers/protocols/onvif/xml.ts';
import { dataFile, missingData, readJsonLines } from '../../../support/resources.ts';

const contentOf = (xml: string): Element => {
  const answer = parseEnvelope(xml);
  if (answer.kind !== 'answer') throw new Error('it is a fault');
  return answer.content;
};

const inEnvelope = (body: string): string =>
  `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>${body}</s:Body></s:Envelope>`;

const values = z.record(z.string(), z.string());
const rowSchema = z.object({ file: z.string(), op: z.string().optional(), expect: z.unknown().optional() });
const messageSchema = z.object({
  topic: z.string(),
  utc: z.string(),
  prop: z.string(),
  source: values,
  key: values,
  data: values,
});

const skip = missingData();
const rows =
  skip === undefined ? (await readJsonLines(dataFile('onvif', 'expected.jsonl'))).map(row => rowSchema.parse(row)) : [];
const expecting = (op: string) => rows.filter(row => row.op === op && row.expect !== undefined);

describe.skipIf(skip !== undefined)('recorded events of real cameras', () => {
  it.each(expecting('CreatePullPointSubscriptionResponse'))('say where they are pulled: $file', row => {
    const { address } = z.object({ address: z.string() }).parse(row.expect);
    expect(parseSubscription(contentOf(readFileSync(dataFile('onvif', row.file), 'utf8')))).toMatchObject({ address });
  });

  it.each(expecting('PullMessagesResponse'))('are read with topic, time and items: $file', row => {
    const expected = z.array(messageSchema).parse(row.expect);
    const found = parseMessages(contentOf(readFileSync(dataFile('onvif', row.file), 'utf8')));
    expect(found).toEqual(
      expected.map(({ topic, utc, prop, source, key, data }) => ({
        topic: topic.replace('tns1:', ''),
        time: Date.parse(utc),
        operation: prop,
        source: new Map(Object.entries(source)),
        key: new Map(Object.entries(key)),
        data: new Map(Object.entries(data)),
      })),
    );
  });

  it('are three answers', () => {
    expect(expecting('CreatePullPointSubscriptionResponse').length + expecting('PullMessagesResponse').length).toBe(3);
  });
});

describe('a subscription', () => {
  it('is asked for and pulled with the actions of ONVIF and the address that the camera named', () => {
    const create = createPullPointSubscription(60_000);
    expect(contentType(create)).toContain('wsdl/EventPortType/CreatePullPointSubscriptionRequest"');
    expect(buildEnvelope(create)).toContain('<InitialTerminationTime>PT60S</InitialTerminationTime>');
    const pull = pullMessages({ address: 'http:///onvif/point?a=1&b=2', reference: '' }, 5000, 100);
    expect(buildEnvelope(pull)).toMatch(
      /<s:Header><Action .*PullMessagesRequest<.*<To [^>]*>http:...onvif.point.a=1&amp;b=2</,
    );
    expect(buildEnvelope(pull)).toContain('<Timeout>PT5S</Timeout><MessageLimit>100</MessageLimit>');
  });

  it('hands back the parameters that the camera wants with every request, as Axis does', () => {
    const axis = `<r:CreatePullPointSubscriptionResponse xmlns:r="r" xmlns:wsa="w"><r:SubscriptionReference>
      <wsa:Address>http://192.168.1.64/onvif/services</wsa:Address>
      <wsa:ReferenceParameters><dom0:SubscriptionId xmlns:dom0="http://www.axis.com/2009/event">17</dom0:SubscriptionId></wsa:ReferenceParameters>
    </r:SubscriptionReference></r:CreatePullPointSubscriptionResponse>`;
    const subscription = parseSubscription(contentOf(inEnvelope(axis)));
    for (const request of [pullMessages(subscription, 5000, 10), unsubscribe(subscription)]) {
      expect(buildEnvelope(request)).toMatch(
        /<s:Header>.*<SubscriptionId xmlns="http:..www.axis.com.2009.event" a:IsReferenceParameter="true"[^>]*>17<.SubscriptionId>/,
      );
    }
  });

  it('is refused where the camera does not say where it is', () => {
    expect(() => parseSubscription(contentOf(inEnvelope('<r:R xmlns:r="r"/>')))).toThrow(
      expect.objectContaining({ kind: 'protocol' }),
    );
  });
});

it('what is no message is left out, and a time that is none stays out', () => {
  const answer = `<r:PullMessagesResponse xmlns:r="r"><r:NotificationMessage/>
    <r:NotificationMessage><r:Topic> tns1:VideoSource/tnsx:MotionAlarm </r:Topic><r:Message><r:Message UtcTime="soon"/></r:Message></r:NotificationMessage>
  </r:PullMessagesResponse>`;
  expect(parseMessages(contentOf(inEnvelope(answer)))).toEqual([
    {
      topic: 'VideoSource/MotionAlarm',
      time: undefined,
      operation: undefined,
      source: new Map(),
      key: new Map(),
      data: new Map(),
    },
  ]);
});

it('a topic that does not end is read in no time', () => {
  const answer = `<r:PullMessagesResponse xmlns:r="r"><r:NotificationMessage><r:Topic>${'a'.repeat(500_000)}</r:Topic>
    <r:Message><r:Message/></r:Message></r:NotificationMessage></r:PullMessagesResponse>`;
  const began = performance.now();
  expect(parseMessages(contentOf(inEnvelope(answer)))).toHaveLength(1);
  // Looked at from each of its letters to its end it would take minutes.
  expect(performance.now() - began).toBeLessThan(5000);
});

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { GatewayError } from '../../../../core/errors.ts';
import { parseProbeMatches } from '../../../../drivers/protocols/onvif/discovery.ts';
import {
  getProfiles,
  getStreamUri,
  parseCapabilities,
  parseDeviceInformation,
  parseNetworkInterfaces,
  parseProfiles,
  parseServices,
  parseSystemDateAndTime,
  parseUri,
} from '../../../../drivers/protocols/onvif/operations.ts';
import { buildEnvelope, parseEnvelope } from '../../../../drivers/protocols/onvif/soap.ts';
import type { Element } from '../../../../drivers/protocols/onvif/xml.ts';
import { dataFile, missingData, readJsonLines } from '../../../support/resources.ts';

const rowSchema = z.object({
  file: z.string(),
  op: z.string().optional(),
  ns: z.string().optional(),
  wellformed: z.literal(false).optional(),
  expect: z.unknown().optional(),
});

const skip = missingData();
const rows =
  skip === undefined ? (await readJsonLines(dataFile('onvif', 'expected.jsonl'))).map(row => rowSchema.parse(row)) : [];
const wellFormed = rows.filter(({ wellformed }) => wellformed !== false);
const textOf = (file: string): string => readFileSync(dataFile('onvif', file), 'utf8');

const contentOf = (file: string): Element => {
  const answer = parseEnvelope(textOf(file));
  if (answer.kind !== 'answer') throw new Error(`${file} is a fault`);
  return answer.content;
};

const expecting = (op: string) => wellFormed.filter(row => row.op === op && row.expect !== undefined);

describe.skipIf(skip !== undefined)('recorded answers of real cameras', () => {
  it('are all there', () => {
    const files = readdirSync(dataFile('onvif')).filter(file => file.endsWith('.xml'));
    expect(rows.map(({ file }) => file).toSorted()).toEqual(files.toSorted());
    expect(wellFormed.length).toBeGreaterThan(80);
  });

  it('are read by operation and namespace', () => {
    const found = wellFormed.map(({ file }) => {
      const answer = parseEnvelope(textOf(file));
      return answer.kind === 'fault'
        ? { file, op: 'Fault', ns: 'http://www.w3.org/2003/05/soap-envelope' }
        : { file, op: answer.content.name, ns: answer.content.namespace };
    });
    expect(found).toEqual(wellFormed.map(({ file, op, ns }) => ({ file, op, ns })));
  });

  it('are refused with a clear error where they are malformed', () => {
    const malformed = rows.filter(({ wellformed }) => wellformed === false);
    expect(malformed.length).toBeGreaterThanOrEqual(14);
    for (const { file } of malformed) {
      expect(() => parseEnvelope(textOf(file)), file).toThrow(GatewayError);
      expect(() => parseEnvelope(textOf(file)), file).toThrow(/^an answer is not/);
    }
  });

  it('say the time of the device', () => {
    const told = expecting('GetSystemDateAndTimeResponse');
    expect(told.length).toBeGreaterThanOrEqual(2);
    for (const { file, expect: expected } of told) {
      const { utc } = z.object({ utc: z.string() }).parse(expected);
      expect(parseSystemDateAndTime(contentOf(file)), file).toBe(Date.parse(utc));
    }
  });

  it('say who made the device', () => {
    const told = expecting('GetDeviceInformationResponse');
    expect(told.length).toBeGreaterThanOrEqual(3);
    for (const { file, expect: expected } of told) {
      const { manufacturer, model, firmwareVersion, serialNumber, hardwareId } = parseDeviceInformation(
        contentOf(file),
      );
      expect({
        Manufacturer: manufacturer,
        Model: model,
        FirmwareVersion: firmwareVersion,
        SerialNumber: serialNumber,
        HardwareId: hardwareId,
      }).toEqual(expected);
    }
  });

  it('say where the services are', () => {
    for (const { file, expect: expected } of expecting('GetServicesResponse')) {
      expect(Object.fromEntries(parseServices(contentOf(file))), file).toEqual(expected);
    }
    for (const { file, expect: expected } of expecting('GetCapabilitiesResponse')) {
      const known = z.record(z.string(), z.string()).parse(expected);
      expect(Object.fromEntries(parseCapabilities(contentOf(file))), file).toMatchObject(known);
    }
    expect(expecting('GetServicesResponse').length).toBeGreaterThanOrEqual(2);
  });

  it('say which streams there are', () => {
    const told = expecting('GetProfilesResponse');
    expect(told.length).toBeGreaterThanOrEqual(2);
    const profileSchema = z.object({
      token: z.string(),
      name: z.string(),
      enc: z.string(),
      w: z.string(),
      h: z.string(),
      fps: z.string(),
      ptz: z.boolean().optional(),
    });
    for (const { file, expect: expected } of told) {
      const profiles = z.array(profileSchema).parse(expected);
      expect(parseProfiles(contentOf(file)), file).toEqual(
        profiles.map(({ token, name, enc, w, h, fps, ptz = false }) => ({
          token,
          name,
          encoding: enc,
          width: Number(w),
          height: Number(h),
          fps: Number(fps),
          ...(ptz && { ptzConfiguration: expect.any(String) }),
        })),
      );
    }
  });

  it('say where streams and snapshots are', () => {
    const told = [...expecting('GetStreamUriResponse'), ...expecting('GetSnapshotUriResponse')];
    expect(told.length).toBeGreaterThanOrEqual(4);
    for (const { file, expect: expected } of told) expect({ uri: parseUri(contentOf(file)) }, file).toEqual(expected);
  });

  it('say the hardware addresses', () => {
    const [row] = wellFormed.filter(({ op }) => op === 'GetNetworkInterfacesResponse');
    expect(parseNetworkInterfaces(contentOf(row?.file ?? ''))).toEqual([expect.stringMatching(/^[0-9a-f:]{17}$/i)]);
  });

  it('tell a fault with its code', () => {
    for (const { file, expect: expected } of expecting('Fault')) {
      const answer = parseEnvelope(textOf(file));
      const { code, sub, text } = z.object({ code: z.string(), sub: z.string(), text: z.string() }).parse(expected);
      expect(answer).toMatchObject({ kind: 'fault', fault: { code, reason: text } });
      expect(answer.kind === 'fault' && answer.fault.subcodes[0]).toBe(sub);
    }
  });

  it('say who answers to a probe', () => {
    const told = expecting('ProbeMatches');
    expect(told.length).toBeGreaterThanOrEqual(2);
    for (const { file, expect: expected } of told) {
      const matches = parseProbeMatches(textOf(file)).map(({ endpoint, types, scopes, addresses }) => ({
        epr: endpoint,
        types,
        scopes,
        xaddrs: addresses,
      }));
      expect(matches, file).toEqual(expected);
    }
  });
});

const answer = (body: string, head = ''): string =>
  `${head}<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>${body}</s:Body></s:Envelope>`;

describe('answers', () => {
  it.each([
    ['a document type', answer('<a xmlns="urn:x"/>', '<!DOCTYPE a [<!ENTITY b "c">]>')],
    ['a million open elements', answer('<a>'.repeat(200_000))],
    ['elements that lie too deep', answer(`${'<a xmlns="urn:x">'.repeat(500)}${'</a>'.repeat(500)}`)],
    ['more than 1 MiB', answer(`<a xmlns="urn:x">${'x'.repeat(1_100_000)}</a>`)],
    ['a page of HTML', '<html><body>401 Unauthorized</body></html>'],
    ['nothing', ''],
  ])('with %s are refused', (_, xml) => {
    expect(() => parseEnvelope(xml)).toThrow(GatewayError);
  });

  it('that declare very many namespaces cost no more than others', () => {
    const declared = Array.from({ length: 20_000 }, (_, index) => `xmlns:n${index}="u:${index}"`).join(' ');
    const inner = '<b xmlns:m="u:m"><m:c/></b>'.repeat(15_000);
    const costOf = (attributes: string): number => {
      const before = process.cpuUsage();
      expect(parseEnvelope(answer(`<a xmlns="urn:x" ${attributes}>${inner}</a>`))).toMatchObject({ kind: 'answer' });
      return process.cpuUsage(before).user;
    };
    const plain = costOf('');
    // Looked through for each of the elements, they would cost some hundred times as much.
    expect(costOf(declared)).toBeLessThan(20 * plain);
  });

  it('of cameras without a clock, without encoders or without an address have none', () => {
    const content = (body: string): Element => {
      const parsed = parseEnvelope(answer(body));
      if (parsed.kind !== 'answer') throw new Error('a fault');
      return parsed.content;
    };
    expect(parseSystemDateAndTime(content('<R xmlns="urn:x"><SystemDateAndTime/></R>'))).toBeUndefined();
    expect(parseProfiles(content('<R xmlns="urn:x"><Profiles token="a"/><Profiles/></R>'))).toEqual([
      { token: 'a', name: '' },
    ]);
    expect(() => parseUri(content('<R xmlns="urn:x"/>'))).toThrow(/address of the stream/);
  });

  it('of the second media service are read like those of the first', () => {
    const xml = answer(
      '<R xmlns="http://www.onvif.org/ver20/media/wsdl"><Profiles token="t1" fixed="true"><Name>Main &amp; only</Name>' +
        '<Configurations><VideoEncoder token="v"><Encoding>H265</Encoding><Resolution><Width>704</Width>' +
        '<Height>576</Height></Resolution></VideoEncoder></Configurations></Profiles></R>',
    );
    const parsed = parseEnvelope(xml);
    expect(parsed.kind === 'answer' && parseProfiles(parsed.content)).toEqual([
      { token: 't1', name: 'Main & only', encoding: 'H265', width: 704, height: 576 },
    ]);
  });
});

describe('requests', () => {
  it('name their operation and escape what stands in them', () => {
    expect(buildEnvelope(getProfiles('media2'))).toContain(
      '<GetProfiles xmlns="http://www.onvif.org/ver20/media/wsdl"><Type>VideoEncoder</Type><Type>PTZ</Type></GetProfiles>',
    );
    const parsed = parseEnvelope(buildEnvelope(getStreamUri('media', `<&"'>`, 'tcp')));
    expect(parsed).toMatchObject({ kind: 'answer', content: { name: 'GetStreamUri' } });
    expect(JSON.stringify(parsed)).toContain(`<&\\"'>`);
  });
});

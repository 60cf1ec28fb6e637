/**
 * Everything that reads bytes from outside, with good inputs to begin from. A driver joins by its fixtures alone; what
 * is no driver's codec stands in the table below.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parseConfig } from '../../../config/parse.ts';
import { remoteCommands } from '../../../core/commands.ts';
import { GatewayError } from '../../../core/errors.ts';
import { parseProbeMatches } from '../../../drivers/protocols/onvif/discovery.ts';
import * as events from '../../../drivers/protocols/onvif/events.ts';
import * as operations from '../../../drivers/protocols/onvif/operations.ts';
import * as ptz from '../../../drivers/protocols/onvif/ptz.ts';
import * as relays from '../../../drivers/protocols/onvif/relays.ts';
import { parseEnvelope } from '../../../drivers/protocols/onvif/soap.ts';
import { drivers } from '../../../drivers/registry.generated.ts';
import { chooseChallenge } from '../../../drivers/transports/http-digest.ts';
import { explainRtsp } from '../../../drivers/transports/rtsp.ts';
import { exampleSite } from '../../../events/example-site.ts';
import { authorizeCommand } from '../../../gateway/downlink/authorize.ts';
import { openCommandKey } from '../../../gateway/downlink/keys.ts';
import { verifyCommand } from '../../../gateway/downlink/verify.ts';
import { parseEpoch } from '../../../gateway/outbox/epoch.ts';
import { parseRanges } from '../../../gateway/outbox/ranges.ts';
import { fromChildSchema, toChildSchema } from '../../../gateway/vision/messages.ts';
import { readOnnxMetadata } from '../../../models/onnx-metadata.ts';
import { answerOf, devicePath, media2Path, type OnvifState } from '../../../simulators/cameras/video/onvif-answers.ts';
import { soapFault } from '../../../simulators/cameras/video/soap.ts';
import { type Fixture, fixtureDevice, readFixtures } from '../../drivers/support/fixtures.ts';
import { createSender, keyConfigOf, signJws } from '../../support/commands.ts';
import { encodeConstants } from '../../support/onnx.ts';
import { dataFile, missingData, projectFile } from '../../support/resources.ts';

export interface Subject {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  /** How many inputs it gets, as a share of what a driver's fixture gets: slow parsers get fewer. */
  readonly share: number;
  /** Inputs to one parser before a fresh one takes over; 250 when absent. */
  readonly perEpisode?: number;
  /** A parser that has seen nothing yet. What it throws is a failure. */
  open(): (input: Uint8Array) => void | Promise<void>;
  /** Mends a checksum, so that what lies behind it is reached. */
  readonly mend?: (input: Uint8Array) => Uint8Array;
}

const text = (input: Uint8Array): string => Buffer.from(input.buffer, input.byteOffset, input.length).toString('utf8');
const bytes = (value: string): Uint8Array => Buffer.from(value);

/** An error that is an answer: it has a kind, and says what is wrong. */
const answering =
  (parse: (input: Uint8Array) => unknown) =>
  (input: Uint8Array): void => {
    try {
      parse(input);
    } catch (thrown) {
      if (!(thrown instanceof GatewayError) || thrown.kind === 'defect' || thrown.message === '') throw thrown;
    }
  };

const stateless = (
  name: string,
  share: number,
  seeds: readonly Uint8Array[],
  parse: (input: Uint8Array) => unknown,
) => ({
  name,
  share,
  seeds,
  open: () => answering(parse),
});

const lineFeed = 0x0a;

/** Lines one by one: in a chunk of a hundred, the first broken one would take all the mutations. */
const toSeeds = ({ chunks }: Fixture): readonly Uint8Array[] =>
  chunks.flatMap(chunk => {
    if (chunk.bytes.length <= 512 || !chunk.bytes.includes(lineFeed)) return [chunk.bytes];
    const lines: Uint8Array[] = [];
    for (let at = 0; at < chunk.bytes.length; ) {
      const end = chunk.bytes.indexOf(lineFeed, at) + 1 || chunk.bytes.length;
      lines.push(chunk.bytes.subarray(at, end));
      at = end;
    }
    return lines;
  });

/** NMEA 0183, 5.2.1: the exclusive or of what lies between the delimiter and the asterisk. */
const mendSentence = (input: Uint8Array): Uint8Array => {
  const star = input.lastIndexOf(0x2a);
  const start = Math.max(input.lastIndexOf(0x21, star), input.lastIndexOf(0x24, star));
  if (start < 0 || star < start || star + 2 >= input.length) return input;
  let sum = 0;
  for (let at = start + 1; at < star; at++) sum ^= input[at] ?? 0;
  const mended = input.slice();
  mended.set(bytes(sum.toString(16).toUpperCase().padStart(2, '0')), star + 1);
  return mended;
};

/** Plantower: the last two of 32 bytes are the sum of the others. */
const mendPlantower = (input: Uint8Array): Uint8Array => {
  if (input.length < 32) return input;
  const mended = input.slice();
  let sum = 0;
  for (let at = 0; at < 30; at++) sum += mended[at] ?? 0;
  mended[30] = (sum >> 8) & 0xff;
  mended[31] = sum & 0xff;
  return mended;
};

const mends: Readonly<Record<string, (input: Uint8Array) => Uint8Array>> = {
  'ais-receiver': mendSentence,
  pms5003: mendPlantower,
};

/** Numbers that are none would travel as `null`. */
const checkNumbers = (observation: object): void => {
  for (const value of Object.values(observation)) {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new Error(`a number that is none in ${JSON.stringify(observation)}`);
    }
  }
};

const codecs = async (): Promise<readonly Subject[]> => {
  const found: Subject[] = [];
  for (const driver of drivers) {
    for (const fixture of await readFixtures(driver.family, driver.name)) {
      const device = driver.bind(fixtureDevice, fixture.config);
      const [{ channel, receivedAt } = { receivedAt: 0 }] = fixture.chunks;
      const channels = [...new Set(fixture.chunks.map(chunk => chunk.channel))];
      const mend = mends[driver.name];
      found.push({
        name: `${driver.name}/${fixture.name}`,
        seeds: toSeeds(fixture),
        share: 1,
        open: () => {
          const decode = device.createDecoder();
          if (decode === undefined) throw new Error(`${driver.name} has fixtures but no decoder`);
          let turn = 0;
          return input => {
            const from = channels[turn++ % channels.length] ?? channel;
            for (const piece of decode({ bytes: input, receivedAt, ...(from !== undefined && { channel: from }) })) {
              if (piece.kind === 'observation') checkNumbers(piece.observation);
              else if (!/^[a-z0-9.-]+$/.test(piece.reason)) throw new Error(`a reason from outside: ${piece.reason}`);
            }
          };
        },
        ...(mend !== undefined && { mend }),
      });
    }
  }
  return found;
};

const onvifState: OnvifState = {
  identity: {
    endpointReference: 'urn:uuid:1419d68a-1dd2-11b2-a105-020000000001',
    mac: '02:00:00:00:00:01',
    model: 'SIM-1',
    serialNumber: '1',
  },
  streams: [{ token: 'main', width: 1280, height: 720, fps: 10, uri: 'rtsp://192.168.1.64:554/main' }],
  media: 'both',
  canTurn: true,
  hasEvents: true,
  relays: 1,
  now: Date.UTC(2026, 10, 26),
  base: 'http://192.168.1.64:80',
  address: '192.168.1.64',
};

const onvifSeeds = (): readonly Uint8Array[] => {
  const asked = [
    'GetSystemDateAndTime',
    'GetServices',
    'GetCapabilities',
    'GetEndpointReference',
    'GetDeviceInformation',
  ];
  const simulated = [...asked, 'GetNetworkInterfaces', 'GetProfiles', 'GetStreamUri', 'GetSnapshotUri']
    .flatMap(operation => [devicePath, media2Path].map(path => answerOf(operation, 'main', path, onvifState)))
    .filter(answer => answer !== undefined);
  const recorded =
    missingData() === undefined
      ? readdirSync(dataFile('onvif'))
          .filter(file => file.endsWith('.xml'))
          .map(file => readFileSync(dataFile('onvif', file), 'utf8'))
      : [];
  return [...simulated, soapFault('ter:NotAuthorized', 'no'), ...recorded]
    .filter(each => each.length < 30_000)
    .map(bytes);
};

/** All that is read from an answer, whatever it answers. */
const readers = Object.entries({ ...operations, ...events, ...ptz, ...relays }).flatMap(([name, value]) =>
  name.startsWith('parse') && typeof value === 'function' ? [value] : [],
);

const readAnswer = (input: Uint8Array): void => {
  const answer = parseEnvelope(text(input));
  if (answer.kind !== 'answer') return;
  for (const read of readers) answering(() => Reflect.apply(read, undefined, [answer.content]))(input);
};

const configSeeds = (): readonly Uint8Array[] =>
  readdirSync(projectFile('config'))
    .filter(file => file.endsWith('.yaml'))
    .map(file => readFileSync(projectFile('config', file)));

const ipcSeeds = [
  { kind: 'open', session: 1, device: 'cam-1', driver: 'rtsp-camera', config: {}, detect: {}, secrets: {}, epoch: 1 },
  { kind: 'close', session: 1 },
  { kind: 'failed', session: 1, error: { kind: 'denied', message: 'no' } },
].map(message => bytes(JSON.stringify(message)));

const challenges = [
  'Digest realm="AXIS_ACCC8E012345", nonce="00b2", algorithm=MD5, qop="auth,auth-int", opaque="5ccc"',
  'Basic realm="camera", Digest realm="a\\"b", nonce="x", algorithm=SHA-256',
].map(bytes);

const onnxModel = encodeConstants(
  { type: 'float32', dimensions: [1, 3, 64, 64] },
  { output: { type: 'float32', dimensions: [1, 2], values: [0.1, 0.9] } },
  { names: "{0: 'dry', 1: 'flood'}", task: 'classify' },
);

const others = (): readonly Subject[] => [
  stateless('onvif answers', 0.05, onvifSeeds(), readAnswer),
  stateless('onvif discovery', 0.05, onvifSeeds(), input => parseProbeMatches(text(input))),
  {
    ...stateless('configuration', 0.004, configSeeds(), input => parseConfig(text(input), 'site.yaml')),
    perEpisode: 25,
  },
  stateless('HTTP digest', 0.3, challenges, input => chooseChallenge([text(input)])),
  stateless('complaints of ffmpeg', 0.2, [bytes('[rtsp @ 0x5] method DESCRIBE failed: 401 Unauthorized\n')], input =>
    explainRtsp(text(input), 'camera:554'),
  ),
  stateless('vision process', 0.1, ipcSeeds, input => {
    let message: unknown;
    try {
      message = JSON.parse(text(input));
    } catch {
      return;
    }
    toChildSchema.safeParse(message);
    fromChildSchema.safeParse(message);
  }),
  stateless('ONNX metadata', 0.2, [onnxModel], readOnnxMetadata),
  stateless('epoch file', 0.2, [bytes('{"epoch":"0002","streams":{"environment/obs":412}}\n')], input =>
    parseEpoch(text(input)),
  ),
  stateless('settled ranges', 0.2, [bytes('1-412 500-500 600-700')], input => parseRanges(text(input))),
];

/** Whole messages of the center, and claims that somebody signed who may. */
const commands = async (): Promise<readonly Subject[]> => {
  const sender = createSender();
  const keys = new Map([[sender.id, await openCommandKey(keyConfigOf(sender))]]);
  const now = Date.UTC(2026, 10, 26);
  const moment = { now, timeQuality: 'ntp', forgottenUntil: 0, rememberedSince: 0 } as const;
  const judge = async (message: Uint8Array): Promise<void> => {
    const verdict = await verifyCommand(message, { keys, audience: 'hue/gw-1', sender: sender.id });
    if (verdict.kind === 'signed') authorizeCommand(verdict.signed, exampleSite, moment);
  };
  const claims = [...remoteCommands.values()].map(({ name, example }) =>
    JSON.stringify({
      jti: name,
      iss: sender.id,
      aud: 'hue/gw-1',
      iat: now / 1000,
      exp: now / 1000 + 300,
      command: name,
      input: example.input,
    }),
  );
  const sign = (payload: string): Uint8Array => bytes(signJws(sender, { alg: 'EdDSA', kid: sender.id }, payload));
  return [
    { name: 'commands', share: 0.05, seeds: claims.map(sign), open: () => judge },
    {
      name: 'claims of commands',
      share: 0.03,
      seeds: claims.map(bytes),
      open: () => input => judge(sign(text(input))),
    },
  ];
};

/** In the same order each time. */
export const readSubjects = async (): Promise<readonly Subject[]> => [
  ...(await codecs()),
  ...others(),
  ...(await commands()),
];

/** Looks for cameras of the local network, and changes nothing: neither in a camera nor in a file. */
import { lookup } from 'node:dns/promises';
import path from 'node:path';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { defineCommand } from '../../core/command-line.ts';
import { GatewayError } from '../../core/errors.ts';
import { type Duration, formatDuration, parseDuration, seconds, systemClock } from '../../core/time.ts';
import { drivers } from '../../drivers/registry.generated.ts';
import {
  cameraEntries,
  describeCamera,
  nobodyAnswered,
  placeOfCamera,
  type WrittenLogin,
} from '../discover/camera-entries.ts';
import { type ConfiguredCamera, readerAmong, searchCameras } from '../discover/cameras.ts';
import { formatEntries } from '../discover/entry.ts';
import { createProgress } from './progress.ts';
import { requireConfig } from './report.ts';
import { interrupted, untilStopped } from './stopping.ts';

const parseListening = (text: string | undefined): Duration => {
  const time = text === undefined ? seconds(5) : parseDuration(text);
  if (time !== undefined && time >= seconds(1) && time <= seconds(60)) return time;
  throw new GatewayError('config', `--listen ${text} is no time to wait for answers`, {
    advice: 'Give one from 1s to 60s.',
  });
};

const parseLogin = (username: string | undefined, file: string | undefined): WrittenLogin | undefined => {
  if (username === undefined && file === undefined) return undefined;
  if (username !== undefined && file !== undefined) return { username, password: `\${file:${path.resolve(file)}}` };
  throw new GatewayError('config', 'a user and the file with its password go together', {
    advice: 'Give both --username and --password-file.',
  });
};

const hostOfUrl = (text: unknown): string | undefined =>
  typeof text === 'string' && URL.canParse(text) ? new URL(text).hostname.replace(/^\[|\]$/g, '') : undefined;

/** Cameras of a configuration, whatever reads them, by what their entries say. */
const configuredCameras = (config: Config | undefined): Promise<readonly ConfiguredCamera[]> =>
  Promise.all(
    (config?.devices ?? [])
      .filter(({ driver }) => driver.family === 'cameras')
      .map(async ({ profile, driver, slice }): Promise<ConfiguredCamera> => {
        const settings = new Map<string, unknown>(Object.entries(Object(driver.schema.safeParse(slice).data)));
        const word = (key: string): string | undefined => {
          const value = settings.get(key);
          return typeof value === 'string' ? value : undefined;
        };
        const [port, endpoint, mac] = [settings.get('port'), word('endpoint'), word('mac')];
        const host = word('host') ?? hostOfUrl(settings.get('url'));
        const resolved = host === undefined ? [] : await lookup(host, { all: true }).catch(() => []);
        return {
          id: profile.id,
          hosts: [...(host === undefined ? [] : [host]), ...resolved.map(({ address }) => address)],
          ...(typeof port === 'number' && { port }),
          ...(endpoint !== undefined && { endpoint }),
          ...(mac !== undefined && { mac }),
        };
      }),
  );

const place = 'the network';

export const discoverCamerasCommand = defineCommand({
  name: 'discover cameras',
  summary: 'Find cameras of the local network that no configuration names yet: prints what to paste under "devices".',
  usage: '[FILE]',
  options: {
    listen: { type: 'string', value: 'TIME', summary: 'How long to wait for answers, 1s to 60s; 5s when absent.' },
    username: { type: 'string', value: 'NAME', summary: 'ONVIF user to write for the cameras that ask for a login.' },
    'password-file': {
      type: 'string',
      value: 'FILE',
      summary: 'File with the password of that user: it is named in what is printed, and never read or sent.',
    },
  },
  examples: [
    { line: '', summary: 'All that answer' },
    { line: 'site.yaml', summary: 'What is not in a configuration yet' },
    {
      line: '--username haidang --password-file /etc/haidang/camera-password > found.yaml',
      summary: 'Ready to be used; only YAML goes to the file',
    },
  ],
  run: async ({ values, positionals: [file], out, err }) => {
    const listenFor = parseListening(values.listen);
    const login = parseLogin(values.username, values['password-file']);
    const config = file === undefined ? undefined : requireConfig(file, await loadConfig(file));
    const driver = drivers.find(({ name }) => name === 'onvif-camera');
    if (driver === undefined) throw new GatewayError('defect', 'there is no driver for cameras');
    const configured = await configuredCameras(config);
    const signal = untilStopped();
    using progress = createProgress(err);
    const began = performance.now();
    const tell = (cameras: number): void =>
      progress.tell(place, `cameras: ${cameras}`, Math.max(0, listenFor - (performance.now() - began)));
    err(`asks the network for cameras, ${formatDuration(listenFor)}\n`);
    tell(0);
    const { findings, others } = await searchCameras({
      listenFor,
      signal,
      clock: systemClock,
      readerOf: readerAmong(configured),
      onAnswer: tell,
      onFinding: finding => {
        progress.end(finding.sender, `${placeOfCamera(finding)}: ${describeCamera(finding)}\n`);
      },
    });
    const passedOver = others === 0 ? '' : `; other things that answered: ${others}`;
    const summary = findings.length === 0 ? nobodyAnswered(listenFor) : `cameras: ${findings.length}`;
    progress.end(place, `${signal.aborted && findings.length === 0 ? 'stopped' : summary}${passedOver}\n`);
    const entries = cameraEntries(findings, driver, login);
    out(await formatEntries(entries, new Set(config?.devices.map(({ profile }) => profile.id))));
    if (entries.length > 0)
      err('Put this under "devices" of a configuration; `haidang check` and `haidang probe` then try it.\n');
    if (signal.aborted) return interrupted;
    return entries.length > 0 ? 0 : 1;
  },
});

import { loadConfig } from '../../config/load.ts';
import { defineCommand } from '../../core/command-line.ts';
import { GatewayError, systemCode } from '../../core/errors.ts';
import { spoolFolder } from '../../sinks/circular-10/sink.ts';
import { type KeptFile, listSpool, sendAgain } from '../../sinks/circular-10/spool.ts';
import { requireConfig } from './report.ts';
import { formatTable } from './table.ts';

const times = {
  from: { type: 'string', value: 'TIME', summary: 'The first file, by the clock at the station: 2026-11-26T10:05.' },
  to: { type: 'string', value: 'TIME', summary: 'The last one; a day alone is all of it.' },
} as const;

/** A stamp as in the names of files; what is left out is the first, or the last, of its kind. */
const toStamp = (text: string | undefined, option: string, fill: '0' | '9'): string => {
  if (text === undefined) return ''.padEnd(14, fill);
  if (/^\d{4}-\d\d-\d\d(?:T\d\d:\d\d)?$/.test(text)) return text.replaceAll(/\D/g, '').padEnd(14, fill);
  throw new GatewayError('config', `--${option} ${text} is no time`, {
    advice: 'Write it as 2026-11-26 or 2026-11-26T10:05, by the clock at the station.',
  });
};

interface Found {
  readonly sink: string;
  readonly folder: string;
  readonly files: readonly KeptFile[];
}

const find = async (file: string, from: string | undefined, to: string | undefined): Promise<readonly Found[]> => {
  const { storage, uplinks } = requireConfig(file, await loadConfig(file));
  const sinks = uplinks.filter(({ sink }) => sink === 'circular-10');
  if (sinks.length === 0) {
    throw new GatewayError('config', `${file} has no uplink with "sink: circular-10"`, {
      advice: 'Give the configuration of the station.',
    });
  }
  const range = [toStamp(from, 'from', '0'), toStamp(to, 'to', '9')] as const;
  return Promise.all(
    sinks.map(async ({ name }) => {
      const folder = spoolFolder(storage.folder, name);
      try {
        return { sink: name, folder, files: await listSpool(folder, ...range) };
      } catch (cause) {
        throw new GatewayError('config', `the files in ${folder} cannot be listed: ${systemCode(cause) ?? cause}`, {
          advice: 'Run it as the user of the gateway; before its first start there are none.',
          cause,
        });
      }
    }),
  );
};

export const circular10ListCommand = defineCommand({
  name: 'circular-10 list',
  summary: 'Show the files of Circular 10/2021 that are kept here, and which of them the authority has.',
  usage: 'FILE',
  options: times,
  examples: [{ line: 'config/sensor-station.yaml --from 2026-11-26 --to 2026-11-26', summary: 'Those of one day' }],
  run: async ({ values: { from, to }, positionals: [file = ''], out }) => {
    for (const { sink, folder, files } of await find(file, from, to)) {
      const waiting = files.filter(({ state }) => state === 'waiting').length;
      if (files.length > 0)
        out(`${formatTable([['FILE', 'STATE'], ...files.map(({ name, state }) => [name, state])])}\n`);
      out(`${sink}: ${files.length} files in ${folder}, ${waiting} of them wait\n`);
    }
    return 0;
  },
});

export const circular10ResendCommand = defineCommand({
  name: 'circular-10 resend',
  summary: 'Send files of Circular 10/2021 again that the authority asks for; the gateway may be running.',
  usage: 'FILE',
  options: times,
  examples: [
    {
      line: 'config/sensor-station.yaml --from 2026-11-26 --to 2026-11-26',
      summary: 'Those of one day',
    },
  ],
  run: async ({ values: { from, to }, positionals: [file = ''], out }) => {
    if (from === undefined || to === undefined) {
      throw new GatewayError('config', `--${from === undefined ? 'from' : 'to'} is missing`, {
        advice: 'Say which files: --from 2026-11-26T10:05 --to 2026-11-26T11:00.',
      });
    }
    for (const { sink, folder, files } of await find(file, from, to)) {
      const sent = files.filter(({ state }) => state === 'sent');
      for (const each of sent) await sendAgain(folder, each);
      out(`${sink}: ${sent.length} files wait again; the gateway sends them in their order\n`);
    }
    return 0;
  },
});

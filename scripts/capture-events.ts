/**
 * `npm run capture [-- TYPE…]`: runs a gateway with everything around it, makes every type of event happen, and writes
 * one message of each (or of those named), as mosquitto_sub received it, to events/captured/.
 */
import { parseArgs } from 'node:util';
import { eventNames } from '../events/names.ts';
import { missingPrograms } from '../tests/support/resources.ts';
import { capture } from './capture/capture.ts';
import { readCaptured, removeCaptured, writeCaptured } from './capture/captured.ts';

const help = `Usage: npm run capture [-- TYPE…]

Runs a whole gateway with simulated devices, mosquitto and mosquitto_sub, makes every type of event happen as
scripts/capture/provocations.ts says, and writes one message of each to events/captured/; of the types named only, where
some are. Takes two to six minutes. Then \`npm run generate\` brings them into the documents.

Examples:
  npm run capture
  npm run capture -- gateway.device.failed gateway.device.recovered
`;

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const known: readonly string[] = eventNames;
  const unknown = positionals.filter(name => !known.includes(name));
  if (unknown.length > 0) {
    say(`no type of event is named ${unknown.join(', ')}: see events/names.ts`);
    return 1;
  }
  // Debian keeps mosquitto where an ordinary user's PATH does not lead.
  process.env['PATH'] = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`;
  if (missingPrograms('mosquitto', 'mosquitto_sub', 'ffmpeg') !== undefined) return 1;
  const began = performance.now();
  const { captured, missing, output } = await capture(name =>
    say(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${name}`),
  );
  const wanted = positionals.length > 0 ? positionals : known;
  for (const name of wanted) {
    const message = captured.get(name);
    if (message !== undefined) await writeCaptured(name, message);
  }
  for (const name of (await readCaptured()).keys()) if (!known.includes(name)) await removeCaptured(name);
  const lacking = wanted.filter(name => !captured.has(name));
  for (const name of lacking) say(`not captured: ${name}: ${missing.get(name) ?? ''}`);
  if (lacking.length > 0) say(`The gateway said:\n${output}`);
  say('`npm run generate` brings what was captured into the documents.');
  return lacking.length > 0 ? 1 : 0;
};

process.exitCode = await main();

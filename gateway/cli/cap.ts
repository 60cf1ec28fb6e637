import { readFile } from 'node:fs/promises';
import { defineCommand } from '../../core/command-line.ts';
import { GatewayError, systemCode } from '../../core/errors.ts';

/** An event has 64 KiB at most; white space between its parts is none of ours. */
const largestText = 1_048_576;
const farthest = 100;

const wrong = (message: string, advice: string): GatewayError => new GatewayError('config', message, { advice });

const readInput = async (): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const bytes of process.stdin) {
    length += bytes.length;
    if (length > largestText) break;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
};

const read = async (file: string): Promise<string> => {
  if (file === '-') return readInput();
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    throw wrong(`the file ${file} cannot be read (${systemCode(thrown) ?? 'unknown'})`, 'Give the path of an event.');
  }
};

const parseEvent = (text: string, file: string): unknown => {
  const name = file === '-' ? 'standard input' : file;
  if (text.length > largestText) throw wrong(`${name} is larger than 1 MiB`, 'Give one event.');
  try {
    return JSON.parse(text);
  } catch {
    throw wrong(`${name} is not one event in JSON`, 'Give one event, whole as it was published.');
  }
};

const parseRadius = (text: string): number => {
  const radius = Number(text);
  if (text.trim() !== '' && radius >= 0 && radius <= farthest) return radius;
  throw wrong(`--radius ${text} is no distance`, `Write kilometers from 0 to ${farthest}, such as 2.5.`);
};

const parseZone = (name: string): string => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return name;
  } catch {
    throw wrong(`there is no time zone ${name}`, 'Write one as Asia/Ho_Chi_Minh.');
  }
};

export const capCommand = defineCommand({
  name: 'cap',
  summary: 'Print the draft of a CAP 1.2 message (Draft or Test, never Actual) that is made from a warning.',
  usage: 'FILE',
  options: {
    radius: { type: 'string', value: 'KM', summary: 'Circle around the sensor; by default 0, its point.' },
    zone: { type: 'string', value: 'NAME', summary: 'Time zone of its times; by default Asia/Ho_Chi_Minh.' },
  },
  examples: [
    { line: 'warning.json > draft.xml', summary: 'Make a draft of an event in a file' },
    { line: '- --radius 5 < warning.json', summary: 'The same of standard input, for all within 5 km' },
  ],
  run: async ({ values, positionals: [file = '-'], out }) => {
    const options = {
      radiusKilometres: parseRadius(values.radius ?? '0'),
      timeZone: parseZone(values.zone ?? 'Asia/Ho_Chi_Minh'),
    };
    const { toCapDraft } = await import('../../events/cap-draft.ts');
    out(toCapDraft(parseEvent(await read(file), file), options));
    return 0;
  },
});

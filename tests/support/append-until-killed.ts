/**
 * Appends one event after the other to an outbox in the folder given, and prints the number of each one whose append
 * resolved, until it is killed. Arguments: folder, first number, and the uplink in JSON where there is one.
 */
import { measured, openTestOutbox } from './outbox.ts';

const [, , folder = '', first = '1', uplink = '{"url":"mqtt://127.0.0.1:9"}'] = process.argv;
const { outbox } = await openTestOutbox(folder, [JSON.parse(uplink)]);
let next = Number(first);

const appendForEver = async (): Promise<void> => {
  for (;;) {
    const n = next++;
    const saved = { owner: 'stage', key: `last-${n % 4}`, value: Buffer.from(String(n)) };
    try {
      await outbox.append({ events: [measured(n)], saved: [saved] });
    } catch {
      // Refused, so nobody may count on it.
      continue;
    }
    process.stdout.write(`${n}\n`);
  }
};
await Promise.all([appendForEver(), appendForEver(), appendForEver(), appendForEver()]);

/** The clock of a machine that nobody may really set here: the gateway reads it through a file that says how far it is off. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

export interface SettableClock {
  /** Of a Node.js process whose clock is to be set, in each of its threads. */
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds that its clock is ahead of ours from now on. */
  set(ahead: number): Promise<void>;
}

export const openSettableClock = async (folder: string): Promise<SettableClock> => {
  const file = path.join(folder, 'clock');
  const module = path.join(folder, 'settable-clock.mjs');
  const set = (ahead: number): Promise<void> => writeFile(file, String(ahead));
  await set(0);
  await writeFile(
    module,
    `import { readFileSync } from 'node:fs';
const { now } = Date;
let ahead = 0;
let looked = 0;
Date.now = () => {
  if (performance.now() - looked > 100) {
    looked = performance.now();
    ahead = Number(readFileSync(${JSON.stringify(file)}, 'utf8'));
  }
  return now() + ahead;
};
`,
  );
  return { env: { NODE_OPTIONS: `--import=${module}` }, set };
};

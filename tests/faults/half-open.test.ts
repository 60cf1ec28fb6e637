/** A link that is dead and does not say so: packets vanish in a network namespace of the test's own. */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { missingPrograms, projectFile, temporaryFolder } from '../support/resources.ts';
import { inForm, tell } from './support/form.ts';

const missingTools = missingPrograms('mosquitto', 'unshare', 'ip');

/** Why no network of our own can be made here, or undefined. */
const missingNamespace = (): string | undefined => {
  const reason = 'this user may not make a network namespace';
  if (spawnSync('unshare', ['-n', 'ip', 'rule', 'add', 'pref', '9', 'sport', '9', 'blackhole']).status === 0)
    return undefined;
  process.stderr.write(`\n!!! TESTS SKIPPED: ${reason}\n\n`);
  return reason;
};
const missing = missingTools ?? missingNamespace();

/** The uplink's keepalive of 20 s, one and a half times as MQTT gives it, and a busy machine. */
const noticesWithinMs = 40_000;
const dead = inForm({ short: { leastMs: 5000, patienceMs: 0 }, long: { leastMs: 5000, patienceMs: noticesWithinMs } });

const resultSchema = z.object({
  noticedAfterMs: z.number().optional(),
  slowestAppendMs: z.number(),
  accepted: z.number(),
  lost: z.number(),
  conflicts: z.array(z.string()),
});

test.skipIf(missing)(
  'loses nothing on a link that died in silence, goes on accepting meanwhile, and notices',
  { timeout: 300_000 },
  async () => {
    await using folder = await temporaryFolder();
    const program = projectFile('tests', 'faults', 'support', 'half-open.ts');
    const { stdout } = await promisify(execFile)('unshare', [
      '-n',
      process.execPath,
      program,
      folder.path,
      String(dead.leastMs),
      String(dead.patienceMs),
    ]);
    const result = resultSchema.parse(JSON.parse(stdout));
    expect(result).toMatchObject({ lost: 0, conflicts: [] });
    expect(result.accepted).toBeGreaterThan(60);
    expect(result.slowestAppendMs).toBeLessThan(3000);
    if (dead.patienceMs > 0) expect(result.noticedAfterMs).toBeLessThan(noticesWithinMs);
    tell(`half-open link: ${JSON.stringify(result)}`);
  },
);

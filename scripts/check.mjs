/** `npm run check`: everything that can be said of the code without running it, and the tests of its architecture. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const projectFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const programs = path.join(projectFolder, 'node_modules', '.bin');
const env = { ...process.env, PATH: `${programs}${path.delimiter}${process.env.PATH ?? ''}` };

const checks = [
  ['format and lint', 'biome', ['ci', '--error-on-warnings', '.']],
  ['types', 'tsc', ['-p', '.']],
  ['dead code and dependencies', 'knip', []],
  ['generated files', 'node', ['scripts/generate.ts', '--check']],
  ['architecture', 'vitest', ['run', 'tests/architecture']],
];

const run = (program, args) =>
  new Promise(resolve => {
    const child = spawn(path.join(programs, program), args, {
      cwd: projectFolder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = chunk => {
      output += chunk;
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', error => resolve({ succeeded: false, output: error.message }));
    child.on('close', code => resolve({ succeeded: code === 0, output }));
  });

let failures = 0;
for (const [what, program, args] of checks) {
  const began = performance.now();
  const { succeeded, output } = await run(program, args);
  if (!succeeded) {
    failures++;
    process.stdout.write(`${output.trimEnd()}\n`);
  }
  const elapsed = ((performance.now() - began) / 1000).toFixed(1);
  process.stdout.write(`${succeeded ? 'ok    ' : 'FAILED'} ${what} (${elapsed} s)\n`);
}
process.stdout.write(
  failures === 0 ? `${checks.length} checks passed\n` : `${failures} of ${checks.length} checks failed\n`,
);
process.exitCode = failures === 0 ? 0 : 1;

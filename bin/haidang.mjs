#!/usr/bin/env node
/**
 * The entry point, in plain JavaScript for any Node.js ≥ 20: runs the program on the running Node.js where that is
 * new enough, and on the pinned one of `node_modules` otherwise.
 */
import { existsSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const oldestMajor = 24;
const runningMajor = Number(process.versions.node.split('.')[0]);

const pinnedNode = () => {
  const system = process.platform === 'win32' ? 'win' : process.platform;
  try {
    const manifest = createRequire(import.meta.url).resolve(`node-${system}-${process.arch}/package.json`);
    const program = path.join(path.dirname(manifest), 'bin', system === 'win' ? 'node.exe' : 'node');
    return existsSync(program) ? program : undefined;
  } catch {
    return undefined;
  }
};

/**
 * For a program that runs for months on a small box: a heap that collects before it grows, with a small nursery, and two
 * heaps of the C library for all threads together: half the memory (1 000 sensors, 500 vessels) for a tenth more work. The
 * heap grows by half of what lives in it; by the few megabytes it would otherwise, half the work was collecting them.
 * Without the middle compiler, whose code and graphs take 13 MB more, hot code waits a little longer for the last one.
 * The last one keeps V8 from compiling and freeing what lies between JavaScript and the WebAssembly that takes types
 * out of TypeScript: a thread that begins after another ended could crash the process there (nodejs/node#64500).
 */
const nodeOptions = [
  '--optimize-for-size',
  '--heap-growing-percent=50',
  '--no-maglev',
  '--wasm-wrapper-tiering-budget=1000000000',
];
const environment = { MALLOC_ARENA_MAX: '2' };

const runOn = async program => {
  const { spawn } = await import('node:child_process');
  const args = [...nodeOptions, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const child = spawn(program, args, { stdio: 'inherit', env: { ...environment, ...process.env } });
  // A terminal sends Ctrl-C to the whole group, so the child has it already; a second SIGINT would cut its stop short.
  process.on('SIGINT', () => {
    if (!process.stdin.isTTY) child.kill('SIGINT');
  });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', error => {
    process.stderr.write(`haidang: cannot start ${program}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code ?? 1;
      return;
    }
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
};

/** Compiled code from one start to the next: half the time to the first event and 25 MB less, for children too. */
const useCompileCache = () => {
  const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../.cache/compile');
  process.env.NODE_COMPILE_CACHE ??= folder;
  // Where the folder cannot be written it says so in its answer, and everything goes on without.
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
  // Otherwise it is written at the end, and a box that loses its power has none.
  setTimeout(() => module.flushCompileCache(), 60_000).unref();
};

/** Both are read when a process begins, so it begins again: the same process with the same number. */
const beginFrugally = () => {
  // Not on Windows, where a process cannot become another.
  if (process.execve === undefined || process.platform === 'win32') return;
  if (nodeOptions.every(option => process.execArgv.includes(option))) return;
  const args = [process.execPath, ...process.execArgv, ...nodeOptions, ...process.argv.slice(1)];
  process.execve(process.execPath, args, { ...environment, ...process.env });
};

/** The center ordered it: the same process with the same number, so that nobody who watches over it is disturbed. */
const beginAgain = () => {
  if (process.execve === undefined || process.platform === 'win32') return runOn(process.execPath);
  process.execve(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)], process.env);
};

const runHere = async () => {
  const argv = process.argv.slice(2);
  const [command = '--help'] = argv;
  if (command === 'run') beginFrugally();
  useCompileCache();
  if (command === 'simulate' || command === 'demo') {
    process.exitCode = await (await import('../simulators/cli.ts')).main(argv);
    return;
  }
  const { main } = await import('../gateway/cli/main.ts');
  // The gateway knows nothing of the simulators; the help lists both.
  const isHelp = ['--help', '-h', 'help'].includes(command);
  const code = await main(argv, isHelp ? (await import('../simulators/cli.ts')).commands : []);
  const { restartCode } = await import('../gateway/cli/restart-code.ts');
  if (command === 'run' && code === restartCode) await beginAgain();
  else process.exitCode = code;
};

const runElsewhere = async () => {
  const pinned = pinnedNode();
  if (pinned !== undefined) return runOn(pinned);
  process.stderr.write(
    `haidang: this is Node.js ${process.versions.node}, and it needs ${oldestMajor} or newer. ` +
      'Run `npm ci` in the project folder: it brings the right one. Or install Node.js 24.\n',
  );
  process.exitCode = 1;
};

await (runningMajor >= oldestMajor ? runHere() : runElsewhere());

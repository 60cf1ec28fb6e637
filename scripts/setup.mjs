/**
 * Makes a fresh checkout ready to run: npm packages, and by apt the programs that the project starts. Plain JavaScript
 * for any Node.js ≥ 20, since it runs before anything is installed. Missing programs never fail the run: it says once
 * what to install, and whoever needs one says so again.
 */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const projectFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Program → Debian package. */
const programs = { ffmpeg: 'ffmpeg', socat: 'socat' };
const testPrograms = {
  mosquitto: 'mosquitto',
  mosquitto_sub: 'mosquitto-clients',
  gpsdecode: 'gpsd-clients',
  ip: 'iproute2',
  jq: 'jq',
  openssl: 'openssl',
  influxd: 'influxdb',
  'victoria-metrics': 'victoria-metrics',
  vsftpd: 'vsftpd',
  'ssh-keygen': 'openssh-client',
  sshd: 'openssh-server',
  strace: 'strace',
  xmllint: 'libxml2-utils',
};

const say = line => process.stdout.write(`setup: ${line}\n`);

/** Runs a program; what it prints is kept for the case that it fails. A line tells of it when it takes over 2 s. */
const run = (what, program, args, env = {}) =>
  new Promise(resolve => {
    const began = performance.now();
    const child = spawn(program, args, {
      cwd: projectFolder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = chunk => {
      output = (output + chunk).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const elapsed = () => Math.round((performance.now() - began) / 1000);
    let shown = false;
    const timer = setInterval(() => {
      if (elapsed() < 2) return;
      if (process.stdout.isTTY) process.stdout.write(`\rsetup: ${what} … ${elapsed()} s`);
      else if (!shown || elapsed() % 15 === 0) say(`${what} … ${elapsed()} s`);
      shown = true;
    }, 1000);
    const finish = succeeded => {
      clearInterval(timer);
      if (shown && process.stdout.isTTY) process.stdout.write('\r\u001b[K');
      if (shown && succeeded) say(`${what}: done in ${elapsed()} s`);
      resolve({ succeeded, output });
    };
    child.on('error', error => {
      output += error.message;
      finish(false);
    });
    child.on('close', code => finish(code === 0));
  });

const readLock = file => {
  try {
    return JSON.parse(readFileSync(path.join(projectFolder, file), 'utf8')).packages;
  } catch {
    return undefined;
  }
};

/** Whether what npm says it installed is what the lock file asks for. */
const isInstalled = () => {
  const wanted = readLock('package-lock.json');
  const installed = readLock('node_modules/.package-lock.json');
  if (wanted === undefined || installed === undefined) return false;
  return Object.entries(wanted).every(([name, { version, integrity, optional }]) => {
    if (name === '') return true;
    const found = installed[name];
    if (found === undefined) return optional === true;
    return found.version === version && found.integrity === integrity && existsSync(path.join(projectFolder, name));
  });
};

const installPackages = async () => {
  if (isInstalled()) return true;
  // npm tells its scripts where it is; a `node` and an `npm` of different installations do not always fit together.
  const npm = process.env.npm_execpath;
  const [program, prefix] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  const { succeeded, output } = await run(
    'installing the npm packages (npm ci)',
    program,
    [...prefix, 'ci', '--no-audit', '--no-fund', '--loglevel=error'],
    // onnxruntime-node's install script would fetch CUDA libraries that nothing here uses.
    { ONNXRUNTIME_NODE_INSTALL: 'skip', npm_config_onnxruntime_node_install: 'skip' },
  );
  if (!succeeded) {
    process.stderr.write(`${output}\nsetup: npm ci failed (above): mend that, then run the command again.\n`);
    return false;
  }
  return true;
};

/** Where Debian keeps servers; a user's PATH often lacks it. */
const searched = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin'];

const isThere = program =>
  searched.some(folder => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

const policyFile = '/usr/sbin/policy-rc.d';

/** Asks Debian's packages not to start their services while `body` runs: the tests start their own servers. */
const withoutServices = async (asRoot, body) => {
  if (existsSync(policyFile)) return body();
  const script = path.join(tmpdir(), `haidang-policy-${process.pid}`);
  writeFileSync(script, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const asRootNow = command => spawnSync(command[0], command.slice(1), { stdio: 'ignore' });
  asRootNow(asRoot(['install', '-m', '755', script, policyFile]));
  const remove = () => asRootNow(asRoot(['rm', '-f', policyFile]));
  process.once('exit', remove);
  try {
    return await body();
  } finally {
    process.off('exit', remove);
    remove();
    rmSync(script, { force: true });
  }
};

const aptGet = async packages => {
  if (!isThere('apt-get')) return 'there is no apt-get here';
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0)
    return 'that needs root, or sudo without a password';
  const asRoot = command => (isRoot ? command : ['sudo', '-n', ...command]);
  const apt = (what, ...args) => {
    const [program, ...rest] = asRoot([
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      '-o',
      'DPkg::Lock::Timeout=120',
      '-y',
      '-q',
      ...args,
    ]);
    return run(what, program, rest);
  };
  const install = names =>
    apt(`installing ${names.join(', ')} (apt-get)`, 'install', '--no-install-recommends', ...names);

  return withoutServices(asRoot, async () => {
    if ((await install(packages)).succeeded) return undefined;
    const update = await apt('reading the package lists (apt-get update)', 'update');
    if ((await install(packages)).succeeded) return undefined;
    // One package that this release does not have must not keep the others away.
    let last = update;
    for (const name of packages) {
      const result = await install([name]);
      if (!result.succeeded) last = result;
    }
    const lines = last.output.split('\n').filter(line => line.startsWith('E: '));
    return lines.length === 0 ? undefined : `apt-get said: ${lines[0].slice(3)}`;
  });
};

const installPrograms = async wanted => {
  const missing = () => Object.keys(wanted).filter(program => !isThere(program));
  const before = missing();
  if (before.length === 0) return;
  const reason = await aptGet([...new Set(before.map(program => wanted[program]))]);
  const after = missing();
  if (after.length === 0) return;
  const packages = [...new Set(after.map(program => wanted[program]))].join(' ');
  say(
    `not installed: ${after.join(', ')}${reason === undefined ? '' : ` (${reason})`}. Install: apt-get install ${packages}`,
  );
};

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

const withTestServers = process.argv.includes('--with-test-servers');
if (await installPackages()) await installPrograms(withTestServers ? { ...programs, ...testPrograms } : programs);
else process.exitCode = 1;

/** Who may import whom: the arrows between the folders, held against every import of the project. */
import { expect, test } from 'vitest';
import { type Import, importsOf, projectFiles } from '../support/project-files.ts';

const sources = projectFiles().filter(file => /\.(?:ts|mjs)$/.test(file));
const imports = new Map(sources.map(file => [file, importsOf(file)] as const));

/** A device or a stage is one folder that its neighbors do not reach into. */
const unitOf = (file: string): string => file.split('/').slice(0, 3).join('/');

interface Layer {
  readonly name: string;
  readonly holds: (file: string) => boolean;
  readonly mayImport: (imported: string, importer: string) => boolean;
}

const within =
  (...folders: readonly string[]) =>
  (file: string): boolean =>
    folders.some(folder => file.startsWith(`${folder}/`));

const isDevice = (file: string): boolean => /^drivers\/(?:cameras|sensors|vessels|services)\/[^/]+\//.test(file);
const isStage = (file: string): boolean => /^pipelines\/[^/]+\//.test(file);
const isRegistry = (file: string): boolean => file.endsWith('/registry.generated.ts');

const layers: readonly Layer[] = [
  { name: 'core', holds: within('core'), mayImport: within('core') },
  { name: 'events', holds: within('events'), mayImport: within('core', 'events') },
  {
    name: 'transports',
    holds: within('drivers/transports'),
    // A transport may need the pure part of what it carries (a digest, the size of a packet); never the reverse.
    mayImport: within('core', 'drivers/transports', 'drivers/protocols'),
  },
  {
    name: 'protocols',
    holds: within('drivers/protocols'),
    mayImport: within('core', 'drivers/protocols'),
  },
  {
    name: 'devices',
    holds: isDevice,
    mayImport: (file, importer) =>
      within('core', 'drivers/transports', 'drivers/protocols')(file) || unitOf(file) === unitOf(importer),
  },
  {
    name: 'models',
    holds: file => within('models')(file) && !within('models/training')(file),
    mayImport: file => within('core', 'models')(file) && !within('models/training')(file),
  },
  {
    // Makes pictures to learn from and judges what was learned as the gateway sees it; nothing of the running program
    // reaches it.
    name: 'training',
    holds: within('models/training'),
    mayImport: within('core', 'models', 'simulators', 'drivers/transports', 'pipelines/detect'),
  },
  {
    name: 'stages',
    holds: isStage,
    mayImport: (file, importer) =>
      within('core', 'events', 'models')(file) || file.split('/')[1] === importer.split('/')[1],
  },
  { name: 'sinks', holds: within('sinks'), mayImport: within('core', 'sinks') },
  {
    name: 'registries',
    holds: file => isRegistry(file) && within('drivers', 'pipelines')(file),
    mayImport: (file, importer) => within('core', importer.split('/')[0] ?? '')(file),
  },
  {
    name: 'config',
    holds: within('config'),
    mayImport: within('core', 'events', 'drivers', 'models', 'pipelines', 'sinks', 'config'),
  },
  {
    name: 'gateway',
    holds: within('gateway'),
    mayImport: file =>
      within('core', 'events', 'drivers', 'models', 'pipelines', 'sinks', 'config', 'gateway')(file) ||
      file === 'package.json',
  },
  {
    name: 'simulators',
    holds: within('simulators'),
    mayImport: file =>
      within('core', 'drivers/protocols', 'simulators')(file) ||
      (isDevice(file) && file.endsWith('/codec.ts')) ||
      file === 'package.json',
  },
];

/** They judge or start the others, so no arrow holds for them. */
const isOutside = (file: string): boolean => within('tests', 'bench', 'scripts', 'bin')(file) || !file.includes('/');

test('every source file belongs to exactly one layer', () => {
  const homeless = sources.filter(file => !isOutside(file) && layers.filter(layer => layer.holds(file)).length !== 1);
  expect(homeless).toEqual([]);
  expect(sources.length).toBeGreaterThan(60);
});

test('no import runs against the arrows', () => {
  let visited = 0;
  const against: string[] = [];
  for (const [importer, list] of imports) {
    const layer = layers.find(({ holds }) => holds(importer));
    if (layer === undefined) continue;
    for (const { file } of list) {
      if (file === undefined) continue;
      visited++;
      if (!layer.mayImport(file, importer)) against.push(`${importer} (${layer.name}) imports ${file}`);
    }
  }
  expect(against).toEqual([]);
  expect(visited).toBeGreaterThan(100);
});

test('nothing reaches into the training of models but itself and its judges', () => {
  const reaching = [...imports].filter(
    ([importer, list]) =>
      layers.some(({ name, holds }) => name !== 'training' && holds(importer)) &&
      list.some(({ file }) => file?.startsWith('models/training/')),
  );
  expect(reaching.map(([importer]) => importer)).toEqual([]);
});

test('every relative import leads to a file', () => {
  const known = new Set(projectFiles());
  const lost = [...imports].flatMap(([importer, list]) =>
    list.flatMap(({ file }) => (file === undefined || known.has(file) ? [] : [`${importer} imports ${file}`])),
  );
  expect(lost).toEqual([]);
});

test('modules that load one another form no cycle', () => {
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      cycles.push([...trail.slice(trail.indexOf(file)), file].join(' -> '));
      return;
    }
    state.set(file, 'open');
    for (const { file: next, kind } of imports.get(file) ?? [])
      if (next !== undefined && kind === 'static') visit(next, [...trail, file]);
    state.set(file, 'done');
  };
  for (const file of sources) visit(file, []);
  expect(cycles).toEqual([]);
  expect(state.size).toBeGreaterThanOrEqual(sources.length);
});

/** Package → the files that may import it, types included. Simulators and judges have doors of their own. */
const doors: Readonly<Record<string, readonly string[]>> = {
  serialport: ['drivers/transports/serial.ts'],
  'onnxruntime-node': ['models/load.ts'],
  mqtt: ['drivers/transports/mqtt.ts', 'sinks/mqtt/'],
  aedes: ['gateway/broker/'],
  ssh2: ['sinks/circular-10/sftp-place.ts'],
  'basic-ftp': ['sinks/circular-10/ftp-place.ts'],
  onvif: ['drivers/protocols/onvif/', 'drivers/cameras/onvif-camera/'],
  fastify: ['gateway/ops/'],
  pino: ['gateway/ops/'],
  'prom-client': ['gateway/ops/'],
  'csv-parse': ['core/csv.ts'],
};

test.each(Object.entries(doors))('%s has one door', (name, files) => {
  const product = layers.filter(layer => layer.name !== 'simulators');
  const importers = [...imports].flatMap(([file, list]) =>
    product.some(layer => layer.holds(file)) && list.some(imported => imported.package === name) ? [file] : [],
  );
  expect(importers.filter(file => !files.some(door => file.startsWith(door)))).toEqual([]);
});

const heavy = new Set([
  'ssh2',
  'basic-ftp',
  'serialport',
  'onnxruntime-node',
  'sharp',
  'mqtt',
  'aedes',
  'onvif',
  'fastify',
  'pino',
]);

test('reading a schema loads no device library', () => {
  const roots = ['drivers/registry.generated.ts', 'pipelines/registry.generated.ts', 'config/schema.ts'];
  const visited = new Set<string>();
  const loaded: string[] = [];
  const follow = (file: string, imported: Import): void => {
    if (imported.kind !== 'static') return;
    if (imported.package !== undefined && heavy.has(imported.package)) loaded.push(`${file} loads ${imported.package}`);
    if (imported.file !== undefined) visit(imported.file);
  };
  const visit = (file: string): void => {
    if (visited.has(file)) return;
    visited.add(file);
    for (const imported of imports.get(file) ?? []) follow(file, imported);
  };
  for (const root of roots) visit(root);
  expect(loaded).toEqual([]);
  expect(visited.size).toBeGreaterThan(20);
});

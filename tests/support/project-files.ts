/** The project's own files as text, for tests that hold the whole of it to a rule. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectFile } from './resources.ts';

const foreign = new Set(['node_modules', '.git', '.cache', 'coverage', 'data']);

const walk = (folder: string): string[] =>
  readdirSync(projectFile(folder), { withFileTypes: true }).flatMap(entry => {
    const below = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return foreign.has(below) ? [] : walk(below);
    return entry.isFile() ? [below] : [];
  });

/** Paths below the project folder with `/`, sorted; without what is installed, cached or recorded. */
export const projectFiles = (): readonly string[] => walk('').sort();

export const readProjectFile = (file: string): string => readFileSync(projectFile(file), 'utf8');

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** Below the project folder, for a relative specifier. */
  readonly file?: string;
  /** The package, for any other one. */
  readonly package?: string;
  /** `type` ends with the types; `static` is loaded with the module, `dynamic` when asked for. */
  readonly kind: 'type' | 'static' | 'dynamic';
}

const statement = /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;
const call = /\bimport\(\s*'([^']+)'\s*\)/g;
const bare = /^((?:@[^/]+\/)?[^/]+)/;

/** Everything that a TypeScript or JavaScript file imports. */
export const importsOf = (file: string): readonly Import[] => {
  const text = readProjectFile(file);
  const toImport = (specifier: string, kind: Import['kind']): Import => {
    if (!specifier.startsWith('.')) return { specifier, kind, package: bare.exec(specifier)?.[1] ?? specifier };
    return { specifier, kind, file: path.posix.join(path.posix.dirname(file), specifier) };
  };
  return [
    ...[...text.matchAll(statement)].map(([, type, specifier = '']) =>
      toImport(specifier, type === undefined ? 'static' : 'type'),
    ),
    // A type that is written `import('…').Name` is a call to this pattern too, and does no harm as one.
    ...[...text.matchAll(call)].map(([, specifier = '']) => toImport(specifier, 'dynamic')),
  ];
};

/** Gathers what is wrong with a configuration, and the small tools for looking into values that nobody has checked yet. */
import type { z } from 'zod';
import { nearest } from '../core/nearest.ts';
import { explain, type Finding, type Path } from './explain.ts';

export const formatPath = (path: Path): string =>
  path.reduce<string>((text, segment) => {
    if (typeof segment === 'number') return `${text}[${segment}]`;
    return text === '' ? segment : `${text}.${segment}`;
  }, '');

export const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const pick = (group: Readonly<Record<string, unknown>>, isWanted: (key: string) => boolean) =>
  Object.fromEntries(Object.entries(group).filter(([key]) => isWanted(key)));

export const field = (value: unknown, key: string): unknown => (isGroup(value) ? value[key] : undefined);
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** All texts below `value`, with their paths. */
export const textsOf = (value: unknown, path: Path): readonly { readonly path: Path; readonly text: string }[] => {
  if (typeof value === 'string') return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((part, index) => textsOf(part, [...path, index]));
  if (!isGroup(value)) return [];
  return Object.entries(value).flatMap(([key, part]) => textsOf(part, [...path, key]));
};

export interface Judge {
  refuse(finding: Finding): void;
  warn(finding: Finding): void;
  /** The parsed value, or undefined after saying what is wrong with it. */
  parse<T>(schema: z.ZodType<T>, value: unknown, path: Path, known?: readonly string[]): T | undefined;
}

export const createJudge = (problems: Finding[], warnings: Finding[]): Judge => {
  const refuse = (finding: Finding): void => {
    problems.push(finding);
  };
  return {
    refuse,
    warn: finding => {
      warnings.push(finding);
    },
    parse: (schema, value, path, known = []) => {
      const parsed = schema.safeParse(value, { reportInput: true });
      if (parsed.success) return parsed.data;
      for (const finding of explain(schema, parsed.error, { name: String(path.at(-1) ?? ''), known })) {
        refuse({ ...finding, path: [...path, ...finding.path] });
      }
      return undefined;
    },
  };
};

export const unknownName = (path: Path, what: string, name: string, known: readonly string[]): Finding => {
  const near = nearest(name, known);
  return {
    path,
    at: 'value',
    message: `there is no ${what} "${name}"`,
    advice: near === undefined ? `Known: ${known.join(', ') || 'none'}.` : `Did you mean "${near}"?`,
  };
};

export const refuseTwins = (
  names: readonly unknown[],
  pathOf: (index: number) => Path,
  what: string,
  judge: Judge,
): void => {
  const first = new Map<unknown, number>();
  for (const [index, name] of names.entries()) {
    if (typeof name !== 'string') continue;
    const path = pathOf(index);
    if (first.has(name)) {
      judge.refuse({
        path,
        at: 'value',
        message: `two ${what} are called "${name}"`,
        advice: 'Give one of them another name.',
      });
    } else first.set(name, index);
  }
};

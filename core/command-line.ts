/**
 * Commands with their options, help and examples, so that every program of the project answers `--help` and misuse in
 * the same way. Exit codes: 0 done, 1 it did not work, 2 called wrongly.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { toColumns } from './columns.ts';
import { GatewayError, toGatewayError } from './errors.ts';
import { nearest } from './nearest.ts';

export interface CommandOption {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  /** What it does, for the help. */
  readonly summary: string;
  /** Stands for the value in the help: `--duration TIME`. */
  readonly value?: string;
}

export type CommandOptions = Readonly<Record<string, CommandOption>>;

type ValueOf<O extends CommandOption> = O['type'] extends 'boolean' ? boolean : string;

export type CommandValues<Options extends CommandOptions> = {
  readonly [Name in keyof Options]?: Options[Name] extends { readonly multiple: true }
    ? readonly ValueOf<Options[Name]>[]
    : ValueOf<Options[Name]>;
};

/** Where a command writes: results to `out`, what is said about them to `err`. */
export interface CommandStreams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

export interface CommandCall<Options extends CommandOptions> extends CommandStreams {
  readonly values: CommandValues<Options>;
  /** At least as many as the usage demands, at most as many as it allows. */
  readonly positionals: readonly string[];
}

export interface CommandExample {
  /** The words after the program's name. */
  readonly line: string;
  readonly summary: string;
}

export interface CommandSpec<Options extends CommandOptions> {
  /** One word, or two for a member of a group: `models try`. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Positional arguments: `FILE [DEVICE]`; a last one that ends in `…` may stand several times. */
  readonly usage: string;
  readonly options?: Options;
  readonly examples: readonly CommandExample[];
  /** Resolves to the exit code; nothing is 0. A `GatewayError` becomes a message with its advice and exit code 1. */
  readonly run: (call: CommandCall<Options>) => Promise<number | undefined>;
}

/** A command as a program holds it: its option types end inside `run`. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  readonly options: CommandOptions;
  readonly examples: readonly CommandExample[];
  run(argv: readonly string[], streams: CommandStreams): Promise<number>;
}

export interface Program {
  readonly name: string;
  readonly summary: string;
  readonly version: string;
}

/** The command was called wrongly: said with a pointer to the help, exit code 2. */
class UsageError extends Error {}

const helpOption: CommandOption = { type: 'boolean', short: 'h', summary: 'Show this help.' };

const positionalBounds = (usage: string): { readonly names: readonly string[]; least: number; most: number } => {
  const names = usage.split(' ').filter(word => word !== '');
  const least = names.filter(name => !name.startsWith('[')).length;
  return { names, least, most: /…\]?$/.test(usage) ? Number.POSITIVE_INFINITY : names.length };
};

/** `values` as `parseArgs` gives them are checked by it against `options`; this says so to the types. */
const typedValues = <Options extends CommandOptions>(values: object): CommandValues<Options> =>
  values as CommandValues<Options>;

const parse = (options: CommandOptions, usage: string, argv: readonly string[]) => {
  const known: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, { type, short, multiple }] of Object.entries({ ...options, help: helpOption })) {
    known[name] = { type, ...(short !== undefined && { short }), ...(multiple !== undefined && { multiple }) };
  }
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options: known, allowPositionals: true });
    if (values['help'] === true) return { values, positionals };
    const { names, least, most } = positionalBounds(usage);
    if (positionals.length < least) throw new UsageError(`${names[positionals.length]} is missing`);
    const surplus = positionals[most];
    if (surplus !== undefined) throw new UsageError(`"${surplus}" is one argument too many`);
    return { values, positionals };
  } catch (thrown) {
    if (thrown instanceof UsageError) throw thrown;
    throw new UsageError(describeParseFailure(thrown, Object.keys(known)));
  }
};

const describeParseFailure = (thrown: unknown, known: readonly string[]): string => {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const unknown = /^Unknown option '(-{1,2})([^']*)'/.exec(message);
  if (unknown === null) return message.split('. ')[0] ?? message;
  const [, dashes = '', name = ''] = unknown;
  const near = nearest(name, known);
  return `there is no option ${dashes}${name}${near === undefined ? '' : `; did you mean --${near}?`}`;
};

export const defineCommand = <const Options extends CommandOptions = Record<never, never>>(
  spec: CommandSpec<Options>,
): Command => ({
  name: spec.name,
  summary: spec.summary,
  usage: spec.usage,
  options: spec.options ?? {},
  examples: spec.examples,
  run: async (argv, streams) => {
    const { values, positionals } = parse(spec.options ?? {}, spec.usage, argv);
    return (await spec.run({ ...streams, values: typedValues<Options>(values), positionals })) ?? 0;
  },
});

const columns = (rows: readonly (readonly [string, string])[]): string =>
  toColumns(rows, 98)
    .flat()
    .map(line => `  ${line}\n`)
    .join('');

const optionLabel = (name: string, { short, type, value }: CommandOption): string =>
  `${short === undefined ? '    ' : `-${short}, `}--${name}${type === 'string' ? ` ${value ?? 'VALUE'}` : ''}`;

const commandHelp = (program: Program, command: Command): string => {
  const options = Object.entries({ ...command.options, help: helpOption });
  const words = [program.name, command.name, '[options]', command.usage].filter(word => word !== '');
  const examples = command.examples.map(
    ({ line, summary }) => `  # ${summary}\n  ${program.name} ${command.name}${line === '' ? '' : ` ${line}`}\n`,
  );
  return [
    `${command.summary}\n\n`,
    `Usage: ${words.join(' ')}\n\n`,
    `Options:\n${columns(options.map(([name, option]) => [optionLabel(name, option), option.summary]))}\n`,
    `Examples:\n${examples.join('\n')}`,
  ].join('');
};

const programHelp = (program: Program, commands: readonly Command[]): string => {
  const rows = commands.map((command): [string, string] => [`${command.name} ${command.usage}`, command.summary]);
  const first = commands.flatMap(({ name, examples }) => examples.slice(0, 1).map(({ line }) => `${name} ${line}`));
  return [
    `${program.summary}\n\n`,
    `Usage: ${program.name} COMMAND [options]\n\n`,
    `Commands:\n${columns(rows)}\n`,
    `Options:\n${columns([
      ['-h, --help', 'Show this help, or that of a command.'],
      ['    --version', 'Show the version.'],
    ])}\n`,
    `Examples:\n${first.map(line => `  ${program.name} ${line.trimEnd()}\n`).join('')}`,
  ].join('');
};

const processStreams: CommandStreams = {
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
};

/** Runs the command that `argv` names and resolves to the exit code. Never rejects. */
export const runCommandLine = async (
  program: Program,
  commands: readonly Command[],
  argv: readonly string[],
  streams: CommandStreams = processStreams,
): Promise<number> => {
  // Of "discover" and "discover cameras" the one that says more of what was typed.
  const [command] = commands
    .filter(({ name }) => name.split(' ').every((word, index) => argv[index] === word))
    .toSorted((a, b) => b.name.length - a.name.length);
  const rest = argv.slice(command?.name.split(' ').length ?? 0);
  const [first] = argv;
  const misuse = (problem: string): number => {
    const help = [program.name, ...(command === undefined ? [] : [command.name]), '--help'].join(' ');
    streams.err(`${program.name}: ${problem}\nSee: ${help}\n`);
    return 2;
  };
  if (command === undefined) {
    const group = commands.filter(({ name }) => name.split(' ')[0] === first && first !== undefined);
    const asksForHelp = first === '--help' || first === '-h' || first === 'help';
    if (first === '--version') streams.out(`${program.version}\n`);
    else if (asksForHelp) return helpFor(program, commands, argv.slice(1), streams);
    else if (group.length > 0 && argv.slice(1).every(word => word === '--help' || word === '-h')) {
      streams.out(programHelp(program, group));
    } else if (first === undefined) {
      streams.err(programHelp(program, commands));
      return 2;
    } else {
      const typed = group.length > 0 ? argv.slice(0, 2).join(' ') : first;
      const near = nearest(typed, [...new Set(commands.map(({ name }) => name))]);
      return misuse(
        `there is no ${first.startsWith('-') ? 'option' : 'command'} ${typed}${near === undefined ? '' : `; did you mean ${near}?`}`,
      );
    }
    return 0;
  }
  const end = rest.indexOf('--');
  if ((end === -1 ? rest : rest.slice(0, end)).some(word => word === '--help' || word === '-h')) {
    streams.out(commandHelp(program, command));
    return 0;
  }
  try {
    return await command.run(rest, streams);
  } catch (thrown) {
    if (thrown instanceof UsageError) return misuse(thrown.message);
    streams.err(describeFailure(program, thrown));
    return 1;
  }
};

/** `haidang help`, `haidang help run`, `haidang --help`. */
const helpFor = (
  program: Program,
  commands: readonly Command[],
  words: readonly string[],
  streams: CommandStreams,
): number => {
  const command = commands.find(({ name }) => name === words.join(' '));
  streams.out(command === undefined ? programHelp(program, commands) : commandHelp(program, command));
  return 0;
};

/** For people: what happened and what to do; the stack only where an invariant of ours broke. */
const describeFailure = (program: Program, thrown: unknown): string => {
  const failure = toGatewayError(thrown);
  const advice = failure.advice === undefined ? '' : `  ${failure.advice}\n`;
  const origin = thrown instanceof GatewayError ? undefined : thrown;
  const stack = failure.kind === 'defect' && origin instanceof Error ? `${origin.stack}\n` : '';
  return `${program.name}: ${failure.message}\n${advice}${stack}`;
};

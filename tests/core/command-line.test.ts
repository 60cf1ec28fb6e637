import { describe, expect, it } from 'vitest';
import { type Command, defineCommand, runCommandLine } from '../../core/command-line.ts';
import { GatewayError } from '../../core/errors.ts';

const program = { name: 'haidang', summary: 'Edge gateway.', version: '1.2.3' };

const greet = defineCommand({
  name: 'greet',
  summary: 'Greet somebody.',
  usage: 'NAME [TITLE…]',
  options: {
    loud: { type: 'boolean', short: 'l', summary: 'In capitals.' },
    times: { type: 'string', value: 'COUNT', summary: 'How often.' },
  },
  examples: [{ line: 'Lan --loud', summary: 'Wake her' }],
  run: async ({ values, positionals, out }) => {
    const text = `hello ${positionals.join(' ')}`.repeat(Number(values.times ?? 1));
    out(values.loud ? text.toUpperCase() : text);
    return undefined;
  },
});

const tryModel = defineCommand({
  name: 'models try',
  summary: 'Try a model.',
  usage: '',
  examples: [{ line: '', summary: 'Try it' }],
  run: async ({ out }) => {
    out('tried');
    return 3;
  },
});

const failing = defineCommand({
  name: 'fail',
  summary: 'Fail.',
  usage: '',
  examples: [{ line: '', summary: 'Fail' }],
  run: async () => {
    throw new GatewayError('unreachable', 'no route to 10.0.0.9', { advice: 'Check the cable.' });
  },
});

const call = async (...argv: string[]) => {
  const printed = { out: '', err: '' };
  const commands: readonly Command[] = [greet, tryModel, failing];
  const code = await runCommandLine(program, commands, argv, {
    out: text => {
      printed.out += text;
    },
    err: text => {
      printed.err += text;
    },
  });
  return { code, ...printed };
};

describe('the command line', () => {
  it('runs a command with its options and arguments', async () => {
    expect(await call('greet', 'Lan', '--loud', '--times', '2')).toMatchObject({ code: 0, out: 'HELLO LANHELLO LAN' });
  });

  it('finds a command of two words and gives its exit code', async () => {
    expect(await call('models', 'try')).toMatchObject({ code: 3, out: 'tried' });
  });

  it.each([
    ['greet', '--help'],
    ['help', 'greet'],
    ['greet', 'Lan', '-h'],
  ])('shows help with examples: %s %s', async (...argv) => {
    const { code, out } = await call(...argv);
    expect(code).toBe(0);
    expect(out).toContain('Usage: haidang greet [options] NAME [TITLE…]');
    expect(out).toContain('--times COUNT');
    expect(out).toContain('haidang greet Lan --loud');
  });

  it('lists the commands with examples when asked for help', async () => {
    const { code, out } = await call('--help');
    expect(code).toBe(0);
    expect(out).toContain('Greet somebody.');
    expect(out).toContain('haidang greet Lan --loud');
  });

  it('lists the members of a group', async () => {
    expect((await call('models')).out).toContain('Try a model.');
  });

  it('shows its help and exits 2 when called without a command', async () => {
    expect(await call()).toMatchObject({ code: 2, out: '' });
  });

  it('prints the version', async () => {
    expect((await call('--version')).out).toBe('1.2.3\n');
  });

  it.each([
    [['gret', 'Lan'], 'there is no command gret; did you mean greet?'],
    [['models', 'tri'], 'there is no command models tri; did you mean models try?'],
    [['greet', 'Lan', '--lout'], 'there is no option --lout; did you mean --loud?'],
    [['greet'], 'NAME is missing'],
    [['models', 'try', 'more'], '"more" is one argument too many'],
    [['--wrong'], 'there is no option --wrong'],
  ])('says what is wrong with %j and exits 2', async (argv, message) => {
    const { code, out, err } = await call(...argv);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(message);
  });

  it('gives the message and the advice of a failure and exits 1', async () => {
    expect(await call('fail')).toEqual({
      code: 1,
      out: '',
      err: 'haidang: no route to 10.0.0.9\n  Check the cable.\n',
    });
  });
});

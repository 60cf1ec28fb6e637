import type { Paper } from './view.ts';

/** The terminal's other screen, so that what stood there before stands there again afterwards. */
export interface Screen extends Disposable {
  draw(lines: readonly string[]): void;
}

const write = (text: string): void => {
  process.stdout.write(text);
};

/** How wide the output is and whether it takes colors (https://no-color.org). */
export const paperOf = (output: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): Paper => ({
  width: output.isTTY ? Math.max(60, output.columns) : 160,
  color: output.isTTY && (environment['NO_COLOR'] ?? '') === '' ? 'color' : 'plain',
});

export const openScreen = (): Screen => {
  write('\u001b[?1049h\u001b[?25l');
  let isOpen = true;
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    process.off('exit', close);
    write('\u001b[?25h\u001b[?1049l');
  };
  process.once('exit', close);
  return {
    draw: lines => {
      const visible = lines.slice(0, Math.max(1, (process.stdout.rows ?? 50) - 1));
      write(`\u001b[H${visible.map(line => `${line}\u001b[K`).join('\n')}\u001b[J`);
    },
    [Symbol.dispose]: close,
  };
};

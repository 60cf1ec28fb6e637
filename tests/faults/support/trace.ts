/**
 * What a program did to a folder, read from strace's own words
 * (`strace -f -qq -y -xx -s 70000 -e trace=…`, see `traced`). Pure.
 */

/** Paths are absolute. */
export type Operation =
  /** Opened with O_CREAT: made, unless it was there. */
  | { readonly kind: 'create'; readonly path: string }
  | { readonly kind: 'write'; readonly path: string; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly path: string; readonly size: number }
  /** Of a file or a folder, when it returned. */
  | { readonly kind: 'sync'; readonly path: string }
  | { readonly kind: 'unlink'; readonly path: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'make-folder'; readonly path: string }
  /** What it wrote to its standard output, when it began to. */
  | { readonly kind: 'said'; readonly text: string };

const calls = [
  'openat',
  'open',
  'creat',
  'write',
  'writev',
  'pwrite64',
  'pwritev',
  'pwritev2',
  'ftruncate',
  'truncate',
  'fallocate',
  'fsync',
  'fdatasync',
  'sync_file_range',
  'unlink',
  'unlinkat',
  'rmdir',
  'rename',
  'renameat',
  'renameat2',
  'mkdir',
  'mkdirat',
  'link',
  'linkat',
  'symlink',
  'symlinkat',
  'lseek',
  'mmap',
  'copy_file_range',
  'sendfile',
];

/** The words to put before a program so that `readTrace` understands what becomes of it. */
export const traced = (file: string): readonly string[] => [
  'strace',
  '-f',
  '--seccomp-bpf',
  '-qq',
  '-y',
  '-xx',
  ...['-s', '70000'],
  ...['-o', file],
  ...['-e', `trace=${calls.join(',')}`],
  ...['-e', 'signal=none'],
];

const unhex = (hex: string): Buffer => Buffer.from(hex.replaceAll('\\x', ''), 'hex');
const toText = (hex: string | undefined): string => unhex(hex ?? '').toString();

/** `12<\x2f…>`: the descriptor and the path it stands for. */
const descriptorPattern = /^(\d+|AT_FDCWD)(?:<((?:\\x[0-9a-f]{2})*)>)?(?:\(deleted\))?/;
const quotedPattern = /"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?/g;
const linePattern = /^(\d+) +(.*)$/;
const callPattern = /^([a-z0-9_]+)\((.*)\) += (-?\d+|\?|0x[0-9a-f]+)/s;
const resumedPattern = /^<\.\.\. ([a-z0-9_]+) resumed>(.*)$/s;
const outputPattern = /^write\(1<((?:\\x[0-9a-f]{2})*)>/;
const unfinished = ' <unfinished ...>';

const lastNumber = (text: string): number => Number(/(-?\d+)$/.exec(text.trim())?.[1]);

/**
 * Throws when a program changes a file of `folder` in a way that this reader does not follow. What is named relative to
 * a folder is not found to be inside.
 */
export const readTrace = (trace: string, folder: string): readonly Operation[] => {
  const operations: Operation[] = [];
  const begun = new Map<string, string>();
  /** Where the next `write` to a path goes. */
  const offsets = new Map<string, number>();
  const isInside = (path: string): boolean => path === folder || path.startsWith(`${folder}/`);

  const refuse = (call: string): never => {
    throw new Error(`this judge of power cuts does not follow ${call.slice(0, 200)}`);
  };

  /** A file is looked at from outside of the folder too: the entry of the folder itself lies in its parent. */
  const take = (name: string, words: string, result: number): void => {
    const [, descriptor, hexPath] = descriptorPattern.exec(words) ?? [];
    const path = toText(hexPath);
    const quoted = [...words.matchAll(quotedPattern)];
    const first = toText(quoted[0]?.[1]);
    /** What is written only to take up room is longer than strace tells, and nothing but zeros. */
    const writtenBytes = (): Buffer => {
      const bytes = unhex(quoted[0]?.[1] ?? '');
      if (quoted[0]?.[2] === undefined) return bytes.subarray(0, result);
      return bytes.some(byte => byte !== 0) ? refuse(`${name}(…) that was cut`) : Buffer.alloc(result);
    };
    switch (name) {
      case 'openat':
      case 'open':
      case 'creat':
        if (!isInside(first)) return;
        offsets.set(first, 0);
        if (words.includes('O_APPEND')) refuse(words);
        if (name === 'creat' || words.includes('O_CREAT')) operations.push({ kind: 'create', path: first });
        if (name === 'creat' || words.includes('O_TRUNC')) operations.push({ kind: 'truncate', path: first, size: 0 });
        return;
      case 'write': {
        if (!isInside(path)) return;
        const offset = offsets.get(path) ?? 0;
        operations.push({ kind: 'write', path, offset, bytes: writtenBytes() });
        offsets.set(path, offset + result);
        return;
      }
      case 'lseek':
        if (isInside(path)) offsets.set(path, result);
        return;
      case 'pwrite64': {
        if (!isInside(path)) return;
        operations.push({ kind: 'write', path, offset: lastNumber(words), bytes: writtenBytes() });
        return;
      }
      case 'ftruncate':
        if (isInside(path)) operations.push({ kind: 'truncate', path, size: lastNumber(words) });
        return;
      case 'fsync':
      case 'fdatasync':
        operations.push({ kind: 'sync', path });
        return;
      case 'unlink':
      case 'unlinkat':
        if (isInside(first)) operations.push({ kind: 'unlink', path: first });
        return;
      case 'rename':
      case 'renameat':
      case 'renameat2': {
        const to = toText(quoted[1]?.[1]);
        if (isInside(first) || isInside(to)) operations.push({ kind: 'rename', from: first, to });
        return;
      }
      case 'mkdir':
      case 'mkdirat':
        if (isInside(first)) operations.push({ kind: 'make-folder', path: first });
        return;
      case 'mmap':
        if (words.includes('MAP_SHARED') && words.includes('PROT_WRITE')) {
          const mapped = /\d+<((?:\\x[0-9a-f]{2})*)>/.exec(words)?.[1];
          // SQLite builds the index of its log anew after a stop, and believes nothing of what the disk kept of it.
          if (isInside(toText(mapped)) && !toText(mapped).endsWith('-shm')) refuse('a shared mapping');
        }
        return;
      default:
        if (isInside(path) || isInside(first) || descriptor === undefined) refuse(`${name}(${words}`);
    }
  };

  for (const raw of trace.split('\n')) {
    const [, pid, text] = linePattern.exec(raw) ?? [];
    if (pid === undefined || text === undefined) continue;
    const [, output] = outputPattern.exec(text) ?? [];
    if (output !== undefined && !isInside(toText(output))) {
      // Whoever reads it may have read it when the call has only begun.
      operations.push({ kind: 'said', text: toText([...text.matchAll(quotedPattern)][0]?.[1]) });
      continue;
    }
    if (text.endsWith(unfinished)) {
      begun.set(pid, text.slice(0, -unfinished.length));
      continue;
    }
    const resumed = resumedPattern.exec(text);
    const whole = resumed === null ? text : `${begun.get(pid) ?? ''}${resumed[2]}`;
    const [, name, words, result] = callPattern.exec(whole) ?? [];
    if (name === undefined || words === undefined || result === undefined) continue;
    if (result.startsWith('-') || result === '?') continue;
    take(name, words, Number(result));
  }
  return operations;
};

/** What was found as entries of `devices`, ready to be pasted into a configuration. */
import type { YAMLMap } from 'yaml';

/** One device of a configuration as it will be written. */
export interface Entry {
  /** What its id begins with; a number is added where another has it. */
  readonly name: string;
  readonly driver: string;
  /** The driver's own keys. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Keys of `config` that hold only a beginning, each with what a person has to write there. */
  readonly toFill?: Readonly<Record<string, string>>;
  /** What was seen of it, a line each. */
  readonly remarks: readonly string[];
  /** A person has to complete it before it can be used, so that it is written as a comment. */
  readonly isDraft?: boolean;
}

const longestId = 32;

/** `Kim Long/1` → `kim-long-1`, and another one where that is taken. */
const idFor = (name: string, taken: Set<string>): string => {
  const plain = name
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('đ', 'd')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  for (let number = 1; ; number++) {
    const end = number === 1 ? '' : `-${number}`;
    const id = `${(plain === '' ? 'device' : plain).slice(0, longestId - end.length)}${end}`;
    if (taken.has(id)) continue;
    taken.add(id);
    return id;
  }
};

/** What is not printable would end a comment or fool a terminal. */
const commentOf = (text: string): string => ` ${text.replaceAll(/[^\P{C}]/gu, '?')}`;

/** The text of `devices` with ids that nobody has; drafts stand behind it as comments. Empty where there is nothing. */
export const formatEntries = async (
  entries: readonly Entry[],
  taken: ReadonlySet<string> = new Set(),
): Promise<string> => {
  const ids = new Set(taken);
  const ready = entries.filter(({ isDraft }) => isDraft !== true);
  const drafts = entries.filter(({ isDraft }) => isDraft === true);
  const list = await formatList(ready, ids);
  const unfinished = (await formatList(drafts, ids)).replace(/^devices:\n/, '');
  // What was seen of a draft is a comment already.
  return `${list}${unfinished.replaceAll(/^( {2}#)?(?=.)/gm, '#')}`;
};

const formatList = async (entries: readonly Entry[], ids: Set<string>): Promise<string> => {
  if (entries.length === 0) return '';
  const { Document, isMap, isScalar, isSeq } = await import('yaml');
  const document = new Document({ devices: [] as unknown[] });
  const devices = document.get('devices');
  if (!isSeq(devices)) return '';
  for (const { name, driver, config, toFill = {}, remarks } of entries) {
    const node = document.createNode({ id: idFor(name, ids), driver, ...config }) as YAMLMap;
    for (const { key, value } of node.items) {
      // Groups on one line, as they stand in the examples; lists stand below one another.
      for (const group of isSeq(value) ? value.items : [value]) if (isMap(group)) group.flow = true;
      const wanted = toFill[String(key)];
      if (wanted === undefined) continue;
      if (isSeq(value)) value.commentBefore = commentOf(wanted);
      else if (isScalar(value)) value.comment = commentOf(wanted);
    }
    node.commentBefore = remarks.map(commentOf).join('\n');
    node.spaceBefore = devices.items.length > 0;
    devices.add(node);
  }
  return document.toString({ lineWidth: 0, indentSeq: true });
};

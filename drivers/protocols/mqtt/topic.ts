/** Topic names and filters of MQTT 3.1.1 and 5 (clause 4.7 of both). */

const controlCharacters = /\p{Cc}/u;

/** A topic one can publish to: not empty, at most 65 535 bytes, no wildcard and no control character. */
export const isTopicName = (text: string): boolean =>
  text !== '' && Buffer.byteLength(text) <= 65_535 && !/[+#]/.test(text) && !controlCharacters.test(text);

/** A filter one can subscribe to: `+` and `#` stand alone in their level, `#` only in the last one. */
export const isTopicFilter = (text: string): boolean => {
  if (text === '' || Buffer.byteLength(text) > 65_535 || controlCharacters.test(text)) return false;
  const levels = text.split('/');
  return levels.every(
    (level, index) => !/[+#]/.test(level) || level === '+' || (level === '#' && index === levels.length - 1),
  );
};

/** Whether a message published to `topic` reaches a subscription to `filter`. */
export const matchesTopic = (filter: string, topic: string): boolean => {
  if (filter === topic) return true;
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false;
  const filterLevels = filter.split('/');
  const topicLevels = topic.split('/');
  for (const [index, level] of filterLevels.entries()) {
    if (level === '#') return true;
    if (index >= topicLevels.length || (level !== '+' && level !== topicLevels[index])) return false;
  }
  return filterLevels.length === topicLevels.length;
};

/** Whether every topic that reaches a subscription to `narrow` also reaches one to `wide`. */
export const coversFilter = (wide: string, narrow: string): boolean => {
  const wideLevels = wide.split('/');
  const narrowLevels = narrow.split('/');
  for (const [index, level] of wideLevels.entries()) {
    if (level === '#') return true;
    const other = narrowLevels[index];
    if (other === undefined || other === '#') return false;
    if (level !== '+' && level !== other) return false;
  }
  return wideLevels.length === narrowLevels.length;
};

/** Values filed under topic filters: finding those of a topic costs by its levels, not by the number of filters. */
export interface TopicIndex<T> {
  /** Returns what takes it out again. */
  add(filter: string, value: T): () => void;
  /** Each value once, also when several of its filters match. */
  match(topic: string): ReadonlySet<T>;
}

interface Level<T> {
  readonly children: Map<string, Level<T>>;
  readonly values: T[];
}

const createLevel = <T>(): Level<T> => ({ children: new Map(), values: [] });

export const createTopicIndex = <T>(): TopicIndex<T> => {
  const root = createLevel<T>();

  const remove = (level: Level<T>, path: readonly string[], value: T): void => {
    const [next, ...rest] = path;
    if (next === undefined) {
      level.values.splice(level.values.indexOf(value), 1);
      return;
    }
    const child = level.children.get(next);
    if (child === undefined) return;
    remove(child, rest, value);
    if (child.values.length === 0 && child.children.size === 0) level.children.delete(next);
  };

  const collect = (level: Level<T>, path: readonly string[], at: number, wildcards: boolean, into: Set<T>): void => {
    if (wildcards) for (const value of level.children.get('#')?.values ?? []) into.add(value);
    const next = path[at];
    if (next === undefined) {
      for (const value of level.values) into.add(value);
      return;
    }
    const exact = level.children.get(next);
    if (exact !== undefined) collect(exact, path, at + 1, true, into);
    const any = wildcards ? level.children.get('+') : undefined;
    if (any !== undefined) collect(any, path, at + 1, true, into);
  };

  return {
    add: (filter, value) => {
      const path = filter.split('/');
      let level = root;
      for (const name of path) {
        let child = level.children.get(name);
        if (child === undefined) {
          child = createLevel<T>();
          level.children.set(name, child);
        }
        level = child;
      }
      level.values.push(value);
      let there = true;
      return () => {
        if (there) remove(root, path, value);
        there = false;
      };
    },
    match: topic => {
      const found = new Set<T>();
      collect(root, topic.split('/'), 0, !topic.startsWith('$'), found);
      return found;
    },
  };
};

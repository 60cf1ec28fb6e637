/** Paths into a JSON payload: `BME280.Temperature`, `SDS0X1["PM2.5"]`, `readings[0].value`. */

export type PayloadPath = readonly (string | number)[];

/** Undefined when the text is no path. */
export const parsePayloadPath = (text: string): PayloadPath | undefined => {
  const step = /(?:^|(?<=.)\.)([^.[\]"\s]+)|\[(\d{1,6})\]|\["((?:[^"\\]|\\["\\])+)"\]/y;
  const path: (string | number)[] = [];
  while (step.lastIndex < text.length) {
    const match = step.exec(text);
    if (match === null) return undefined;
    const [, name, index, quoted = ''] = match;
    path.push(index !== undefined ? Number(index) : (name ?? quoted.replace(/\\(["\\])/g, '$1')));
  }
  return path.length === 0 ? undefined : path;
};

/** What stands at the path, or undefined; only what the payload itself holds. */
export const valueAt = (payload: unknown, path: PayloadPath): unknown => {
  let value = payload;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
};

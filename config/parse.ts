/**
 * A configuration parsed and judged in this thread, with all texts in it: for programs that say what is wrong with it and
 * end. It loads the library that reads YAML, which the gateway itself does without (`config/load.ts`).
 */
import { drivers as allDrivers } from '../drivers/registry.generated.ts';
import { parseText } from './document.ts';
import { formatPath, textsOf } from './judge.ts';
import { brokenText, type Drivers, judgeValues, type Loaded, type Problem, toLoaded, toProblems } from './load.ts';
import { readText } from './read-text.ts';

/** A text of the file with its place, for checks that need the machine it will run on. */
export interface PlacedText extends Pick<Problem, 'line' | 'column' | 'path'> {
  readonly text: string;
}

/** For `haidang check`. */
export interface LoadedWithTexts extends Loaded {
  readonly texts: readonly PlacedText[];
}

/** `text` of `file`, parsed and judged. */
export const parseConfig = (text: string, file: string, drivers: Drivers = allDrivers): LoadedWithTexts => {
  const { reading, positionOf } = parseText(text);
  if (reading.kind === 'broken') return { ...brokenText(reading.faults), texts: [] };
  const verdict = judgeValues(reading.root, text, file, drivers);
  return {
    ...toLoaded(verdict, [...verdict.refused, ...verdict.doubtful].map(positionOf)),
    texts: textsOf(reading.root, []).map(({ path, text: value }) => ({
      ...positionOf({ path, at: 'value' }),
      path: formatPath(path),
      text: value,
    })),
  };
};

/** Reads and judges a file and all texts in it. */
export const loadConfigWithTexts = async (file: string): Promise<LoadedWithTexts> => {
  const text = await readText(file);
  return typeof text === 'string' ? parseConfig(text, file) : { ...toProblems(text), texts: [] };
};

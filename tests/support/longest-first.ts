/** In which order the files of tests run. */
import { BaseSequencer, type TestSequencer, type TestSpecification, type Vitest } from 'vitest/node';
import { createRandom } from '../../simulators/world/random.ts';

/** Files that take longest, the longest first: begun last, they would run on alone while the other cores wait. */
const longest = [
  'simulators/scenarios/fleet',
  'end-to-end/every-type',
  'pipelines/sighting/stage',
  'drivers/meetings/',
  'end-to-end/',
  'faults/',
  'drivers/conformance',
  'pipelines/vessel-rules/stage',
  'simulators/',
];

const placeOf = ({ moduleId }: TestSpecification): number => {
  const place = longest.findIndex(name => moduleId.includes(`/tests/${name}`));
  return place === -1 ? longest.length : place;
};

/**
 * The files that take longest first, and those beside each other in any order. Those that share processes come last, in
 * one row: a process is kept only while the next file in the row shares it too.
 */
export class LongestFirst implements TestSequencer {
  readonly #vitest: Vitest;

  constructor(vitest: Vitest) {
    this.#vitest = vitest;
  }

  shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    return new BaseSequencer(this.#vitest).shard(files);
  }

  async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const random = createRandom(this.#vitest.config.sequence.seed, 'files');
    const drawn = files
      .toSorted((a, b) => (a.moduleId < b.moduleId ? -1 : 1))
      .map(file => ({
        file,
        place: placeOf(file) + random() / 2 + (file.project.config.isolate ? 0 : longest.length + 1),
      }));
    return drawn.toSorted((a, b) => a.place - b.place).map(({ file }) => file);
  }
}

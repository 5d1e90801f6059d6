import { createRequire } from 'node:module';

// Its types are those of its CommonJS half.
/** @type {typeof import('@jest/test-sequencer')} */
const { default: Sequencer } = createRequire(import.meta.url)('@jest/test-sequencer');

/** What a file of each kind takes, about; the first that fits. */
const GUESSES_MS = /** @type {const} */ ([
  [/\/tests\/(faults|simulation)\//, 30_000],
  [/\/tests\/(e2e|conformance)\//, 20_000],
  [/\.int\.test\.ts$/, 8_000],
  [/\/tests\//, 4_000],
  [/./, 1_000],
]);

/** @typedef {Parameters<InstanceType<typeof Sequencer>['sort']>[0]} Tests */

/**
 * The longest files first, so that the run does not end with one of them alone. jest does so where it remembers earlier
 * runs; in a fresh checkout it goes by the sizes of files, which say little: what starts servers is short to write.
 */
export default class LongestFirst extends Sequencer {
  /**
   * @override
   * @param {Tests} tests
   */
  async sort(tests) {
    const sorted = await super.sort(tests);
    if (sorted.every(({ duration }) => duration !== undefined)) return sorted;
    return sorted.toSorted((a, b) => expectedMs(b) - expectedMs(a));
  }
}

/** @param {Tests[number]} test */
function expectedMs({ duration, path }) {
  return duration ?? GUESSES_MS.find(([kind]) => kind.test(path))?.[1] ?? 0;
}

import { describe, expect, it } from '@jest/globals';
import { bindStores } from './bind-stores.js';

bindStores();
const { runSimulation } = await import('./run-simulation.js');

/**
 * SEED=n plays one run again, to its last step; RUNS=n plays more of the runs that nobody has seen yet.
 * A broken promise names its seed.
 */
const { SEED, RUNS = '100' } = process.env;
const KNOWN = 150;
const fresh = Date.now() % 1_000_000_000;
const seeds =
  SEED === undefined
    ? [
        ...Array.from({ length: KNOWN }, (_, i) => i + 1),
        ...Array.from({ length: Number(RUNS) }, (_, i) => fresh + i),
      ]
    : [Number(SEED)];
const MS_A_RUN = 600;

describe(`the write path, ${seeds.length} runs, the last with seed ${seeds.at(-1)}`, () => {
  it(
    'loses nothing, doubles nothing and shows nothing stale, whatever fails',
    async () => {
      const total = { entries: 0, reads: 0 };
      for (const seed of seeds) {
        const { entries, reads } = await runSimulation(seed);
        total.entries += entries;
        total.reads += reads;
      }
      // Runs in which nothing happens would prove nothing.
      expect(total.entries / seeds.length).toBeGreaterThan(20);
      expect(total.reads / seeds.length).toBeGreaterThan(3);
    },
    60_000 + seeds.length * MS_A_RUN,
  );

  it('takes the same way again from the same seed', async () => {
    const [first, second] = [await runSimulation(42), await runSimulation(42)];
    expect(second.trace).toEqual(first.trace);
  }, 30_000);

  it.each([
    'ledger takes turns of replaced writers',
    'cache takes writes in any order',
    'log forgets what it has acknowledged',
  ] as const)(
    'would notice if the %s',
    async (breakage) => {
      const broken = async (): Promise<void> => {
        for (let seed = 1; seed <= KNOWN; seed += 1) await runSimulation(seed, breakage);
      };
      await expect(broken()).rejects.toThrow('breaks a promise');
    },
    60_000,
  );
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mapInOrder } from './map-in-order.js';

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A source and a worker that do what the test says, when it says so. */
function createBench(width: number) {
  const asked: ((result: IteratorResult<number>) => void)[] = [];
  const working = new Map<number, () => void>();
  const source = {
    returned: false,
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise<IteratorResult<number>>((resolve) => void asked.push(resolve)),
      return: () => {
        source.returned = true;
        return Promise.resolve({ done: true as const, value: undefined });
      },
    }),
  };
  const iterable = source as AsyncIterable<number>;
  const results = mapInOrder(iterable, width, async (item) => {
    await new Promise<void>((resolve) => void working.set(item, resolve));
    return item * 10;
  });
  const bring = async (value: number): Promise<void> => {
    asked.shift()?.({ done: false, value });
    await settled();
  };
  return { results, asked, working, bring, source };
}

describe('mapInOrder', () => {
  it('works on several at a time, and hands each result on as soon as it and those before it are there', async () => {
    const { results, working, bring, asked } = createBench(3);
    const first = results.next();
    await settled();
    await bring(1);
    await bring(2);
    expect([...working.keys()]).toEqual([1, 2]);
    working.get(2)?.();
    await settled();
    working.get(1)?.();
    expect(await first).toEqual({ done: false, value: 10 });
    expect(await results.next()).toEqual({ done: false, value: 20 });
    const last = results.next();
    await settled();
    asked.shift()?.({ done: true, value: undefined });
    expect(await last).toEqual({ done: true, value: undefined });
  });

  it('takes no more from the source than it may work on, nor while nobody takes results', async () => {
    const { results, bring, asked, working } = createBench(2);
    const first = results.next();
    await settled();
    await bring(1);
    await bring(2);
    expect(asked).toEqual([]);
    working.get(1)?.();
    await first;
    await settled();
    expect(asked).toEqual([]);
  });

  it('waits for what it began when it is left early, and lets the source go', async () => {
    const { results, bring, working, source } = createBench(2);
    const first = results.next();
    await settled();
    await bring(1);
    await bring(2);
    working.get(1)?.();
    await first;
    let left = false;
    void results.return(undefined).then(() => (left = true));
    await settled();
    expect([left, source.returned]).toEqual([false, false]);
    working.get(2)?.();
    await settled();
    expect([left, source.returned]).toEqual([true, true]);
  });

  it('gives every result in order, and then the error of the source, at any width', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(3), { maxLength: 20 }),
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        async (turns, width, fails) => {
          async function* source(): AsyncGenerator<number> {
            for (const [i, wait] of turns.entries()) {
              for (let turn = 0; turn < wait; turn += 1) await settled();
              yield i;
            }
            if (fails) throw new Error('broken off');
          }
          let under = 0;
          let most = 0;
          const results: number[] = [];
          const run = async (): Promise<void> => {
            const mapped = mapInOrder(source(), width, async (i) => {
              under += 1;
              most = Math.max(most, under);
              for (let turn = 0; turn < (turns.at(-1 - i) ?? 0); turn += 1) await settled();
              under -= 1;
              return i;
            });
            for await (const result of mapped) results.push(result);
          };
          if (fails) await expect(run()).rejects.toThrow('broken off');
          else await run();
          expect(results).toEqual(turns.map((_, i) => i));
          expect(most).toBeLessThanOrEqual(width);
        },
      ),
      { numRuns: 50 },
    );
  });
});

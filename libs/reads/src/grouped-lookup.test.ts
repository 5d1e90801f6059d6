import { describe, expect, it } from '@jest/globals';
import { GroupedLookup } from './grouped-lookup.js';

function createBench(maxKeys = 10) {
  const asked: { keys: readonly string[]; answer: () => void; fail: (error: Error) => void }[] = [];
  const lookup = new GroupedLookup<string>({
    maxKeys,
    ask: (keys) =>
      new Promise((resolve, reject) => {
        const answer = (): void => resolve(new Map(keys.map((key) => [key, key.toUpperCase()])));
        asked.push({ keys, answer, fail: reject });
      }),
  });
  return { lookup, asked, keysAsked: () => asked.map(({ keys }) => keys) };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('GroupedLookup', () => {
  it('asks for all that came in one turn at once, and for all that came meanwhile in the next question', async () => {
    const { lookup, asked, keysAsked } = createBench();
    const first = Promise.all([lookup.find(['a']), lookup.find(['b', 'c'])]);
    await settled();
    const second = Promise.all([lookup.find(['d']), lookup.find(['e'])]);
    await settled();
    expect(keysAsked()).toEqual([['a', 'b', 'c']]);
    asked[0]!.answer();
    expect((await first).map((answers) => answers.get('b'))).toEqual(['B', 'B']);
    await settled();
    expect(keysAsked()).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e'],
    ]);
    asked[1]!.answer();
    expect((await second)[1].get('e')).toBe('E');
  });

  it('fails those who rode in a question that failed, and no others', async () => {
    const { lookup, asked } = createBench();
    const first = lookup.find(['a']);
    await settled();
    const second = lookup.find(['b']);
    asked[0]!.fail(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await settled();
    asked[1]!.answer();
    expect((await second).get('b')).toBe('B');
  });

  it('keeps a question within its size, unless one asker alone is over it', async () => {
    const { lookup, asked, keysAsked } = createBench(3);
    const all = [['a', 'b'], ['c', 'd'], ['e'], ['f', 'g', 'h', 'i']].map((keys) => lookup.find(keys));
    for (let i = 0; i < 4; i += 1) {
      await settled();
      asked[i]?.answer();
    }
    await Promise.all(all);
    expect(keysAsked()).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
      ['f', 'g', 'h', 'i'],
    ]);
  });
});

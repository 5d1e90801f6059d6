import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OccurrenceCounter } from './count-occurrences.js';

const word = fc.integer({ min: 0, max: 0xffff_ffff });
/** Few different words, so that parts, slots and whole hashes coincide often. */
const clashing = fc.constantFrom(0, 1, 2, 0xff, 0x100, 0xff00_0000, 0xff00_0001, 0xffff_ffff);

describe('OccurrenceCounter', () => {
  it('counts like a map from both words, whatever coincides', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.oneof(word, clashing), fc.oneof(word, clashing))), (rows) => {
        const counter = new OccurrenceCounter();
        const model = new Map<string, number>();
        const expected = rows.map(([high, low]) => {
          const name = `${high} ${low}`;
          const before = model.get(name) ?? 0;
          model.set(name, before + 1);
          return before;
        });
        expect(rows.map(([high, low]) => counter.next(high, low))).toEqual(expected);
      }),
    );
  });

  it('keeps its counts while its tables grow', () => {
    const counter = new OccurrenceCounter();
    const rows = 60_000;
    const scramble = (i: number): number => Math.imul(i, 0x9e37_79b1) >>> 0;
    // One expectation for all of them: jest takes longer than the counter.
    const wrong: number[] = [];
    for (let i = 0; i < rows; i += 1) if (counter.next(scramble(i), i) !== 0) wrong.push(i);
    for (let i = 0; i < rows; i += 1) if (counter.next(scramble(i), i) !== 1) wrong.push(i);
    expect(wrong).toEqual([]);
    expect(counter.isSaturated).toBe(false);
  });

  it('still tells identical rows apart, and the same way each time, when it is full', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(clashing, fc.integer({ min: 0, max: 40 })), { minLength: 200 }),
        (rows) => {
          const count = (): readonly number[] => {
            const counter = new OccurrenceCounter(4);
            return rows.map(([high, low]) => counter.next(high, low));
          };
          const numbers = count();
          expect(count()).toEqual(numbers);
          const seen = rows.map(([high, low], i) => `${high} ${low} ${String(numbers[i])}`);
          expect(new Set(seen).size).toBe(seen.length);
        },
      ),
    );
  });

  it('says when it is full', () => {
    const counter = new OccurrenceCounter(4);
    for (let low = 0; low < 3; low += 1) counter.next(0, low);
    expect(counter.isSaturated).toBe(false);
    counter.next(0, 3);
    expect(counter.isSaturated).toBe(true);
  });
});

import { describe, expect, it } from '@jest/globals';
import { listGaps } from './find-gaps.js';

const range = { fromIndex: 10, toIndex: 20 };

describe('listing gaps', () => {
  it('finds none in an unbroken range', () => {
    expect(listGaps({ count: 10, first: 10, last: 19, breaks: [] }, range)).toEqual({
      gaps: [],
      duplicates: [],
    });
  });

  it('finds those between, those at the ends, and what is there twice', () => {
    const breaks = [
      { before: 13, after: 16 },
      { before: 17, after: 17 },
    ];
    expect(listGaps({ count: 6, first: 12, last: 18, breaks }, range)).toEqual({
      gaps: [
        { fromSequence: 10, toSequence: 11, missing: 2 },
        { fromSequence: 14, toSequence: 15, missing: 2 },
        { fromSequence: 19, toSequence: 19, missing: 1 },
      ],
      duplicates: [17],
    });
  });

  it('is one gap when nothing is there, and none when nothing was to be', () => {
    const nothing = { count: 0, first: undefined, last: undefined, breaks: [] };
    expect(listGaps(nothing, range).gaps).toEqual([{ fromSequence: 10, toSequence: 19, missing: 10 }]);
    expect(listGaps(nothing, { fromIndex: 10, toIndex: 10 }).gaps).toEqual([]);
  });
});

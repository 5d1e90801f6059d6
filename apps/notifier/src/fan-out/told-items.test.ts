import { describe, expect, it } from '@jest/globals';
import type { CustomerFact, DeltaEvents } from '@pacspace/wire';
import fc from 'fast-check';
import { endOf, itemsOf, type ParsedMessage, parseTold, type ToldItem } from './told-items.js';

const START = { subject: 'events.0', sequence: 0, parts: 0, logSequence: 0 };

const run = fc.record({
  environmentId: fc.constantFrom('env_a', 'env_b'),
  customerId: fc.constantFrom('x', 'y'),
  firstIndex: fc.nat(5),
  recordKeys: fc.array(fc.stringMatching(/^[0-9a-f]{32}$/), { minLength: 1, maxLength: 3 }),
  created: fc.boolean(),
});
const failed = fc.record({
  environmentId: fc.constant('env_a'),
  customerId: fc.constant('x'),
  recordKey: fc.constant('0'.repeat(32)),
  sequence: fc.nat(9),
  code: fc.constant('IDEMPOTENCY_CONFLICT'),
});

/** Messages of one lane, as its turns would tell them. */
const messages: fc.Arbitrary<ParsedMessage[]> = fc
  .array(
    fc.record({ verified: fc.array(run, { maxLength: 3 }), failed: fc.array(failed, { maxLength: 2 }) }),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((turns) =>
    turns.map((turn, n) => ({
      sequence: n + 1,
      toldAtMs: n,
      told: {
        v: 1,
        lane: 0,
        afterSequence: n * 10,
        throughSequence: n * 10 + 10,
        ...turn,
      } satisfies DeltaEvents,
    })),
  );

const itemsFrom = (parsed: readonly ParsedMessage[], cursor = START): ToldItem[] =>
  [...itemsOf(parsed, cursor)].map(({ item }) => item);

describe('itemsOf', () => {
  it('goes on exactly behind the item at which a reader has stopped', () => {
    fc.assert(
      fc.property(messages, (parsed) => {
        const all = [...itemsOf(parsed, START)];
        for (const [n, { after }] of all.entries()) {
          const rest = parsed.filter(({ sequence }) => sequence > after.sequence);
          expect(itemsFrom(rest, after)).toEqual(all.slice(n + 1).map(({ item }) => item));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('names each delta once, and a customer before its first one', () => {
    fc.assert(
      fc.property(messages, (parsed) => {
        const items = itemsFrom(parsed);
        const runs = parsed.flatMap(({ told }) =>
          told !== undefined && 'lane' in told ? told.verified : [],
        );
        const names = (kind: string): number => items.filter((item) => item.kind === kind).length;
        expect(names('verified')).toBe(runs.reduce((sum, { recordKeys }) => sum + recordKeys.length, 0));
        expect(names('created')).toBe(runs.filter(({ created }) => created).length);
        items.forEach((item, n) => {
          if (item.kind === 'created') expect(items[n + 1]).toMatchObject({ ...item, kind: 'verified' });
        });
      }),
    );
  });

  it('passes over what a stream that was made anew tells again, and hears what is new', () => {
    fc.assert(
      fc.property(messages, (parsed) => {
        const end = endOf(parsed, START);
        const again = { ...end, sequence: 0, parts: 0 };
        expect(itemsFrom(parsed, again)).toEqual([]);
      }),
    );
  });

  it('reads facts, one item for each seal', () => {
    const fact: CustomerFact = { v: 1, kind: 'sealed', environmentId: 'env_a', logNo: 3, logIndexes: [4, 7] };
    const parsed = [{ sequence: 1, toldAtMs: 0, told: fact }];
    expect(itemsFrom(parsed)).toEqual(
      [4, 7].map((logIndex) => ({ kind: 'sealed', environmentId: 'env_a', logNo: 3, logIndex })),
    );
  });

  it('skips what nobody can read, and counts it as read', () => {
    const parsed = [parseTold({ sequence: 9, toldAtMs: 5, payload: '{' })];
    expect(itemsFrom(parsed)).toEqual([]);
    expect(endOf(parsed, START)).toEqual({ ...START, sequence: 9 });
  });
});

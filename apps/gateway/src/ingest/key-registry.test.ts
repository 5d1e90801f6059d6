import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { conflict, refused } from './emit-outcome.js';
import { KeyRegistry } from './key-registry.js';

const hex = (text: string): string => createHash('sha256').update(text).digest('hex');
const keyOf = (text: string): string => hex(text).slice(0, 32);
const accepted = (sequence: number) => ({ kind: 'accepted', sequence }) as const;

describe('KeyRegistry', () => {
  test('a key under way is joined by the same delta and refused to another, and each who joined hears the outcome', () => {
    const registry = new KeyRegistry();
    const told: unknown[] = [];
    expect(registry.claim(keyOf('a'), hex('1'))).toEqual({ kind: 'mine' });
    expect(registry.claim(keyOf('a'), hex('2'))).toEqual({ kind: 'conflict' });
    for (let i = 0; i < 2; i += 1) {
      expect(registry.claim(keyOf('a'), hex('1'))).toEqual({ kind: 'joined' });
      registry.join(keyOf('a'), (outcome) => told.push(outcome));
    }
    expect(registry.holds(keyOf('a'))).toBe(true);
    registry.settle(keyOf('a'), accepted(7));
    expect(told).toEqual([
      { kind: 'replayed', sequence: 7 },
      { kind: 'replayed', sequence: 7 },
    ]);
    expect(registry.claim(keyOf('a'), hex('1'))).toEqual({ kind: 'accepted', sequence: 7 });
  });

  test('a key that was refused is free again', () => {
    const registry = new KeyRegistry();
    registry.claim(keyOf('a'), hex('1'));
    registry.settle(keyOf('a'), refused(conflict()));
    expect(registry.holds(keyOf('a'))).toBe(false);
    expect(registry.claim(keyOf('a'), hex('2'))).toEqual({ kind: 'mine' });
  });

  test('what was accepted under a key outlives a rival that is refused, and gives way to one that is not', () => {
    const registry = new KeyRegistry();
    registry.claim(keyOf('a'), hex('1'));
    registry.settle(keyOf('a'), accepted(1));
    expect(registry.claim(keyOf('a'), hex('2'))).toEqual({ kind: 'contested' });
    expect(registry.claim(keyOf('a'), hex('2'))).toEqual({ kind: 'joined' });
    expect(registry.claim(keyOf('a'), hex('3'))).toEqual({ kind: 'conflict' });
    registry.settle(keyOf('a'), refused(conflict()));
    expect(registry.claim(keyOf('a'), hex('1'))).toEqual({ kind: 'accepted', sequence: 1 });
    expect(registry.claim(keyOf('a'), hex('2'))).toEqual({ kind: 'contested' });
    registry.settle(keyOf('a'), accepted(2));
    expect(registry.claim(keyOf('a'), hex('2'))).toEqual({ kind: 'accepted', sequence: 2 });
  });

  test('holds far more keys than are under way at full rate, forgets older ones first, and never takes one for another', () => {
    const registry = new KeyRegistry();
    const count = 200_000;
    const wrong: number[] = [];
    for (let i = 1; i <= count; i += 1) {
      if (registry.claim(keyOf(`${i}`), hex(`${i}`)).kind !== 'mine') wrong.push(i);
      registry.settle(keyOf(`${i}`), accepted(i));
    }
    let known = 0;
    for (let i = 1; i <= count; i += 1) {
      if (!registry.holds(keyOf(`${i}`))) {
        // Far within what the table holds, none is lost.
        if (i > count - 10_000) wrong.push(i);
        continue;
      }
      known += 1;
      const claim = registry.claim(keyOf(`${i}`), hex(`${i}`));
      if (claim.kind !== 'accepted' || claim.sequence !== i) wrong.push(i);
    }
    expect(wrong).toEqual([]);
    expect(known).toBeGreaterThan(90_000);
    expect(known).toBeLessThanOrEqual(131_072);
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { shareLanes } from './share-lanes.js';

/** Sessions and what they hold, as pg_locks would tell it. */
class Fleet {
  readonly writers = new Set<number>();
  readonly holders = new Map<number, number>();
  moves = 0;

  constructor(readonly lanes: number) {}

  /** One writer looks and does what it then would; a lane that it hands over is free at once. */
  look(me: number, isUnable?: (lane: number) => boolean): void {
    const writers = [...this.writers].sort((a, b) => a - b);
    const { give, take } = shareLanes({ me, writers, holders: this.holders }, this.lanes, isUnable);
    for (const lane of give) {
      expect(this.holders.get(lane)).toBe(me);
      this.holders.delete(lane);
    }
    for (const lane of take) {
      expect(this.holders.has(lane)).toBe(false);
      this.holders.set(lane, me);
    }
    this.moves += give.length + take.length;
  }

  end(writer: number): void {
    this.writers.delete(writer);
    for (const [lane, holder] of this.holders) if (holder === writer) this.holders.delete(lane);
  }

  settle(rounds = 3): void {
    for (let round = 0; round < rounds; round += 1) for (const writer of this.writers) this.look(writer);
  }

  counts(): number[] {
    const counts = [...this.writers].map((writer) =>
      [...this.holders.values()].filter((one) => one === writer),
    );
    return counts.map(({ length }) => length).sort((a, b) => a - b);
  }
}

describe('shareLanes', () => {
  it('gives one writer all, four a fourth each, and spares nothing', () => {
    const fleet = new Fleet(8);
    fleet.writers.add(10);
    fleet.settle();
    expect(fleet.counts()).toEqual([8]);
    for (const writer of [20, 30, 40]) fleet.writers.add(writer);
    fleet.settle();
    expect(fleet.counts()).toEqual([2, 2, 2, 2]);
    fleet.end(10);
    fleet.end(30);
    fleet.settle();
    expect(fleet.counts()).toEqual([4, 4]);
  });

  it('comes to an even share from wherever it stands, and then rests', () => {
    const step = fc.record({ writer: fc.nat(9), what: fc.constantFrom('join', 'end', 'look') });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.array(step, { maxLength: 60 }), (lanes, steps) => {
        const fleet = new Fleet(lanes);
        for (const { writer, what } of steps) {
          if (what === 'join') fleet.writers.add(writer);
          else if (what === 'end') fleet.end(writer);
          else if (fleet.writers.has(writer)) fleet.look(writer);
        }
        fleet.writers.add(3);
        fleet.settle();
        expect(fleet.holders.size).toBe(lanes);
        const counts = fleet.counts();
        expect(counts.at(-1)! - counts[0]!).toBeLessThanOrEqual(1);
        const { moves } = fleet;
        fleet.settle();
        expect(fleet.moves).toBe(moves);
      }),
    );
  });

  it('moves no more lanes than a join or a leave needs', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 12 }), (lanes, writers) => {
        const fleet = new Fleet(lanes);
        for (let writer = 1; writer <= writers; writer += 1) fleet.writers.add(writer);
        fleet.settle();
        fleet.moves = 0;
        fleet.writers.add(99);
        fleet.settle();
        // Each lane that moves is given once and taken once.
        expect(fleet.moves).toBe(2 * Math.floor(lanes / (writers + 1)));
      }),
    );
  });

  it('leaves to a session that has stepped aside what it holds, and shares the rest', () => {
    const fleet = new Fleet(5);
    fleet.writers.add(1);
    fleet.settle();
    fleet.writers.delete(1);
    fleet.holders.delete(4);
    for (const writer of [2, 3]) fleet.writers.add(writer);
    fleet.look(1);
    fleet.settle();
    expect([...fleet.holders].filter(([, holder]) => holder === 1)).toHaveLength(4);
    expect(fleet.counts()).toEqual([0, 1]);
  });

  it('does not take a lane that it has just failed in', () => {
    const fleet = new Fleet(3);
    fleet.writers.add(1);
    fleet.look(1, (lane) => lane === 1);
    expect([...fleet.holders.keys()]).toEqual([0, 2]);
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type CommitOutcome,
  DEFAULT_LIMITS,
  type Entry,
  GroupCommit,
  type GroupCommitLimits,
} from './group-commit.js';

class TestEntry implements Entry {
  readonly outcomes: CommitOutcome[] = [];
  readonly delta;

  constructor(
    readonly name: string,
    size = 10,
  ) {
    this.delta = { environmentId: 'env', traceparent: '', body: 'x'.repeat(size) };
  }

  settle(outcome: CommitOutcome): void {
    this.outcomes.push(outcome);
  }
}

interface Publish {
  readonly lane: number;
  readonly names: readonly string[];
  readonly entries: readonly TestEntry[];
  readonly store: (sequence: number) => void;
  readonly giveUp: (error: Error) => void;
}

/** A log and an event loop that do only what the test says. */
function createBench(limits: Partial<GroupCommitLimits> = {}, lanes = 2) {
  const published: Publish[] = [];
  const turnEnds: (() => void)[] = [];
  const commit = new GroupCommit<TestEntry>({
    lanes,
    limits: { ...DEFAULT_LIMITS, ...limits },
    atEndOfTurn: (run) => void turnEnds.push(run),
    publish: (lane, entries) =>
      new Promise((resolve, reject) => {
        published.push({ lane, entries, names: entries.map((e) => e.name), store: resolve, giveUp: reject });
      }),
  });
  const endTurn = async (): Promise<void> => {
    for (const run of turnEnds.splice(0)) run();
    await settled();
  };
  return { commit, published, endTurn };
}

/** All promise reactions that are due have run. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('GroupCommit', () => {
  it('puts all deltas of one turn of the loop into one envelope, and answers them with its sequence', async () => {
    const { commit, published, endTurn } = createBench();
    const entries = ['a', 'b', 'c'].map((name) => new TestEntry(name));
    for (const entry of entries) expect(commit.offer(0, entry)).toBe('taken');
    expect(published).toHaveLength(0);
    await endTurn();
    expect(published.map((publish) => publish.names)).toEqual([['a', 'b', 'c']]);
    expect(entries.flatMap((entry) => entry.outcomes)).toEqual([]);
    published[0]!.store(7);
    await settled();
    expect(entries.map((entry) => entry.outcomes)).toEqual(
      Array.from({ length: 3 }, () => [{ kind: 'accepted', sequence: 7 }]),
    );
  });

  it('waits for deltas that are announced, until they have been offered', async () => {
    const { commit, published, endTurn } = createBench();
    const offered = [commit.announce(), commit.announce()];
    commit.offer(0, new TestEntry('a'));
    await endTurn();
    commit.offer(0, new TestEntry('b'));
    offered[0]!();
    offered[0]!();
    await endTurn();
    expect(published).toHaveLength(0);
    commit.offer(0, new TestEntry('c'));
    offered[1]!();
    await endTurn();
    expect(published.map((publish) => publish.names)).toEqual([['a', 'b', 'c']]);
  });

  it('waits for them in no lane that has enough', async () => {
    const { commit, published, endTurn } = createBench();
    commit.announce();
    commit.offer(0, new TestEntry('first'));
    commit.offer(1, new TestEntry('other lane'));
    await endTurn();
    for (let i = 0; i < 499; i += 1) commit.offer(0, new TestEntry(`entry ${i}`));
    await endTurn();
    expect(published.map(({ lane, names }) => [lane, names.length])).toEqual([[0, 500]]);
  });

  it('waits for them some milliseconds and no longer, again after each publish', async () => {
    const { commit, published, endTurn } = createBench();
    commit.announce();
    for (const name of ['a', 'b']) {
      commit.offer(0, new TestEntry(name));
      await endTurn();
      expect(published).toHaveLength(0);
      await new Promise((resolve) => setTimeout(resolve, 30));
      await endTurn();
      expect(published.map((publish) => publish.names)).toEqual([[name]]);
      published.shift()!.store(1);
      await settled();
    }
    await commit.whenIdle();
  });

  it('has at most one publish a lane under way; what comes meanwhile rides together in the next', async () => {
    const { commit, published, endTurn } = createBench();
    commit.offer(0, new TestEntry('a'));
    commit.offer(1, new TestEntry('other lane'));
    await endTurn();
    for (const name of ['b', 'c', 'd']) {
      commit.offer(0, new TestEntry(name));
      await endTurn();
    }
    expect(published.map((publish) => publish.names)).toEqual([['a'], ['other lane']]);
    published[0]!.store(1);
    await settled();
    await endTurn();
    expect(published.at(-1)!.names).toEqual(['b', 'c', 'd']);
  });

  it('keeps an envelope within its caps, and takes a delta that is larger than the cap alone', async () => {
    const { commit, published, endTurn } = createBench({ envelopeDeltas: 3, envelopeSize: 100 });
    const sizes = [40, 40, 40, 250, 1, 1, 1, 1];
    sizes.forEach((size, i) => commit.offer(0, new TestEntry(String(i), size)));
    for (let i = 0; i < sizes.length; i += 1) {
      await endTurn();
      published[i]?.store(i);
      await settled();
    }
    expect(published.map((publish) => publish.names)).toEqual([
      ['0', '1'],
      ['2'],
      ['3'],
      ['4', '5', '6'],
      ['7'],
    ]);
  });

  it.each([
    ['deltas of a lane', { laneDeltas: 2 }, 0],
    ['size of a lane', { laneSize: 25 }, 0],
    ['deltas of all lanes', { totalDeltas: 2 }, 1],
    ['size of all lanes', { totalSize: 25 }, 1],
  ])('refuses what is over the limit: %s', async (_what, limits, lane) => {
    const { commit, published, endTurn } = createBench(limits);
    expect([commit.offer(0, new TestEntry('a')), commit.offer(lane, new TestEntry('b'))]).toEqual([
      'taken',
      'taken',
    ]);
    const late = new TestEntry('c');
    expect(commit.offer(0, late)).toBe('full');
    let freed = false;
    void commit.whenFreed().then(() => (freed = true));
    await settled();
    expect(freed).toBe(false);
    await endTurn();
    expect(freed).toBe(true);
    expect(commit.offer(0, late)).toBe('taken');
    expect(late.outcomes).toEqual([]);
    published.forEach((publish, i) => publish.store(i));
  });

  it('fails everything that waits when an envelope was given up, and lets one envelope at a time try again', async () => {
    const { commit, published, endTurn } = createBench();
    const [first, waiting, probe, refused] = ['first', 'waiting', 'probe', 'refused'].map(
      (n) => new TestEntry(n),
    );
    commit.offer(0, first!);
    await endTurn();
    commit.offer(0, waiting!);
    const cause = new Error('the log is away');
    published[0]!.giveUp(cause);
    await settled();
    expect(first!.outcomes).toEqual([{ kind: 'given-up', cause }]);
    expect(waiting!.outcomes).toEqual([{ kind: 'given-up', cause }]);
    expect(commit.level()).toMatchObject({ deltas: 0, size: 0 });

    expect(commit.offer(0, probe!)).toBe('taken');
    await endTurn();
    expect(commit.offer(0, refused!)).toBe('ailing');
    expect(commit.offer(1, new TestEntry('another lane is not held up'))).toBe('taken');
    published[1]!.store(5);
    await settled();
    expect(probe!.outcomes).toEqual([{ kind: 'accepted', sequence: 5 }]);
    expect(commit.offer(0, refused!)).toBe('taken');
  });

  it('says when nothing is under way any more', async () => {
    const { commit, published, endTurn } = createBench();
    await commit.whenIdle();
    commit.offer(0, new TestEntry('a'));
    let idle = false;
    void commit.whenIdle().then(() => (idle = true));
    await endTurn();
    commit.offer(0, new TestEntry('b'));
    published[0]!.store(1);
    await settled();
    expect(idle).toBe(false);
    await endTurn();
    published[1]!.store(2);
    await settled();
    expect(idle).toBe(true);
  });

  it('settles each taken delta once, in order, within its limits, whatever the log does', async () => {
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constant('offer'),
          lane: fc.nat(1),
          size: fc.integer({ min: 1, max: 60 }),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({ do: fc.constantFrom('turn', 'store', 'giveUp'), pick: fc.nat(5) }),
      },
    );
    const limits = {
      envelopeDeltas: 4,
      envelopeSize: 100,
      laneDeltas: 6,
      laneSize: 200,
      totalDeltas: 9,
      totalSize: 300,
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const { commit, published, endTurn } = createBench(limits);
        const taken: TestEntry[][] = [[], []];
        const done = new Set<Publish>();
        const open = (): Publish[] => published.filter((publish) => !done.has(publish));
        const finish = async (publish: Publish | undefined, how: string): Promise<void> => {
          if (publish === undefined) return;
          done.add(publish);
          if (how === 'store') publish.store(published.indexOf(publish) + 1);
          else publish.giveUp(new Error('away'));
          await settled();
        };
        for (const [i, next] of steps.entries()) {
          if ('lane' in next) {
            const entry = new TestEntry(String(i), next.size);
            if (commit.offer(next.lane, entry) === 'taken') taken[next.lane]!.push(entry);
          } else if (next.do === 'turn') await endTurn();
          else await finish(open()[next.pick % Math.max(1, open().length)], next.do);
          expect(commit.level().deltas).toBeLessThanOrEqual(limits.totalDeltas);
          expect(commit.level().size).toBeLessThanOrEqual(limits.totalSize);
          for (const lane of [0, 1])
            expect(open().filter((p) => p.lane === lane).length).toBeLessThanOrEqual(1);
        }
        for (let rounds = 0; rounds < 50; rounds += 1) {
          await endTurn();
          for (const publish of open()) await finish(publish, 'store');
        }
        await commit.whenIdle();
        for (const lane of [0, 1]) {
          expect(taken[lane]!.every((entry) => entry.outcomes.length === 1)).toBe(true);
          const inLog = published
            .filter((publish) => publish.lane === lane)
            .flatMap((publish) => publish.names);
          const order = taken[lane]!.map((entry) => entry.name).filter((name) => inLog.includes(name));
          expect(inLog).toEqual(order);
        }
        for (const { entries } of published) {
          expect(entries.length).toBeLessThanOrEqual(limits.envelopeDeltas);
          const size = entries.reduce((sum, entry) => sum + entry.delta.body.length, 0);
          expect(entries.length === 1 || size <= limits.envelopeSize).toBe(true);
        }
        expect(commit.level()).toMatchObject({ deltas: 0, size: 0 });
      }),
      { numRuns: 60 },
    );
  });
});

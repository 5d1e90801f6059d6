import { describe, expect, it } from '@jest/globals';
import { ConsistentReads } from './consistency.js';
import { LaneProgress, type Need } from './lane-progress.js';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A log and a ledger of two lanes, set by the test. */
function create(waitMs = 30_000) {
  const state = {
    log: [0, 0],
    ledger: [0, 0],
    counted: 0,
    read: 0,
    countTakesMs: 0,
    logAway: false,
  };
  const positions = (): Need[] => state.ledger.map((envelopes, lane) => ({ lane, envelopes }));
  const progress = new LaneProgress({ pollEveryMs: 5, poll: () => Promise.resolve(positions()) });
  const reads = new ConsistentReads({
    waitMs,
    progress,
    countEnvelopes: async () => {
      state.counted += 1;
      const counts = [...state.log];
      await pause(state.countTakesMs);
      if (state.logAway) throw new Error('the log is away');
      return counts;
    },
  });
  const read = (lanes = [0], consistency: 'strong' | 'eventual' = 'strong') =>
    reads.read(lanes, consistency, () => {
      state.read += 1;
      return Promise.resolve({ value: [...state.ledger], positions: positions() });
    });
  return { state, progress, reads, read };
}

describe('a strong read', () => {
  it('reads at once when the ledger has all of the log', async () => {
    const { state, read } = create();
    state.log = [3, 0];
    state.ledger = [3, 0];
    expect(await read()).toEqual({ value: [3, 0], consistent: true, behindEnvelopes: 0 });
    expect(state.read).toBe(1);
  });

  it('waits for what was in the log when it came, and not for what comes later', async () => {
    const { state, read, progress } = create();
    state.log = [4, 0];
    const answer = read();
    await pause(15);
    expect(state.read).toBe(0);
    state.log = [9, 0];
    state.ledger = [4, 0];
    progress.note({ lane: 0, envelopes: 4 });
    expect(await answer).toEqual({ value: [4, 0], consistent: true, behindEnvelopes: 0 });
  });

  it('says by how much it is behind when the wait is over, and never that it is fresh', async () => {
    const { state, read } = create(60);
    state.log = [10, 5];
    state.ledger = [7, 1];
    const begun = performance.now();
    expect(await read([0, 1])).toEqual({ value: [7, 1], consistent: false, behindEnvelopes: 7 });
    expect(performance.now() - begun).toBeGreaterThan(50);
  });

  it('goes by the position that came with the value, not by what was said of it', async () => {
    const { state, read, progress } = create();
    state.log = [5, 0];
    state.ledger = [3, 0];
    // The ledger had 5, and came back from a crash with 3.
    progress.note({ lane: 0, envelopes: 5 });
    const answer = read();
    while (state.read === 0) await pause(1);
    state.ledger = [5, 0];
    expect(await answer).toEqual({ value: [5, 0], consistent: true, behindEnvelopes: 0 });
  });

  it('asks the log again for a read that comes while a question is under way', async () => {
    const { state, read } = create();
    state.countTakesMs = 20;
    state.log = [1, 0];
    state.ledger = [1, 0];
    const first = read();
    await pause(5);
    // Emitted after the first question was asked: the second read must see it.
    state.log = [2, 0];
    const second = read();
    const third = read();
    await first;
    state.ledger = [2, 0];
    expect(await second).toMatchObject({ value: [2, 0], consistent: true });
    expect(await third).toMatchObject({ value: [2, 0], consistent: true });
    expect(state.counted).toBe(2);
  });

  it('asks once for all who come together', async () => {
    const { state, read } = create();
    await Promise.all(Array.from({ length: 500 }, () => read()));
    expect([state.counted, state.read]).toEqual([1, 500]);
  });

  it('does not claim anything when the log does not answer, and soon does not wait for it', async () => {
    const { state, read } = create();
    state.logAway = true;
    state.ledger = [8, 0];
    const reads = 200;
    for (let i = 0; i < reads; i += 1) {
      expect(await read()).toEqual({ value: [8, 0], consistent: false, behindEnvelopes: null });
    }
    // Once more for each time that the breaker lets one through.
    expect(state.counted).toBeLessThan(reads / 4);
  });
});

describe('an eventual read', () => {
  it('asks nobody and claims nothing', async () => {
    const { state, read } = create();
    state.log = [10, 0];
    expect(await read([0], 'eventual')).toEqual({
      value: [0, 0],
      consistent: false,
      behindEnvelopes: null,
    });
    expect(state.counted).toBe(0);
  });
});

describe('waiting until a lane is projected', () => {
  it('tells whether it was', async () => {
    const hasty = create(60);
    hasty.state.log = [2, 0];
    expect(await hasty.reads.waitUntilProjected(0)).toBe(false);
    const patient = create();
    patient.state.log = [2, 0];
    const waiting = patient.reads.waitUntilProjected(0);
    patient.state.ledger = [2, 0];
    expect(await waiting).toBe(true);
    expect(await patient.reads.waitUntilProjected(1)).toBe(true);
  });
});

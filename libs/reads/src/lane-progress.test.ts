import { describe, expect, it } from '@jest/globals';
import { LaneProgress, type Need } from './lane-progress.js';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const need = (lane: number, envelopes: number): Need => ({ lane, envelopes });

function create(answers: Need[][] = []) {
  const asked: number[] = [];
  const progress = new LaneProgress({
    pollEveryMs: 5,
    poll: () => {
      asked.push(performance.now());
      const answer = answers.shift();
      return answer === undefined ? Promise.reject(new Error('away')) : Promise.resolve(answer);
    },
  });
  return { progress, asked };
}

describe('the progress of lanes', () => {
  it('wakes who waits when it hears that all its lanes have come far enough', async () => {
    const { progress } = create();
    const both = progress.waitFor([need(0, 5), need(1, 2)], 5_000);
    let done = false;
    void both.then(() => (done = true));
    progress.note(need(0, 9));
    await pause(1);
    expect(done).toBe(false);
    progress.note(need(1, 2));
    expect(await both).toBe(true);
  });

  it('answers at once what it knows already, also when there is no time left', async () => {
    const { progress, asked } = create();
    progress.note(need(3, 7));
    expect(await progress.waitFor([need(3, 7)], 0)).toBe(true);
    expect(await progress.waitFor([need(3, 8)], 0)).toBe(false);
    expect(await progress.waitFor([], 10)).toBe(true);
    expect(asked).toEqual([]);
  });

  it('never goes back: messages come late and out of order', () => {
    const { progress } = create();
    progress.note(need(0, 9));
    progress.note(need(0, 4));
    expect(progress.has([need(0, 9)])).toBe(true);
  });

  it('asks the ledger while somebody waits, over failures, and stops when nobody does', async () => {
    const { progress, asked } = create([[need(0, 1)], [need(0, 2)], [need(0, 3)]]);
    expect(await progress.waitFor([need(0, 3)], 5_000)).toBe(true);
    expect(asked).toHaveLength(3);
    const late = progress.waitFor([need(0, 4)], 300);
    expect(await late).toBe(false);
    const askedBefore = asked.length;
    expect(askedBefore).toBeGreaterThan(3);
    await pause(20);
    expect(asked).toHaveLength(askedBefore);
    const gaps = asked.slice(1).map((at, i) => at - (asked[i] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(3);
  });
});

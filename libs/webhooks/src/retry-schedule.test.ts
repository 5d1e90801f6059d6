import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MAX_ATTEMPTS, nextTryAt, parseRetryAfter } from './retry-schedule.js';

const HOUR = 3_600_000;
const evenly = (): number => 0.5;

/** When each try comes, in ms from the first one, when all of them fail. */
function play(random: () => number): number[] {
  const times = [0];
  for (let attempts = 1; ; attempts += 1) {
    const at = nextTryAt({ attempts, nowMs: times.at(-1) ?? 0, random });
    if (at === undefined) return times;
    times.push(at);
  }
}

describe('nextTryAt', () => {
  it('tries ten times over about 75 hours', () => {
    const times = play(evenly);
    expect(times).toHaveLength(10);
    expect(MAX_ATTEMPTS).toBe(10);
    expect((times.at(-1) ?? 0) / HOUR).toBeCloseTo(75.6, 1);
  });

  it('never tries earlier than the one before, and is within a tenth of its time', () => {
    fc.assert(
      fc.property(fc.noShrink(fc.double({ min: 0, max: 0.999, noNaN: true })), (share) => {
        const times = play(() => share);
        const even = play(evenly);
        for (const [n, at] of times.entries()) {
          expect(at).toBeGreaterThanOrEqual(times[n - 1] ?? 0);
          expect(Math.abs(at - (even[n] ?? 0))).toBeLessThanOrEqual((even[n] ?? 0) * 0.1 + n);
        }
      }),
    );
  });

  it('waits for as long as the receiver asks, up to a day, and never less than the schedule', () => {
    const ask = (retryAfterMs: number): number | undefined =>
      nextTryAt({ attempts: 1, nowMs: 1_000, retryAfterMs, random: evenly });
    expect(ask(60_000)).toBe(61_000);
    expect(ask(1_000)).toBe(6_000);
    expect(ask(1_000 * HOUR)).toBe(1_000 + 24 * HOUR);
  });
});

describe('parseRetryAfter', () => {
  const nowMs = Date.parse('2026-01-01T00:00:00Z');

  it('reads seconds and dates', () => {
    expect(parseRetryAfter('120', nowMs)).toBe(120_000);
    expect(parseRetryAfter('Thu, 01 Jan 2026 00:01:00 GMT', nowMs)).toBe(60_000);
    expect(parseRetryAfter('Wed, 31 Dec 2025 00:00:00 GMT', nowMs)).toBe(0);
  });

  it.each([undefined, '', 'soon', '-1', '1e9999'])('passes over %j', (header) => {
    const read = parseRetryAfter(header, nowMs);
    expect(read === undefined || (read >= 0 && Number.isFinite(read))).toBe(true);
    if (header !== '-1') expect(read).toBeUndefined();
  });
});

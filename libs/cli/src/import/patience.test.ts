import { describe, expect, it } from '@jest/globals';
import { Patience } from './patience.js';

const LIMITS = { firstMs: 10_000, laterMs: 100_000 };

function at(): { readonly patience: Patience; readonly clock: { ms: number } } {
  const clock = { ms: 0 };
  return { patience: new Patience(LIMITS, () => clock.ms), clock };
}

describe('Patience', () => {
  it('doubles its pauses up to a quarter of a minute, spread by half', () => {
    for (let tries = 0; tries < 12; tries += 1) {
      const { patience } = at();
      patience.heard();
      const pause = patience.pauseMs(tries, 0) ?? NaN;
      const full = Math.min(250 * 2 ** tries, 15_000);
      expect(pause).toBeGreaterThanOrEqual(full / 2);
      expect(pause).toBeLessThanOrEqual(full);
    }
  });

  it('waits as long as the server asks for, unless that is longer than it may', () => {
    const { patience } = at();
    patience.heard();
    expect(patience.pauseMs(0, 30_000)).toBe(30_000);
    expect(patience.pauseMs(0, 100_001)).toBeUndefined();
  });

  it('gives up sooner on a server never heard', () => {
    const { patience, clock } = at();
    expect(patience.pauseMs(0, 0)).toBeDefined();
    clock.ms = 10_000;
    expect(patience.pauseMs(0, 0)).toBeUndefined();
    patience.heard();
    expect(patience.pauseMs(0, 0)).toBeDefined();
    clock.ms = 100_000;
    expect(patience.pauseMs(0, 0)).toBeUndefined();
  });

  it('counts from the first failure after a success, not from the success', () => {
    const { patience, clock } = at();
    patience.progressed();
    clock.ms = 1_000_000;
    expect(patience.pauseMs(0, 0)).toBeDefined();
    clock.ms += 99_000;
    patience.progressed();
    expect(patience.pauseMs(0, 90_000)).toBe(90_000);
  });
});

import { describe, expect, it } from '@jest/globals';
import { formatDuration, formatProgress } from './progress.js';

const STATE = {
  readBytes: 430,
  sizeBytes: 1_000,
  rows: 163_000,
  recorded: 120_000,
  known: 2,
  rejects: 1,
  isDryRun: false,
};

describe('formatProgress', () => {
  it('shows share, rate, time left and counts', () => {
    expect(formatProgress(STATE, { deltas: 81_234.4, bytes: 50 })).toBe(
      '43 % · 163,000 rows · 81,234 deltas/s · ETA 0:12 · recorded 120,000 · already there 2 · rejects 1',
    );
  });

  it('has no share and no time left where the size is not known, and no time left while nothing moves', () => {
    const pipe = { ...STATE, sizeBytes: undefined, known: 0, rejects: 0 };
    expect(formatProgress(pipe, { deltas: 0, bytes: 0 })).toBe(
      '163,000 rows · 0 deltas/s · recorded 120,000',
    );
    expect(formatProgress(STATE, { deltas: 0, bytes: 0 })).toContain('ETA -');
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0:00'],
    [59.2, '1:00'],
    [754, '12:34'],
    [3_723, '1:02:03'],
  ])('writes %s seconds as %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});

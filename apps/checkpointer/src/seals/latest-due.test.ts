import { describe, expect, it } from '@jest/globals';
import { formatPeriod } from '@pacspace/domain';
import { latestDue } from './seal-ended-periods.js';

const HOUR_MS = 3_600_000;

describe('latestDue', () => {
  it.each([
    // The last month that ended the grace ago or more, to the millisecond.
    ['2026-11-01T00:00:00.000Z', 0, '2026-10'],
    ['2026-10-31T23:59:59.999Z', 0, '2026-09'],
    ['2026-11-04T00:00:00.000Z', 72, '2026-10'],
    ['2026-11-03T23:59:59.999Z', 72, '2026-09'],
    ['2028-02-29T23:59:59.999Z', 0, '2028-01'],
    ['2028-03-01T00:00:00.000Z', 0, '2028-02'],
    ['2028-03-03T23:59:59.999Z', 72, '2028-01'],
    ['2028-03-04T00:00:00.000Z', 72, '2028-02'],
    ['2027-01-01T00:00:00.000Z', 0, '2026-12'],
  ])('at %s with %i hours of grace is %s', (now, hours, period) => {
    expect(formatPeriod(latestDue(Date.parse(now), hours * HOUR_MS))).toBe(period);
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatPeriod, parsePeriod, periodEndMs, periodOf, periodStartMs } from './period.js';
import { parseTime } from './time.js';

/** Years 0 to 9999. */
const period = fc.integer({ min: 0, max: 9_999 * 12 + 11 });
const at = (text: string): number => parseTime(text)!;

describe('a period', () => {
  it('is read back from its text, which sorts as the period does', () => {
    fc.assert(
      fc.property(period, period, (a, b) => {
        expect(parsePeriod(formatPeriod(a))).toBe(a);
        expect(Math.sign(a - b)).toBe(
          formatPeriod(a) < formatPeriod(b) ? -1 : Number(formatPeriod(a) > formatPeriod(b)),
        );
      }),
    );
  });

  it('holds exactly the times from its start to before its end, and the next one begins there', () => {
    fc.assert(
      fc.property(period, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (p, share) => {
        const start = periodStartMs(p);
        const end = periodEndMs(p);
        expect(periodOf(start)).toBe(p);
        expect(periodOf(start + Math.floor(share * (end - start)))).toBe(p);
        expect(periodOf(end - 1)).toBe(p);
        expect(periodOf(end)).toBe(p + 1);
        expect(periodStartMs(p + 1)).toBe(end);
        expect(new Date(start).toISOString()).toBe(`${formatPeriod(p)}-01T00:00:00.000Z`);
      }),
    );
  });

  it.each([
    ['2026-11-30T23:59:59.999Z', '2026-11'],
    ['2026-12-01T00:00:00.000Z', '2026-12'],
    ['2026-12-31T23:59:59.999Z', '2026-12'],
    ['2027-01-01T00:00:00.000Z', '2027-01'],
    ['2024-02-29T23:59:59.999Z', '2024-02'],
    ['2024-03-01T00:00:00.000Z', '2024-03'],
    ['2026-02-28T23:59:59.999Z', '2026-02'],
    ['2026-11-30T23:30:00-01:00', '2026-12'],
    ['2026-12-01T00:30:00+01:00', '2026-11'],
    ['1969-12-31T23:59:59.999Z', '1969-12'],
    ['0000-01-01T00:00:00.000Z', '0000-01'],
    ['0099-12-31T23:59:59.999Z', '0099-12'],
    ['9999-12-31T23:59:59.999Z', '9999-12'],
  ])('counts %s in %s', (time, text) => {
    expect(formatPeriod(periodOf(at(time)))).toBe(text);
  });

  it.each([
    ['2024-02', 29],
    ['2026-02', 28],
    ['1900-02', 28],
    ['2000-02', 29],
    ['2026-04', 30],
    ['2026-12', 31],
  ])('%s has %i days', (text, days) => {
    const p = parsePeriod(text)!;
    expect((periodEndMs(p) - periodStartMs(p)) / 86_400_000).toBe(days);
  });

  it.each([
    '',
    '2026',
    '2026-00',
    '2026-13',
    '2026-1',
    '26-01',
    '2026-011',
    '2026-11 ',
    '2026/11',
    '-2026-11',
  ])('refuses %j', (text) => {
    expect(parsePeriod(text)).toBeUndefined();
  });
});

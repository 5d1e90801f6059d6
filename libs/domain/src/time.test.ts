import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatTime, parseTime, parseTimeOrDate } from './time.js';

const year0 = Date.UTC(2000, 0, 1) - 2_000 * 365.2425 * 86_400_000;
const year10000 = Date.UTC(9999, 11, 31, 23, 59, 59, 999) + 1;
const timeMs = fc.integer({ min: year0, max: year10000 - 1 });

describe('formatTime', () => {
  it('is Date’s own text', () => {
    const close = fc.tuple(timeMs, fc.integer({ min: -90_000, max: 90_000 }));
    fc.assert(
      fc.property(close, fc.double({ min: 0, max: 1, noNaN: true }), ([ms, step], part) => {
        // One after the other: what is kept of the first must not show in the second.
        for (const one of [ms, ms + step, ms + part])
          expect(formatTime(one)).toBe(new Date(one).toISOString());
      }),
    );
  });

  it('refuses what is no time', () => {
    expect(() => formatTime(Number.NaN)).toThrow(RangeError);
  });
});

describe('parseTime', () => {
  it('reads what formatTime writes', () => {
    fc.assert(
      fc.property(timeMs, (ms) => {
        expect(parseTime(formatTime(ms))).toBe(ms);
        expect(parseTimeOrDate(formatTime(ms))).toBe(ms);
      }),
    );
  });

  it('takes the same instant in any zone', () => {
    const offset = fc.integer({ min: -(23 * 60 + 59), max: 23 * 60 + 59 });
    fc.assert(
      fc.property(timeMs, offset, (ms, minutes) => {
        const local = ms + minutes * 60_000;
        fc.pre(local >= year0 && local < year10000);
        const size = Math.abs(minutes);
        const pad = (n: number): string => String(n).padStart(2, '0');
        const zone = `${minutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
        expect(parseTime(formatTime(local).replace('Z', zone))).toBe(ms);
      }),
    );
  });

  it.each([
    ['2026-11-24T03:19:53Z', '2026-11-24T03:19:53.000Z'],
    ['2026-11-24t03:19:53z', '2026-11-24T03:19:53.000Z'],
    ['2026-11-24 03:19:53+00:00', '2026-11-24T03:19:53.000Z'],
    ['2026-11-24T03:19:53-00:00', '2026-11-24T03:19:53.000Z'],
    ['2026-11-24T03:19:53.1Z', '2026-11-24T03:19:53.100Z'],
    ['2026-11-24T03:19:53.12Z', '2026-11-24T03:19:53.120Z'],
    ['2026-11-24T03:19:53.123999999Z', '2026-11-24T03:19:53.123Z'],
    ['1969-12-31T23:59:59.9999Z', '1969-12-31T23:59:59.999Z'],
    ['2026-11-24T00:00:00+23:59', '2026-11-23T00:01:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
    ['0000-02-29T00:00:00Z', '0000-02-29T00:00:00.000Z'],
  ])('reads %s as %s', (text, normal) => {
    expect(formatTime(parseTime(text)!)).toBe(normal);
  });

  it.each([
    ['a date alone', '2026-11-24'],
    ['no zone', '2026-11-24T03:19:53'],
    ['no seconds', '2026-11-24T03:19Z'],
    ['a comma before the fraction', '2026-11-24T03:19:53,5Z'],
    ['an empty fraction', '2026-11-24T03:19:53.Z'],
    ['ten decimals', '2026-11-24T03:19:53.1234567890Z'],
    ['a zone without its colon', '2026-11-24T03:19:53+0100'],
    ['a zone of 24 hours', '2026-11-24T03:19:53+24:00'],
    ['a zone of 60 minutes', '2026-11-24T03:19:53+01:60'],
    ['a named zone', '2026-11-24T03:19:53 CET'],
    ['30 February', '2026-02-30T00:00:00Z'],
    ['29 February of a common year', '2026-02-29T00:00:00Z'],
    ['29 February 1900', '1900-02-29T00:00:00Z'],
    ['31 April', '2026-04-31T00:00:00Z'],
    ['day 0', '2026-11-00T00:00:00Z'],
    ['month 0', '2026-00-10T00:00:00Z'],
    ['month 13', '2026-13-10T00:00:00Z'],
    ['hour 24', '2026-11-24T24:00:00Z'],
    ['hour 25', '2026-11-24T25:00:00Z'],
    ['minute 60', '2026-11-24T03:60:00Z'],
    ['a leap second', '2016-12-31T23:59:60Z'],
    ['a year of five digits', '12026-11-24T03:19:53Z'],
    ['a signed year', '+002026-11-24T03:19:53Z'],
    ['a time that is in year 10000 in UTC', '9999-12-31T23:59:59-00:01'],
    ['a time that is before year 0 in UTC', '0000-01-01T00:00:00+00:01'],
    ['white space after it', '2026-11-24T03:19:53Z\n'],
    ['white space before it', ' 2026-11-24T03:19:53Z'],
    ['digits of another script', '２０２６-11-24T03:19:53Z'],
    ['seconds since the epoch', '1764000000'],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    expect(parseTime(text)).toBeUndefined();
  });

  it('never throws', () => {
    const nearly = fc.stringMatching(
      /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/,
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), nearly), (text) => {
        const ms = parseTimeOrDate(text);
        // What is taken can be written, in the four-digit years that RFC 3339 has.
        if (ms !== undefined) expect(formatTime(ms)).toHaveLength(24);
      }),
    );
  });
});

describe('parseTimeOrDate', () => {
  it('takes a date for its first millisecond in UTC, if there is such a day', () => {
    expect(parseTimeOrDate('2026-11-24')).toBe(Date.UTC(2026, 10, 24));
    expect(parseTimeOrDate('2024-02-29')).toBe(Date.UTC(2024, 1, 29));
    expect(parseTimeOrDate('2026-02-29')).toBeUndefined();
    expect(parseTimeOrDate('2026-13-01')).toBeUndefined();
  });
});

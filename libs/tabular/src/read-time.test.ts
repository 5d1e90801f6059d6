import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findTimeReader } from './read-time.js';
import { findZone } from './time-zone.js';

const read = (text: string, format = 'iso', zoneName = 'utc'): string => {
  const zone = findZone(zoneName);
  const reader = zone === undefined ? undefined : findTimeReader(format, zone);
  if (reader === undefined) throw new Error(`no reader for ${format} in ${zoneName}`);
  const time = reader(text);
  return time.ok ? `${new Date(time.timeMs).toISOString()} ${time.zoneFrom}` : time.problem;
};

describe('times as ISO 8601', () => {
  it.each([
    ['2023-11-16 18:15:46.6805900', '2023-11-16T18:15:46.680Z option'],
    ['2023-11-16T18:15:46', '2023-11-16T18:15:46.000Z option'],
    ['2023-11-16 18:15', '2023-11-16T18:15:00.000Z option'],
    ['2023-11-16', '2023-11-16T00:00:00.000Z option'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z option'],
    ['2023-11-16T18:15:46.9999Z', '2023-11-16T18:15:46.999Z cell'],
    ['2023-11-16T18:15:46+05:30', '2023-11-16T12:45:46.000Z cell'],
  ])('reads %s', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it.each([
    '2023-02-29',
    '2023-04-31 10:00',
    '2023-13-01',
    '2023-00-10',
    '2023-01-00',
    '2023-01-01 24:00',
    '2023-01-01 10:60',
  ])('refuses %s, which does not exist', (text) => {
    expect(read(text)).toMatch(/does not exist/);
  });

  it('tells what to say instead', () => {
    expect(read('1700000000')).toMatch(/timeFormat=unix-s/);
    expect(read('16/11/2023 18:15')).toMatch(/timeFormat="DD\/MM\/YYYY/);
    expect(read('yesterday')).toMatch(/not an ISO 8601 time/);
  });

  it('agrees with Date for every time of this century', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
        (date) => {
          const text = date.toISOString();
          expect(read(text.replace('T', ' ').slice(0, -1))).toBe(`${text} option`);
          expect(read(text)).toBe(`${text} cell`);
        },
      ),
    );
  });
});

describe('Unix times', () => {
  it.each([
    ['1700000000', 'unix-s', '2023-11-14T22:13:20.000Z cell'],
    ['1700000000.1239', 'unix-s', '2023-11-14T22:13:20.123Z cell'],
    ['1700000000123', 'unix-ms', '2023-11-14T22:13:20.123Z cell'],
    ['1700000000123999', 'unix-us', '2023-11-14T22:13:20.123Z cell'],
    ['1700000000123999999', 'unix-ns', '2023-11-14T22:13:20.123Z cell'],
  ])('reads %s as %s', (text, format, expected) => {
    expect(read(text, format)).toBe(expected);
  });

  it('refuses what is none', () => {
    expect(read('1.7e9', 'unix-s')).toMatch(/not a Unix time/);
    expect(read('-1', 'unix-s')).toMatch(/not a Unix time/);
    expect(read('1700000000123999999', 'unix-s')).toMatch(/too large/);
  });
});

describe('patterns', () => {
  it.each([
    ['16/11/2023 18:15:46.5', 'DD/MM/YYYY HH:mm:ss.S', '2023-11-16T18:15:46.500Z option'],
    ['11/6/2023 3:04 PM', 'M/D/YYYY h:mm A', '2023-11-06T15:04:00.000Z option'],
    ['11/6/2023 12:04 am', 'M/D/YYYY h:mm A', '2023-11-06T00:04:00.000Z option'],
    ['20231116T181546+0100', 'YYYYMMDDTHHmmssZ', '2023-11-16T17:15:46.000Z cell'],
    ['2023.11.16 [18]', 'YYYY.MM.DD [HH]', '2023-11-16T18:00:00.000Z option'],
  ])('reads %s as %s', (text, format, expected) => {
    expect(read(text, format)).toBe(expected);
  });

  it('refuses other forms and days that do not exist', () => {
    expect(read('2023-11-16', 'DD/MM/YYYY')).toMatch(/does not look like/);
    expect(read('31/06/2023', 'DD/MM/YYYY')).toMatch(/does not exist/);
    expect(read('11/06/2023 13:00 PM', 'MM/DD/YYYY hh:mm A')).toMatch(/does not exist/);
  });

  it.each(['HH:mm', 'YYYY-MM', 'YYYY-MM-DD hh:mm', 'YYYY-MM-DD HH:mm A', 'DD/MM/YYYY DD', 'nonsense'])(
    'knows no format %s',
    (format) => {
      expect(findTimeReader(format, findZone('utc')!)).toBeUndefined();
    },
  );
});

describe('zones', () => {
  it.each([
    ['+02:00', '2023-07-01T10:00:00.000Z option'],
    ['-0330', '2023-07-01T15:30:00.000Z option'],
    ['Europe/Berlin', '2023-07-01T10:00:00.000Z option'],
    ['Asia/Kathmandu', '2023-07-01T06:15:00.000Z option'],
  ])('reads noon in %s', (zone, expected) => {
    expect(read('2023-07-01 12:00', 'iso', zone)).toBe(expected);
  });

  it('leaves a zone that stands in the cell alone', () => {
    expect(read('2023-07-01T12:00:00Z', 'iso', 'Europe/Berlin')).toBe('2023-07-01T12:00:00.000Z cell');
  });

  it('takes a time that the clocks showed twice as the earlier, and refuses one that they skipped', () => {
    expect(read('2023-10-29 02:59:59.999', 'iso', 'Europe/Berlin')).toBe(
      '2023-10-29T00:59:59.999Z option-twice',
    );
    expect(read('2023-10-29 03:00', 'iso', 'Europe/Berlin')).toBe('2023-10-29T02:00:00.000Z option');
    expect(read('2023-03-26 01:59:59', 'iso', 'Europe/Berlin')).toBe('2023-03-26T00:59:59.000Z option');
    expect(read('2023-03-26 02:30', 'iso', 'Europe/Berlin')).toMatch(/skipped/);
    expect(read('2023-03-26 03:00', 'iso', 'Europe/Berlin')).toBe('2023-03-26T01:00:00.000Z option');
    // Lord Howe Island moves its clocks by half an hour.
    expect(read('2023-04-02 01:45', 'iso', 'Australia/Lord_Howe')).toBe(
      '2023-04-01T14:45:00.000Z option-twice',
    );
  });

  it.each(['Mars/Olympus', '+25:00', '+02:60', 'CET+1', ''])('knows no zone %s', (name) => {
    expect(findZone(name)).toBeUndefined();
  });
});

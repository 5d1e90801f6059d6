import { parseTime } from '@pacspace/domain';
import { localMsOf } from './local-time.js';
import { type Spelling, asParameter } from './spelling.js';
import { compileTimePattern } from './time-pattern.js';
import type { Zone } from './time-zone.js';

export type ReadTime =
  | {
      readonly ok: true;
      readonly timeMs: number;
      /** Where the time took its zone from; "twice": from the zone, and the clock showed this time twice. */
      readonly zoneFrom: 'cell' | 'option' | 'option-twice';
    }
  | { readonly ok: false; readonly problem: string };

/** Reads a time cell (not empty, trimmed). */
export type TimeReader = (text: string) => ReadTime;

/** Decimal places between the unit of a Unix time and a millisecond. */
const UNIX_UNITS: Readonly<Record<string, number>> = {
  'unix-s': 3,
  'unix-ms': 0,
  'unix-us': -3,
  'unix-ns': -6,
};

const LOCAL = /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?$/;
const NO_SUCH_TIME = 'a day or time that does not exist';

/** "iso", "unix-s", "unix-ms", "unix-us", "unix-ns", or a pattern; undefined when it is none of them. */
export function findTimeReader(
  format: string,
  zone: Zone,
  spell: Spelling = asParameter,
): TimeReader | undefined {
  if (format === 'iso') return (text) => readIso(text, zone, spell);
  const places = UNIX_UNITS[format];
  if (places !== undefined) return (text) => readUnix(text, places);
  const pattern = compileTimePattern(format);
  if (pattern === undefined) return undefined;
  return (text) => {
    const parts = pattern(text);
    if (parts === undefined)
      return { ok: false, problem: `does not look like ${format}, or ${NO_SUCH_TIME}` };
    if (parts.offsetMs === undefined) return inZone(parts.localMs, zone, spell);
    return { ok: true, timeMs: parts.localMs - parts.offsetMs, zoneFrom: 'cell' };
  };
}

/** RFC 3339, or the same without a zone, without seconds, or without a time of day. Finer than 1 ms is cut off. */
function readIso(text: string, zone: Zone, spell: Spelling): ReadTime {
  const match = LOCAL.exec(text);
  if (match !== null) {
    const [, year = '', month = '', day = '', hour, minute, second, fraction] = match;
    const localMs = localMsOf({ year, month, day, hour, minute, second, fraction });
    return localMs === undefined ? { ok: false, problem: NO_SUCH_TIME } : inZone(localMs, zone, spell);
  }
  const timeMs = parseTime(text);
  return timeMs === undefined
    ? { ok: false, problem: explain(text, spell) }
    : { ok: true, timeMs, zoneFrom: 'cell' };
}

function explain(text: string, spell: Spelling): string {
  if (/^\d{9,}(\.\d+)?$/.test(text))
    return `not an ISO 8601 time; if it is a Unix time, say ${spell('timeFormat', 'unix-s')}, unix-ms, unix-us or unix-ns`;
  if (/^\d{1,2}[/.-]\d{1,2}[/.-]\d{4}/.test(text))
    return `not an ISO 8601 time; say which part is which, as in ${spell('timeFormat', '"DD/MM/YYYY HH:mm:ss"')}`;
  return `not an ISO 8601 time such as 2026-11-24T03:19:53Z (see ${spell('timeFormat')})`;
}

function inZone(localMs: number, zone: Zone, spell: Spelling): ReadTime {
  const local = zone(localMs);
  if (local.kind === 'none')
    return { ok: false, problem: `a local time that the clocks of ${spell('timeZone')} skipped` };
  return { ok: true, timeMs: local.timeMs, zoneFrom: local.kind === 'one' ? 'option' : 'option-twice' };
}

/** The digits are shifted, not multiplied: 1700000000.123 times 1000 is not a whole number in binary. */
function readUnix(text: string, places: number): ReadTime {
  const match = /^(\d{1,20})(?:\.(\d{1,18}))?$/.exec(text);
  if (match === null) return { ok: false, problem: 'not a Unix time: digits, with a decimal point at most' };
  const [, whole = '', fraction = ''] = match;
  const digits = places >= 0 ? whole + fraction.slice(0, places).padEnd(places, '0') : whole.slice(0, places);
  const timeMs = Number(digits);
  // The largest time that a Date holds (ECMA-262, 21.4.1.1).
  if (timeMs > 8_640_000_000_000_000) return { ok: false, problem: 'too large for a Unix time in this unit' };
  return { ok: true, timeMs, zoneFrom: 'cell' };
}

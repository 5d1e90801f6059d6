// Hours are bounded here: Date takes 24:00:00 for the next day, RFC 3339 does not know it.
const TIME = /^\d{4}-\d{2}-\d{2}[Tt ](?:[01]\d|2[0-3]):\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;
const OLDEST_MS = Date.parse('0000-01-01T00:00:00Z');
const END_MS = Date.parse('+010000-01-01T00:00:00Z');
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/**
 * RFC 3339 time with its zone → ms since the epoch, the finer part cut off; undefined for anything else, also for
 * days that do not exist (2026-02-30), which Date would roll over, and for leap seconds, which Unix time cannot tell
 * from the second after them. Years 0000–9999, in UTC as well as in the zone given.
 */
export function parseTime(text: string): number | undefined {
  if (!TIME.test(text)) return undefined;
  const normal = text.slice(0, 10) + 'T' + text.slice(11).toUpperCase();
  const timeMs = Date.parse(normal.replace(/\.(\d{1,3})\d*/, '.$1'));
  const isTime = timeMs >= OLDEST_MS && timeMs < END_MS; // not so for NaN
  // Only these days can be rolled over; to look at the others again would be half the cost of the whole.
  const isDay = text.slice(8, 10) < '29' || isCalendarDay(text.slice(0, 10));
  return isTime && isDay ? timeMs : undefined;
}

/** As parseTime, and a bare date means its first millisecond in UTC. For scopes, not for events. */
export function parseTimeOrDate(text: string): number | undefined {
  if (!DATE.test(text)) return parseTime(text);
  return isCalendarDay(text) ? Date.parse(`${text}T00:00:00Z`) : undefined;
}

/** RFC 3339, UTC, exactly three decimals: the one text of a time that is hashed or shown. */
export function formatTime(timeMs: number): string {
  // Neighbours in the log often share their time: an envelope's deltas were all recorded in the same millisecond.
  if (timeMs !== lastTimeMs) {
    lastText = new Date(timeMs).toISOString();
    lastTimeMs = timeMs;
  }
  return lastText;
}

let lastTimeMs = Number.NaN;
let lastText = '';

function isCalendarDay(date: string): boolean {
  const day = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date);
}

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
  const whole = Math.trunc(timeMs);
  const minute = Math.floor(whole / MINUTE_MS);
  // Neighbours in the log share their minute as a rule, and Date's own text takes ten times as long.
  if (minute !== lastMinute) {
    lastPrefix = new Date(minute * MINUTE_MS).toISOString().slice(0, -'00.000Z'.length);
    lastMinute = minute;
  }
  const rest = whole - minute * MINUTE_MS;
  const seconds = Math.floor(rest / 1_000);
  return `${lastPrefix}${String(100 + seconds).slice(1)}.${String(1_000 + rest - seconds * 1_000).slice(1)}Z`;
}

const MINUTE_MS = 60_000;
let lastMinute = Number.NaN;
let lastPrefix = '';

function isCalendarDay(date: string): boolean {
  const day = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date);
}

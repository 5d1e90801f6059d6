/**
 * A period is a calendar month in UTC, kept as the number of months since year 0 (so that it sorts, steps and
 * partitions as an integer) and written "YYYY-MM".
 */
export type Period = number;

const PERIOD_TEXT = /^(\d{4})-(0[1-9]|1[0-2])$/;

/** Time is milliseconds since the Unix epoch, UTC. */
export function periodOf(timeMs: number): Period {
  const date = new Date(timeMs);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** "2026-11" → period; undefined for anything else. */
export function parsePeriod(text: string): Period | undefined {
  const match = PERIOD_TEXT.exec(text);
  return match === null ? undefined : Number(match[1]) * 12 + Number(match[2]) - 1;
}

export function formatPeriod(period: Period): string {
  const month = (period % 12) + 1;
  return `${String(Math.floor(period / 12)).padStart(4, '0')}-${String(month).padStart(2, '0')}`;
}

/** First millisecond of the period. */
export function periodStartMs(period: Period): number {
  // Date.UTC reads years 0–99 as 1900–1999; setUTCFullYear does not.
  return new Date(0).setUTCFullYear(Math.floor(period / 12), period % 12, 1);
}

/** First millisecond after the period. */
export function periodEndMs(period: Period): number {
  return periodStartMs(period + 1);
}

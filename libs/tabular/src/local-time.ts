/** The texts of a clock and a calendar, already known to be digits. */
export interface LocalFields {
  readonly year: string;
  readonly month: string;
  readonly day: string;
  readonly hour?: string | undefined;
  readonly minute?: string | undefined;
  readonly second?: string | undefined;
  /** Digits after the decimal point of the seconds; finer than a millisecond is cut off. */
  readonly fraction?: string | undefined;
}

/** The milliseconds that this local time would be in UTC; undefined for a day or time that does not exist. */
export function localMsOf(fields: LocalFields): number | undefined {
  const [year, month, day] = [Number(fields.year), Number(fields.month), Number(fields.day)];
  const [hour, minute, second] = [
    Number(fields.hour ?? 0),
    Number(fields.minute ?? 0),
    Number(fields.second ?? 0),
  ];
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
  const millisecond = Number((fields.fraction ?? '').slice(0, 3).padEnd(3, '0'));
  const timeMs = Date.UTC(year, month - 1, day, hour, minute, second, millisecond);
  // Date.UTC rolls 31 June over into July; no month is shorter than 28 days.
  return day > 28 && new Date(timeMs).getUTCDate() !== day ? undefined : timeMs;
}

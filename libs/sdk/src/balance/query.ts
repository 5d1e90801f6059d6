import type { CallOptions, Time } from './options.js';

/** Options as parameters of the same names: without what steers the call, and times as text. */
export function toParameters(options: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options as CallOptions)
      .filter(([name]) => name !== 'signal')
      .map(([name, value]: [string, unknown]) => [name, value instanceof Date ? value.toISOString() : value]),
  );
}

export function timeText(time: Time): string {
  return time instanceof Date ? time.toISOString() : time;
}

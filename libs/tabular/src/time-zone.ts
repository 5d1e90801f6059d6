/** What a clock of the zone showed → the instant. */
type LocalTime =
  | { readonly kind: 'one'; readonly timeMs: number }
  /** The clock showed this twice (set back): the earlier instant. */
  | { readonly kind: 'earlier-of-two'; readonly timeMs: number }
  /** The clock never showed this (set forward over it). */
  | { readonly kind: 'none' };

/** Reads a local time, given as the milliseconds that it would be in UTC. */
export type Zone = (localMs: number) => LocalTime;

const OFFSET = /^([+-])(\d{2}):?(\d{2})$/;
const DAY_MS = 86_400_000;
/** Clocks have been changed on quarter hours only, in all the time for which deltas are taken. */
const QUARTER_MS = 900_000;
const MOST_QUARTERS = 100_000;

/** "utc", an offset such as "+02:00", or a name such as "Europe/Berlin"; undefined for anything else. */
export function findZone(name: string): Zone | undefined {
  if (/^(utc|z)$/i.test(name)) return fixedZone(0);
  const offset = OFFSET.exec(name);
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    if (Number(offset[3]) > 59 || minutes > 14 * 60) return undefined;
    return fixedZone((offset[1] === '-' ? -minutes : minutes) * 60_000);
  }
  try {
    return namedZone(new Intl.DateTimeFormat('en', { timeZone: name, timeZoneName: 'longOffset' }));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function fixedZone(offsetMs: number): Zone {
  return (localMs) => ({ kind: 'one', timeMs: localMs - offsetMs });
}

/** Asks Intl once a quarter hour of local time: a question costs some 5 µs, and rows come by the million. */
function namedZone(format: Intl.DateTimeFormat): Zone {
  const known = new Map<number, LocalTime>();
  return (localMs) => {
    const start = Math.floor(localMs / QUARTER_MS) * QUARTER_MS;
    let answer = known.get(start);
    if (answer === undefined) {
      answer = resolve(start, format);
      if (known.size >= MOST_QUARTERS) known.clear();
      known.set(start, answer);
    }
    return answer.kind === 'none' ? answer : { ...answer, timeMs: answer.timeMs + (localMs - start) };
  };
}

/** An offset in force a day before or after is right if it is in force at the instant that it leads to. */
function resolve(localMs: number, format: Intl.DateTimeFormat): LocalTime {
  const offsets = new Set([offsetMs(localMs - DAY_MS, format), offsetMs(localMs + DAY_MS, format)]);
  const instants = [...offsets]
    .map((offset) => localMs - offset)
    .filter((instant) => instant + offsetMs(instant, format) === localMs);
  const [first, second] = instants;
  if (first === undefined) return { kind: 'none' };
  if (second === undefined) return { kind: 'one', timeMs: first };
  return { kind: 'earlier-of-two', timeMs: Math.min(first, second) };
}

function offsetMs(timeMs: number, format: Intl.DateTimeFormat): number {
  const name = format.formatToParts(timeMs).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
  // "GMT", "GMT+02:00", and in the 19th century "GMT+00:53:28".
  const match = /^GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(name);
  const minutes = Number(match?.[2] ?? 0) * 60 + Number(match?.[3] ?? 0);
  return (match?.[1] === '-' ? -minutes : minutes) * 60_000;
}

/** One try, as the log of deliveries keeps it: a line of JSON. */
export interface Attempt {
  /** When it began, ms since the epoch. */
  readonly at: number;
  /** How long it took. */
  readonly ms: number;
  /** HTTP status of the answer; absent when there was none. */
  readonly code?: number;
  /** Why it failed, for people. */
  readonly error?: string;
  /** The beginning of the answer's body. */
  readonly answer?: string;
}

export function formatAttempt(attempt: Attempt): string {
  return JSON.stringify(attempt);
}

/** The latest last. The first line may be cut off: it is left out then. */
export function parseAttempts(tries: string): Attempt[] {
  return tries.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return [];
    try {
      return [JSON.parse(line) as Attempt];
    } catch {
      return [];
    }
  });
}

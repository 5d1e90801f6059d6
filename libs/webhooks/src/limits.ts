export interface Page {
  readonly limit: number;
  readonly offset: number;
}

export const WEBHOOK_LIMITS = {
  /** Of one environment. */
  endpoints: 100,
  /** Deliveries in one page of the log, and how far one may page. */
  page: 100,
  pageDefault: 25,
  offset: 10_000,
  /** Deliveries that one call sends again. */
  replay: 10_000,
  /** For how long the old secret signs beside the new one. */
  rotationOverlapMs: 24 * 3_600_000,
} as const;

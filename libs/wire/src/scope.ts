import { z } from 'zod';

const timeMs = z.int();

/**
 * Which deltas a question is about, one kind at a time, as it crosses a process. Times are event times, ms since the
 * epoch; the end of a window is not included, `at` is. Periods are months since year 0.
 */
export const readScope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('all') }),
  z.strictObject({
    kind: z.literal('period'),
    period: z.int().min(0).max(119_999),
    timePreset: z.literal('current_month').optional(),
  }),
  z.strictObject({ kind: z.literal('window'), fromMs: timeMs, toMs: timeMs }),
  /** What came after a recorded delta, or after what a seal covers. */
  z.strictObject({
    kind: z.literal('checkpoint'),
    type: z.enum(['recordId', 'proofRoot']),
    value: z.string().min(1).max(128),
  }),
  z.strictObject({ kind: z.literal('at'), atMs: timeMs }),
]);

export type ReadScope = z.output<typeof readScope>;

/** A scope, and as of which time of recording: only what was recorded by then. */
export interface ScopeAsOf {
  readonly scope: ReadScope;
  readonly asOfMs: number | undefined;
}

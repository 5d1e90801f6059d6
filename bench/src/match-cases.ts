/** What two sides may have in common: references, all but references, nothing. */
export const MATCH_CASES = ['references', 'rules', 'nothing'] as const;
export type MatchCase = (typeof MATCH_CASES)[number];

export interface MatchCost {
  readonly cpuSeconds: number;
  readonly peakMb: number;
}

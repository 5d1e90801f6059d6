import type { Columns, Tally } from '../tally.js';
import type { HeldFindings } from '../held-findings.js';
import type { Cause } from './cause.js';
import { claimFindings } from './claim-findings.js';
import type { Contents } from './contents.js';
import { findBatches } from './find-batches.js';
import { findFactors } from './find-factors.js';
import { findMissingDays, findMissingValues } from './find-missing.js';
import { type Scope, type ShiftTally, findShifts } from './find-shifts.js';

/** What was noted while matching. */
export interface Evidence {
  readonly tally: Tally;
  readonly columns: Columns;
  readonly shifts: ShiftTally;
  readonly contents: { readonly here: Contents; readonly there: Contents };
  readonly scope: Scope;
}

/** What explains many of the findings at once; each is set at the findings that it claims. */
export function findCauses(unresolved: HeldFindings, evidence: Evidence): readonly Cause[] {
  const { tally, columns, shifts, contents, scope } = evidence;
  const missingValues = columns.names.flatMap((name, i) => {
    const values = columns.values[i];
    if (values === undefined) return [];
    return findMissingValues(tally.breakdown, unresolved, { slicing: i + 1, name, values });
  });
  return claimFindings(unresolved, [
    ...findFactors(unresolved),
    ...findBatches(unresolved, contents),
    ...findShifts(shifts, unresolved, scope),
    ...findMissingDays(tally.breakdown, unresolved),
    ...missingValues,
  ]);
}

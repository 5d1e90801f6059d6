import type { BreakdownCellRow, FindingRow } from '@pacspace/ledger';
import { type BreakdownRow, type Finding, FINDING_CLASSES, type FoundRecord } from '@pacspace/reconcile';
import { FINDING_MEANS } from '@pacspace/wire';

/** A finding as it is stored: what its records say is read where they stand. */
export function toFindingRow(finding: Finding): FindingRow {
  const { dimensions } = finding;
  return {
    class: FINDING_CLASSES.indexOf(finding.class),
    means: FINDING_MEANS.indexOf(finding.by),
    cause: finding.cause,
    atMs: finding.timeMs,
    contribution: finding.contribution,
    here: finding.here.map(positionOf),
    there: finding.there.map(positionOf),
    reason: finding.reason,
    dimensions:
      dimensions.length === 0 ? undefined : JSON.stringify(dimensions.map((value) => value ?? null)),
  };
}

const positionOf = ({ position }: FoundRecord): number => position;

export function toBreakdownRow(row: BreakdownRow): BreakdownCellRow {
  const { slicing, startMs, value, isOther, total } = row;
  const { findings, here, there, contribution } = total;
  return {
    ...{ slicing, startMs, value, isOther, findings, here, there, contribution },
    class: FINDING_CLASSES.indexOf(row.class),
  };
}

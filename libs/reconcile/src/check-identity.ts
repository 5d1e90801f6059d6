import { formatAmount } from '@pacspace/domain';
import { ReconcileError } from './errors.js';
import type { Side } from './records.js';
import type { ClassTotal, Total } from './totals.js';

/**
 * Holds the classes against what was read: their counts and sums on either side, and so their contributions and the
 * discrepancy, must be the same to the last digit.
 *
 * @throws ReconcileError IDENTITY.
 */
export function assertIdentity(sides: Readonly<Record<Side, Total>>, classes: readonly ClassTotal[]): void {
  for (const side of ['here', 'there'] as const) {
    const count = classes.reduce((sum, total) => sum + total[side].count, 0);
    const sum = classes.reduce((all, total) => all + total[side].sum, 0n);
    if (count === sides[side].count && sum === sides[side].sum) continue;
    throw new ReconcileError(
      'IDENTITY',
      `the classes hold ${describe({ count, sum })} ${side}, and ${describe(sides[side])} were read`,
    );
  }
}

/** @throws ReconcileError EXPECTED_DIFFERS when a side is not what the caller knows of it. */
export function assertExpected(side: Side, read: Total, expected: Total | undefined): void {
  if (expected === undefined || (expected.count === read.count && expected.sum === read.sum)) return;
  throw new ReconcileError(
    'EXPECTED_DIFFERS',
    `${describe(read)} were read ${side}, and ${describe(expected)} are known`,
  );
}

function describe({ count, sum }: Total): string {
  return `${count} records with the sum ${formatAmount(sum)}`;
}

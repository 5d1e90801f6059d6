import { formatCsvLine } from '@pacspace/tabular';
import type { FormattedFinding } from './findings.js';

export const CSV_HEADER = [
  'finding',
  'class',
  'by',
  'cause',
  'contribution',
  'time',
  'reason',
  'your_index',
  'your_record_id',
  'your_receipt_id',
  'your_reference',
  'your_amount',
  'your_time',
  'your_reason',
  'their_line',
  'their_reference',
  'their_amount',
  'their_time',
  'their_reason',
];

/**
 * A finding as lines of CSV (RFC 4180), one for each pair of its records. What it contributes stands in the first line
 * only, so that the column adds up to what all of them contribute.
 */
export function toCsvLines(finding: FormattedFinding): string {
  let lines = '';
  for (let i = 0; i < Math.max(finding.yours.length, finding.theirs.length, 1); i += 1) {
    const [yours, theirs] = [finding.yours[i], finding.theirs[i]];
    lines += toCsvLine([
      finding.number,
      finding.class,
      finding.by,
      finding.cause,
      i === 0 ? finding.contributionExact : undefined,
      finding.time,
      finding.reason,
      yours?.index,
      yours?.recordId,
      yours?.receiptId,
      yours?.referenceId,
      yours?.amountExact,
      yours?.time,
      yours?.reason,
      theirs?.line,
      theirs?.referenceId,
      theirs?.amountExact,
      theirs?.time,
      theirs?.reason,
    ]);
  }
  return lines;
}

export function toCsvLine(cells: readonly (string | number | undefined)[]): string {
  return `${formatCsvLine(cells)}\r\n`;
}

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
      i === 0 ? new Decimal(finding.contributionExact) : undefined,
      finding.time,
      finding.reason,
      yours?.index,
      yours?.recordId,
      yours?.receiptId,
      yours?.referenceId,
      yours && new Decimal(yours.amountExact),
      yours?.time,
      yours?.reason,
      theirs?.line,
      theirs?.referenceId,
      theirs && new Decimal(theirs.amountExact),
      theirs?.time,
      theirs?.reason,
    ]);
  }
  return lines;
}

/** A number of ours: the only text that may begin with a minus and stay as it is. */
class Decimal {
  constructor(readonly text: string) {}
}

export function toCsvLine(cells: readonly (string | number | Decimal | undefined)[]): string {
  return `${cells.map(toCell).join(',')}\r\n`;
}

function toCell(value: string | number | Decimal | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  if (value instanceof Decimal) return value.text;
  const text = LIVE.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * What a spreadsheet takes for a formula, whoever wrote it into a reference or a reason: it is led by an apostrophe, which
 * makes it text (OWASP, CSV Injection). Blanks before it do not protect.
 */
const LIVE = /^\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;

import { amountUnits } from './amount.js';
import { toHex } from './bytes.js';
import { CompactRange } from './compact-range.js';
import { entryLeaf, selectionRoot } from './hash-records.js';
import type { Sha256 } from './leaf.js';
import { parseStatement, type Statement, type StatementRecord } from './statement.js';
import { checked, type Problem, type Step, type Verdict, verdictOf, type VerifyOptions } from './verdict.js';
import { verifyPublished } from './verify-published.js';
import { entryProblem, metadataProblem, scopeProblem, scopeText } from './verify-record.js';

export type StatementStep = Step<'records' | 'balance' | 'seal' | 'log' | 'signature'>;

export interface StatementVerdict {
  readonly verdict: Verdict;
  readonly steps: readonly StatementStep[];
}

/**
 * Checks a statement offline, in five steps: every record is whole → they add up → they are all that the seal covers →
 * log → signature.
 */
export async function verifyStatement(file: unknown, options: VerifyOptions): Promise<StatementVerdict> {
  const statement = parseStatement(file);
  const { records, seal } = statement;
  const count = records.length;
  const steps: StatementStep[] = [
    checked(
      'records',
      recordsProblem(options.sha256, statement),
      `Each of the ${count} records is what its entry covers.`,
    ),
    checked(
      'balance',
      balanceProblem(statement),
      `The records add up: ${seal.openingBalance} at the opening, ${seal.closingBalance} at the close.`,
    ),
    checked(
      'seal',
      sealProblem(options.sha256, statement),
      `They are all ${count} records of customer ${seal.customerId} ${scopeText(seal)}; the seal was made at ${seal.sealedAt}.`,
    ),
    ...(await verifyPublished(statement, options)),
  ];
  return { verdict: verdictOf(steps), steps };
}

function recordsProblem(sha256: Sha256, { records, seal }: Statement): Problem {
  for (const [place, record] of records.entries()) {
    const { content, entry } = record;
    const problem =
      entryProblem(sha256, content, entry) ??
      metadataProblem(sha256, record) ??
      scopeProblem(seal, { content, entry, place });
    if (problem !== undefined) return `Record ${content.recordId}: ${problem}`;
  }
  return undefined;
}

function balanceProblem({ records, seal }: Statement): Problem {
  let before: StatementRecord | undefined;
  let sum = amountUnits(seal.openingBalance);
  for (const record of records) {
    const { content, entry } = record;
    const amount = amountUnits(content.amount);
    sum += amount;
    // Deltas of other periods may lie between; only neighbours can be compared.
    const adjoins = before?.entry.index === entry.index - 1;
    if (
      before !== undefined &&
      adjoins &&
      amountUnits(before.entry.balance) + amount !== amountUnits(entry.balance)
    ) {
      return `The balance after ${content.recordId} is not the one before it plus its amount.`;
    }
    before = record;
  }
  return sum === amountUnits(seal.closingBalance)
    ? undefined
    : 'The records do not add up to the closing balance.';
}

function sealProblem(sha256: Sha256, { records, seal }: Statement): Problem {
  if (records.length !== seal.count)
    return `The seal covers ${seal.count} records, here are ${records.length}.`;
  const range = CompactRange.empty(sha256);
  let lastIndex = -1;
  for (const { entry } of records) {
    if (entry.index <= lastIndex) return 'The records are not in the order of their indexes.';
    lastIndex = entry.index;
    range.append(entryLeaf(sha256, entry));
  }
  if (toHex(range.root()) !== seal.root) return 'The records lead to another root than the sealed one.';
  if (seal.subset === undefined) return undefined;
  const chosen = selectionRoot(
    sha256,
    records.map(({ entry }) => entry.fingerprint),
  );
  return toHex(chosen) === seal.subset.fingerprintsRoot
    ? undefined
    : 'These are not the records that were chosen.';
}

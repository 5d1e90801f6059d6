/** What was looked at when something was found. */
export type AuditPart = 'ledger' | 'deltas' | 'trees' | 'seals' | 'log' | 'heads';

export interface AuditFinding {
  readonly part: AuditPart;
  /** The smallest thing that is known to be wrong, e.g. "env_a customer_1 delta 5". */
  readonly unit: string;
  /** What is wrong with it. */
  readonly sentence: string;
}

/** Told one by one; behind these they are counted only. A ledger that is wrong everywhere needs no longer list. */
const MOST_KEPT = 500;

export class Findings {
  readonly kept: AuditFinding[] = [];
  /** Found together, the ones not kept included. */
  total = 0;

  /** @param onFinding called for each that is kept, as soon as it is found. */
  constructor(private readonly onFinding: (finding: AuditFinding) => void = () => undefined) {}

  add(part: AuditPart, unit: string, sentence: string): void {
    this.total += 1;
    if (this.kept.length === MOST_KEPT) return;
    const finding = { part, unit, sentence };
    this.kept.push(finding);
    this.onFinding(finding);
  }
}

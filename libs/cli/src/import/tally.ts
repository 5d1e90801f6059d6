import type { Amount } from '@pacspace/domain';

export interface Sum {
  readonly count: number;
  readonly amount: Amount;
}

/** What became of the deltas of one group. */
export interface Group {
  readonly labels: readonly string[];
  /** Recorded now (in a dry run: would be sent). */
  readonly fresh: Sum;
  /** Were recorded already. */
  readonly known: Sum;
}

interface OpenSum {
  count: number;
  amount: Amount;
}

const OTHERS = '(others)';

/**
 * Exact sums per group. A file may hold a customer or a reason per row, so groups beyond the limit are added up in
 * one that says so; no sum is lost.
 */
export class Tally {
  private readonly groups = new Map<string, { labels: readonly string[]; fresh: OpenSum; known: OpenSum }>();

  constructor(private readonly mostGroups: number) {}

  add(labels: readonly string[], kind: 'fresh' | 'known', amount: Amount): void {
    const sum = this.group(labels)[kind];
    sum.count += 1;
    sum.amount += amount;
  }

  /** In the order in which they first appeared. */
  list(): readonly Group[] {
    return [...this.groups.values()];
  }

  total(kind: 'fresh' | 'known'): number {
    let count = 0;
    for (const group of this.groups.values()) count += group[kind].count;
    return count;
  }

  private group(labels: readonly string[]): { fresh: OpenSum; known: OpenSum } {
    const id = labels.length === 1 ? (labels[0] ?? '') : JSON.stringify(labels);
    const found = this.groups.get(id);
    if (found !== undefined) return found;
    if (this.groups.size >= this.mostGroups && labels[0] !== OTHERS)
      return this.group(labels.map(() => OTHERS));
    const made = { labels, fresh: { count: 0, amount: 0n }, known: { count: 0, amount: 0n } };
    this.groups.set(id, made);
    return made;
  }
}

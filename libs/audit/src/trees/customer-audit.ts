import { formatPeriod, laneOf, type Period } from '@pacspace/domain';
import {
  type AuditedCustomer,
  type AuditedEntry,
  type AuditedPeriod,
  type AuditedSeal,
  hashEntry,
  type RecordedEntry,
  toRecordedEntry,
} from '@pacspace/ledger';
import { sha256Hex } from '@pacspace/node-crypto';
import type { AuditPart } from '../findings.js';
import { type DueNode, PeriodTreeAudit } from './period-tree.js';
import { readStatedSeal, type StatedSeal } from './stated-seal.js';
import { WindowAudit } from './window-audit.js';

/** What an audit knows before it comes to the customer. */
export interface CustomerContext {
  readonly lanes: number;
  /** Through which period the environment's log says that all is sealed. */
  readonly sealedThrough: Period | undefined;
  /** Number of the environment's log; undefined: it has none. */
  readonly logNo: number | undefined;
  readonly onNode: (node: DueNode) => void;
  readonly onFault: (part: AuditPart, unit: string, sentence: string) => void;
  /** Seals whose selection is not stored, and windows past the limit. */
  readonly onUnchecked: (kind: 'subset' | 'window') => void;
}

/** Windows held against a customer's entries in one go: each entry is looked at for each of them. */
const MOST_WINDOWS = 200;

/**
 * One customer: its entries hashed again, its periods' trees built again, its seals held against them. Fed with entries
 * in the order of their indexes; holds a compact range a period and no entry.
 */
export class CustomerAudit {
  readonly name: string;
  private readonly trees = new Map<Period, PeriodTreeAudit>();
  private readonly waiting = new Set<PeriodTreeAudit>();
  private readonly windows: WindowAudit[] = [];
  private readonly seals = new Map<Period, StatedSeal[]>();

  constructor(
    private readonly customer: AuditedCustomer,
    seals: readonly AuditedSeal[],
    private readonly context: CustomerContext,
  ) {
    this.name = `${customer.environment_id} ${customer.customer_id}`;
    const lane = laneOf(customer.environment_id, customer.customer_id, context.lanes);
    if (lane !== customer.lane)
      this.fault('ledger', '', `stands in lane ${customer.lane}, and is of lane ${lane}`);
    for (const row of seals) this.addSeal(row);
    for (const [period, stated] of this.seals) this.begin(period, stated);
  }

  add(row: AuditedEntry): void {
    let entry: RecordedEntry;
    let hash: string;
    try {
      entry = toRecordedEntry(row);
      hash = hashEntry(this.customer.customer_id, entry, sha256Hex).leafHash;
    } catch (error) {
      return this.fault('trees', `delta ${row.idx}`, `cannot be read: ${(error as Error).message}`);
    }
    const { index, leaf, amount, period } = entry;
    const tree = this.trees.get(period) ?? this.begin(period, []);
    tree.add({ index, leaf, hash, amount });
    this.note(tree);
    for (const other of this.waiting) {
      if (other.period <= period) continue;
      other.reopen();
      this.note(other);
    }
    const atMs = entry.occurredAtMs ?? entry.recordedAtMs;
    for (const window of this.windows) window.add({ index, atMs, amount, hash });
  }

  /** @param rows the customer's periods as they are stored. */
  finish(rows: readonly AuditedPeriod[]): void {
    const stored = new Map(rows.map((row) => [row.period, row]));
    for (const tree of this.trees.values()) {
      const row = stored.get(tree.period);
      tree.finish(row && { count: Number(row.count), frontier: row.frontier });
      for (const { part, unit, sentence } of tree.faults) {
        this.fault(part, unit === '' ? tree.name : `${tree.name} ${unit}`, sentence);
      }
      this.checkClosing(tree);
    }
    for (const window of this.windows) {
      const sentence = window.finish();
      if (sentence === undefined) continue;
      this.fault('seals', `seal ${window.seal.logIndex} of log ${window.seal.logNo}`, sentence);
    }
  }

  private addSeal(row: AuditedSeal): void {
    const unit = `seal ${row.log_index} of log ${row.log_no}`;
    if (row.log_no !== this.context.logNo) this.fault('seals', unit, 'is in the log of another environment');
    const seal = readStatedSeal(row);
    // What cannot be read is told where the log is gone through.
    if (seal === undefined) return;
    switch (seal.scope.kind) {
      case 'period': {
        const { period } = seal.scope;
        const others = this.seals.get(period);
        if (others === undefined) this.seals.set(period, [seal]);
        else others.push(seal);
        if (seal.final && period > this.customer.closed_through) {
          this.fault('seals', unit, `is final, and ${formatPeriod(period)} was never closed in the ledger`);
        }
        break;
      }
      case 'window':
        if (this.windows.length < MOST_WINDOWS) this.windows.push(new WindowAudit(seal, seal.scope));
        else this.context.onUnchecked('window');
        break;
      case 'subset':
        this.context.onUnchecked('subset');
        break;
    }
    const asOf = seal.scope.kind === 'period' ? 0 : seal.scope.asOf;
    if (Math.max(asOf, (seal.lastIndex ?? -1) + 1) > Number(this.customer.count)) {
      this.fault(
        'seals',
        unit,
        `covers deltas that the customer does not have: there are ${this.customer.count}`,
      );
    }
  }

  private begin(period: Period, seals: readonly StatedSeal[]): PeriodTreeAudit {
    const tree = new PeriodTreeAudit(period, seals, () => this.netBefore(period), this.context.onNode);
    this.trees.set(period, tree);
    tree.begin();
    this.note(tree);
    return tree;
  }

  private note(tree: PeriodTreeAudit): void {
    if (tree.isWaiting) this.waiting.add(tree);
    else this.waiting.delete(tree);
  }

  private netBefore(period: Period): bigint {
    let sum = 0n;
    for (const tree of this.trees.values()) if (tree.period < period) sum += tree.net;
    return sum;
  }

  private checkClosing(tree: PeriodTreeAudit): void {
    const { sealedThrough } = this.context;
    if (sealedThrough === undefined || tree.period > sealedThrough || tree.range.size === 0) return;
    if (tree.hasFinalSeal) return;
    this.fault('seals', tree.name, 'the log says that it is sealed for all, and it has no final seal');
  }

  private fault(part: AuditPart, unit: string, sentence: string): void {
    this.context.onFault(part, unit === '' ? this.name : `${this.name} ${unit}`, sentence);
  }
}

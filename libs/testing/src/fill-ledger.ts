import { createHash } from 'node:crypto';
import {
  type Amount,
  amountFromCanonical,
  canonicalEntry,
  formatAmount,
  laneOf,
  type Period,
  periodOf,
} from '@pacspace/domain';
import {
  appendTurn,
  type EntryRow,
  ensurePeriod,
  loadLane,
  type NewCustomerRow,
  type NodeRow,
  type PeriodRow,
  type RejectionRow,
  type UsageRow,
} from '@pacspace/ledger';
import { CompactRange, leafHashOfText } from '@pacspace/proof';
import type { EnvelopeDelta } from '@pacspace/wire';
import type pg from 'pg';
import { buildDelta, type DeltaParts } from './build-delta.js';

const sha256 = (data: Uint8Array): Uint8Array => createHash('sha256').update(data).digest();

interface Filled {
  readonly number: number;
  readonly row: { -readonly [K in keyof NewCustomerRow]: NewCustomerRow[K] };
  balance: Amount;
  readonly periods: Map<
    Period,
    { range: CompactRange; net: Amount; row: { -readonly [K in keyof PeriodRow]: PeriodRow[K] } }
  >;
}

/**
 * Fills a ledger turn by turn, without a log and without a projector: for tests of what reads it. Its fold is its own
 * and knows no duplicates; nothing but it may write the lanes.
 */
export class LedgerFiller {
  private readonly customers = new Map<string, Filled>();
  private readonly counts = new Map<number, number>();
  private readonly closed = new Set<Period>();
  private sequence = 0;

  constructor(
    private readonly pool: pg.Pool,
    readonly lanes = 4,
  ) {}

  /** What comes for this period from now on counts in the first later one that is open. */
  close(period: Period): void {
    this.closed.add(period);
  }

  /** Writes one envelope into each lane that these deltas belong to. @returns their rows in the order given. */
  async write(parts: readonly DeltaParts[], recordedAtMs: number): Promise<EntryRow[]> {
    const deltas = parts.map(buildDelta);
    const rows = new Map<EnvelopeDelta, EntryRow>();
    for (const [lane, ofLane] of this.byLane(deltas)) {
      const before = await loadLane(this.pool, lane, this.lanes);
      this.sequence = Math.max(this.sequence, before.sequence) + 1;
      const changed = new Set<Filled>();
      const nodes: NodeRow[] = [];
      const known = new Set(this.customers.values());
      const knownPeriods = new Set([...known].flatMap((one) => [...one.periods.values()]));
      for (const delta of ofLane) {
        const customer = this.customerOf(delta, lane, recordedAtMs);
        rows.set(delta, this.fold(delta, { customer, recordedAtMs, nodes }));
        changed.add(customer);
      }
      const entries = ofLane.map((delta) => rows.get(delta)!);
      for (const period of new Set(entries.map((row) => row.period))) await ensurePeriod(this.pool, period);
      const all = [...changed];
      const touched = new Set(entries.map((row) => `${row.customerNo} ${row.period}`));
      const periods = all
        .flatMap((one) => [...one.periods.values()])
        .filter(({ row }) => touched.has(`${row.customerNo} ${row.period}`));
      await appendTurn(this.pool, {
        lane,
        fromSequence: before.sequence,
        after: {
          ...before,
          sequence: this.sequence,
          envelopes: before.envelopes + 1,
          entries: before.entries + entries.length,
          customers: this.counts.get(lane) ?? 0,
          recordedAtMs,
        },
        entries,
        newCustomers: all.filter((one) => !known.has(one)).map((one) => one.row),
        changedCustomers: all.filter((one) => known.has(one)).map((one) => one.row),
        newPeriods: periods.filter((one) => !knownPeriods.has(one)).map((one) => one.row),
        changedPeriods: periods.filter((one) => knownPeriods.has(one)).map((one) => one.row),
        nodes,
        rejections: [],
        closings: [],
        usage: usageOf(ofLane, recordedAtMs),
      });
    }
    return deltas.map((delta) => rows.get(delta)!);
  }

  /** Writes an envelope whose only delta is rejected. */
  async reject(parts: DeltaParts, code: RejectionRow['code'], recordedAtMs: number): Promise<EnvelopeDelta> {
    const delta = buildDelta(parts);
    const lane = laneOf(delta.environmentId, delta.customerId, this.lanes);
    const before = await loadLane(this.pool, lane, this.lanes);
    this.sequence = Math.max(this.sequence, before.sequence) + 1;
    const { sequence } = this;
    const empty = { entries: [], newCustomers: [], changedCustomers: [], newPeriods: [], changedPeriods: [] };
    await appendTurn(this.pool, {
      ...empty,
      lane,
      fromSequence: before.sequence,
      after: {
        ...before,
        sequence,
        envelopes: before.envelopes + 1,
        rejections: before.rejections + 1,
        recordedAtMs,
      },
      nodes: [],
      closings: [],
      usage: [],
      rejections: [{ ...delta, sequence, ordinal: 0, traceId: '1'.repeat(32), code, recordedAtMs }],
    });
    return delta;
  }

  private byLane(deltas: readonly EnvelopeDelta[]): Map<number, EnvelopeDelta[]> {
    return Map.groupBy(deltas, (delta) => laneOf(delta.environmentId, delta.customerId, this.lanes));
  }

  private customerOf(delta: EnvelopeDelta, lane: number, recordedAtMs: number): Filled {
    const { environmentId, customerId } = delta;
    const name = `${environmentId}\n${customerId}`;
    const found = this.customers.get(name);
    if (found !== undefined) return found;
    const count = this.counts.get(lane) ?? 0;
    this.counts.set(lane, count + 1);
    const number = count * this.lanes + lane;
    const row = {
      number,
      environmentId,
      customerId,
      count: 0,
      balance: '0',
      firstRecordedAtMs: recordedAtMs,
      lastRecordedAtMs: recordedAtMs,
      lastRecordKey: '',
      lastSequence: 0,
    };
    const made = { number, row, balance: 0n, periods: new Map() };
    this.customers.set(name, made);
    return made;
  }

  private fold(
    delta: EnvelopeDelta,
    at: { readonly customer: Filled; readonly recordedAtMs: number; readonly nodes: NodeRow[] },
  ): EntryRow {
    const { customer, recordedAtMs } = at;
    const atMs = delta.occurredAtMs ?? recordedAtMs;
    const happened = periodOf(atMs);
    let period = happened;
    while (this.closed.has(period)) period += 1;
    const index = customer.row.count;
    const amount = amountFromCanonical(delta.amount);
    customer.balance += amount;
    Object.assign(customer.row, {
      count: index + 1,
      balance: formatAmount(customer.balance),
      lastRecordedAtMs: recordedAtMs,
      lastRecordKey: delta.recordKey,
      lastSequence: this.sequence,
    });
    const inPeriod = this.periodOf(customer, period, index);
    const leaf = inPeriod.range.size;
    const late = period !== happened;
    const { fingerprint } = delta;
    const entry = canonicalEntry({
      index,
      fingerprint,
      balance: customer.balance,
      period,
      late,
      recordedAtMs,
    });
    inPeriod.range.append(leafHashOfText(sha256, entry), (level, nodeIndex, hash) => {
      const hex = Buffer.from(hash).toString('hex');
      at.nodes.push({ customerNo: customer.number, period, level, index: nodeIndex, hash: hex });
    });
    inPeriod.net += amount;
    Object.assign(inPeriod.row, {
      count: leaf + 1,
      net: formatAmount(inPeriod.net),
      lastIndex: index,
      firstAtMs: Math.min(inPeriod.row.firstAtMs, atMs),
      lastAtMs: Math.max(inPeriod.row.lastAtMs, atMs),
      frontier: Buffer.from(inPeriod.range.toBytes()).toString('hex'),
    });
    return {
      customerNo: customer.number,
      index,
      period,
      late,
      leaf,
      logSequence: this.sequence,
      recordedAtMs,
      occurredAtMs: delta.occurredAtMs,
      recordKey: delta.recordKey,
      traceId: '1'.repeat(32),
      adjustsKey: delta.adjustsKey,
      amount: delta.amount,
      balance: customer.row.balance,
      reason: delta.reason,
      referenceId: delta.referenceId,
      metadata: delta.metadata,
      salt: delta.salt,
    };
  }

  private periodOf(customer: Filled, period: Period, index: number) {
    const found = customer.periods.get(period);
    if (found !== undefined) return found;
    const row = {
      customerNo: customer.number,
      period,
      count: 0,
      net: '0',
      firstIndex: index,
      lastIndex: index,
      firstAtMs: Number.MAX_SAFE_INTEGER,
      lastAtMs: 0,
      frontier: '',
    };
    const made = { range: CompactRange.empty(sha256), net: 0n, row };
    customer.periods.set(period, made);
    return made;
  }
}

function usageOf(deltas: readonly EnvelopeDelta[], recordedAtMs: number): UsageRow[] {
  const counts = Map.groupBy(deltas, (delta) => delta.environmentId);
  const month = periodOf(recordedAtMs);
  return [...counts].map(([environmentId, { length: count }]) => ({ environmentId, month, count }));
}

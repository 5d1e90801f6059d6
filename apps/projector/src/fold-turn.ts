import {
  canonicalEntry,
  foldDelta,
  type FoldContext,
  type FoldOutcome,
  formatAmount,
  type Period,
  periodOf,
} from '@pacspace/domain';
import type {
  ClosingRow,
  EntryRow,
  LaneState,
  NodeRow,
  RejectionRow,
  Turn,
  UsageRow,
} from '@pacspace/ledger';
import { sha256 } from '@pacspace/node-crypto';
import { CompactRange, leafHashOfText } from '@pacspace/proof';
import type { FailedDelta, PeriodClose } from '@pacspace/wire';
import type { DecodedDelta, DecodedEnvelope } from './decode-turn.js';
import {
  closedThrough,
  type CustomerMemory,
  type LaneMemory,
  NONE_CLOSED,
  type PeriodMemory,
  toCustomerRow,
  settlePeriod,
} from './lane-memory.js';
import type { RecordedDelta } from './recall-states.js';

/** A turn ready to be written, and what is to be told of it afterwards. */
export interface FoldedTurn {
  readonly before: LaneState;
  readonly turn: Turn;
  /** Customers that the turn changed, in order of their first change. */
  readonly customers: readonly CustomerMemory[];
  readonly runs: ReadonlyMap<CustomerMemory, FoldedRun>;
  readonly failed: readonly FailedDelta[];
}

export interface FoldedRun {
  readonly firstIndex: number;
  readonly recordKeys: string[];
  readonly created: boolean;
}

interface FoldInput {
  readonly before: LaneState;
  readonly lanes: number;
  readonly memory: LaneMemory;
  /** Deltas already recorded under keys of this turn; the turn's own are added. */
  readonly recorded: Map<string, RecordedDelta>;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

type Recorded = Extract<FoldOutcome<CustomerMemory>, { kind: 'recorded' }>;

/**
 * Folds a turn's envelopes, in log order, over the states in memory. All that it makes follows from the log and the
 * states: no clock, no randomness. The states in memory are changed: they are thrown away when the turn is not written.
 */
export function foldTurn(envelopes: readonly DecodedEnvelope[], input: FoldInput): FoldedTurn {
  const fold = new TurnFold(input);
  for (const envelope of envelopes) fold.add(envelope);
  return fold.finish();
}

class TurnFold {
  private readonly entries: EntryRow[] = [];
  private readonly nodes: NodeRow[] = [];
  private readonly rejections: RejectionRow[] = [];
  private readonly closings: ClosingRow[] = [];
  private readonly usage: UsageRow[] = [];
  /** The rows that count what is recorded just now, by environment, and the one that counted the delta before. */
  private readonly counters = new Map<string, Mutable<UsageRow>>();
  private counting: Mutable<UsageRow> | undefined;
  private month: Period;
  private readonly failed: FailedDelta[] = [];
  private readonly periods = new Set<PeriodMemory>();
  private readonly runs = new Map<CustomerMemory, FoldedRun>();
  private readonly context: FoldContext<CustomerMemory>;
  private duplicates = 0;
  private envelopes = 0;
  private deadLetters = 0;
  private customers: number;
  private sequence: number;
  private recordedAtMs: number;

  constructor(private readonly input: FoldInput) {
    const { before, memory, recorded } = input;
    this.customers = before.customers;
    this.sequence = before.sequence;
    this.recordedAtMs = before.recordedAtMs;
    this.month = periodOf(before.recordedAtMs);
    this.context = {
      customer: (environmentId, customerId) =>
        memory.get(environmentId, customerId) ?? this.beginCustomer(environmentId, customerId),
      recordedFingerprint: (recordKey) => recorded.get(recordKey)?.fingerprint,
      isRecordedFor: (recordKey, environmentId, customerId) => {
        const record = recorded.get(recordKey);
        return record?.environmentId === environmentId && record.customerId === customerId;
      },
      isClosed: (customer, period) => period <= closedThrough(customer),
    };
  }

  add({ message, deltas, close, poison }: DecodedEnvelope): void {
    this.envelopes += 1;
    this.sequence = message.sequence;
    this.recordedAtMs = message.recordedAtMs;
    this.month = periodOf(message.recordedAtMs);
    if (poison !== undefined) this.deadLetters += 1;
    if (close !== undefined) this.close(close);
    deltas.forEach((delta, ordinal) => {
      const outcome = foldDelta(delta, message.recordedAtMs, this.context);
      switch (outcome.kind) {
        case 'recorded':
          this.record(delta, outcome);
          break;
        case 'duplicate':
          this.duplicates += 1;
          break;
        case 'rejected':
          this.reject(delta, ordinal, outcome.code);
          break;
      }
    });
  }

  finish(): FoldedTurn {
    const { before } = this.input;
    const customers = [...this.runs.keys()];
    const periods = [...this.periods];
    const turn: Turn = {
      lane: before.lane,
      fromSequence: before.sequence,
      after: {
        lane: before.lane,
        epoch: before.epoch,
        sequence: this.sequence,
        toldSequence: before.toldSequence,
        envelopes: before.envelopes + this.envelopes,
        entries: before.entries + this.entries.length,
        duplicates: before.duplicates + this.duplicates,
        rejections: before.rejections + this.rejections.length,
        deadLetters: before.deadLetters + this.deadLetters,
        customers: this.customers,
        recordedAtMs: this.recordedAtMs,
      },
      entries: this.entries,
      newCustomers: customers.filter((customer) => customer.isNew).map(toCustomerRow),
      changedCustomers: customers.filter((customer) => !customer.isNew).map(toCustomerRow),
      newPeriods: periods.filter((period) => period.isNew).map(settlePeriod),
      changedPeriods: periods.filter((period) => !period.isNew).map(settlePeriod),
      nodes: this.nodes,
      rejections: this.rejections,
      closings: this.closings,
      usage: this.usage,
    };
    // From here on they are rows of the ledger, or forgotten if the turn is not written.
    for (const customer of customers) customer.isNew = false;
    for (const period of periods) period.isNew = false;
    return { before, turn, customers, runs: this.runs, failed: this.failed };
  }

  /** What was closed already, or for a customer of whom nothing is recorded, changes nothing and leaves no row. */
  private close({ environmentId, customerId, period }: PeriodClose): void {
    const { memory } = this.input;
    const customer = customerId === undefined ? undefined : memory.get(environmentId, customerId);
    const closed = customerId === undefined ? memory.environment(environmentId) : customer;
    if (closed === undefined || period <= closed.closedThrough) return;
    closed.closedThrough = period;
    const logSequence = this.sequence;
    this.closings.push({ logSequence, environmentId, customerNo: customer?.number, period });
  }

  private record(delta: DecodedDelta, outcome: Recorded): void {
    const { customer, index, balance, period, late } = outcome;
    const { recordedAtMs, sequence } = this;
    const { recordKey, fingerprint } = delta;
    this.input.recorded.set(recordKey, delta);
    customer.lastRecordedAtMs = recordedAtMs;
    customer.lastRecordKey = recordKey;
    customer.lastSequence = sequence;
    this.extendRun(customer, index, recordKey);
    this.countUsage(customer.environmentId);

    const periodState = customer.periods.get(period) ?? this.beginPeriod(customer, period, index);
    const atMs = delta.occurredAtMs ?? recordedAtMs;
    periodState.net += delta.amount;
    periodState.lastIndex = index;
    periodState.firstAtMs = Math.min(periodState.firstAtMs, atMs);
    periodState.lastAtMs = Math.max(periodState.lastAtMs, atMs);
    this.periods.add(periodState);

    const leaf = periodState.range.size;
    const text = canonicalEntry({ index, fingerprint, balance, period, late, recordedAtMs });
    periodState.range.append(leafHashOfText(sha256, text), (level, nodeIndex, hash) => {
      const hex = Buffer.from(hash).toString('hex');
      this.nodes.push({ customerNo: customer.number, period, level, index: nodeIndex, hash: hex });
    });
    this.entries.push({
      customerNo: customer.number,
      index,
      period,
      late,
      leaf,
      logSequence: sequence,
      recordedAtMs,
      occurredAtMs: delta.occurredAtMs,
      recordKey,
      traceId: delta.traceId,
      adjustsKey: delta.adjustsKey,
      amount: delta.amountText,
      balance: formatAmount(balance),
      reason: delta.reason,
      referenceId: delta.referenceId,
      metadata: delta.metadata,
      salt: delta.salt,
    });
  }

  private reject(delta: DecodedDelta, ordinal: number, code: RejectionRow['code']): void {
    const { environmentId, customerId, recordKey, traceId, fingerprint, amountText } = delta;
    const { sequence, recordedAtMs } = this;
    this.failed.push({ environmentId, customerId, recordKey, sequence, code });
    this.rejections.push({
      sequence,
      ordinal,
      environmentId,
      customerId,
      recordKey,
      traceId,
      fingerprint,
      amount: amountText,
      code,
      recordedAtMs,
    });
  }

  private extendRun(customer: CustomerMemory, index: number, recordKey: string): void {
    const run = this.runs.get(customer);
    if (run === undefined) {
      this.runs.set(customer, { firstIndex: index, recordKeys: [recordKey], created: index === 0 });
    } else {
      run.recordKeys.push(recordKey);
    }
  }

  private countUsage(environmentId: string): void {
    const { month } = this;
    let row = this.counting;
    if (row?.environmentId !== environmentId || row.month !== month) {
      row = this.counters.get(environmentId);
      if (row?.month !== month) {
        row = { environmentId, month, count: 0 };
        this.counters.set(environmentId, row);
        this.usage.push(row);
      }
      this.counting = row;
    }
    row.count += 1;
  }

  private beginCustomer(environmentId: string, customerId: string): CustomerMemory {
    const { before, lanes, memory } = this.input;
    const customer: CustomerMemory = {
      // Unique over all lanes, and the same at every re-fold, since it counts within the lane alone.
      number: this.customers * lanes + before.lane,
      environmentId,
      customerId,
      environment: memory.environment(environmentId),
      closedThrough: NONE_CLOSED,
      count: 0,
      balance: 0n,
      firstRecordedAtMs: this.recordedAtMs,
      lastRecordedAtMs: this.recordedAtMs,
      lastRecordKey: '',
      lastSequence: this.sequence,
      periods: new Map(),
      isNew: true,
    };
    this.customers += 1;
    memory.add(customer);
    return customer;
  }

  private beginPeriod(customer: CustomerMemory, period: Period, index: number): PeriodMemory {
    const begun: PeriodMemory = {
      customer,
      period,
      range: CompactRange.empty(sha256),
      firstIndex: index,
      net: 0n,
      lastIndex: index,
      firstAtMs: Number.POSITIVE_INFINITY,
      lastAtMs: Number.NEGATIVE_INFINITY,
      isNew: true,
    };
    customer.periods.set(period, begun);
    return begun;
  }
}

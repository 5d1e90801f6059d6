import type {
  ClosedEnvironment,
  ClosingRow,
  CustomerName,
  EntryRow,
  LaneState,
  LoadedCustomer,
  NewCustomerRow,
  NodeRow,
  PeriodName,
  PeriodRow,
  RejectionRow,
  Turn,
  UsageRow,
} from '@pacspace/ledger';

type Customer = NewCustomerRow & { readonly lane: number; readonly closedThrough: number | undefined };

/** The ledger's tables with their keys: what Postgres would refuse throws here. */
export class Tables {
  readonly lanes = new Map<number, LaneState>();
  readonly customers = new Map<number, Customer>();
  readonly periods = new Map<string, PeriodRow>();
  readonly entries = new Map<string, EntryRow>();
  readonly nodes = new Map<string, NodeRow>();
  readonly rejections = new Map<string, RejectionRow & { readonly lane: number }>();
  readonly closings = new Map<string, ClosingRow & { readonly lane: number }>();
  readonly usage = new Map<string, UsageRow & { readonly lane: number }>();
  private readonly numbers = new Map<string, number>();
  private readonly places = new Set<string>();

  lane(lane: number): LaneState {
    return this.lanes.get(lane) ?? { ...EMPTY_LANE, lane };
  }

  apply(turn: Turn): void {
    const { lane } = turn;
    this.lanes.set(lane, turn.after);
    for (const row of turn.entries) {
      insert(this.entries, row.recordKey, row);
      const place = `${row.customerNo}/${row.index}`;
      if (this.places.has(place)) throw new Error(`duplicate index: ${place}`);
      this.places.add(place);
    }
    for (const row of turn.newCustomers) {
      insert(this.customers, row.number, { ...row, lane, closedThrough: undefined });
      insert(this.numbers, nameOf(row), row.number);
    }
    for (const row of turn.changedCustomers) {
      this.customers.set(row.number, { ...existing(this.customers, row.number), ...row });
    }
    for (const row of turn.newPeriods) insert(this.periods, periodKey(row), row);
    for (const row of turn.changedPeriods) {
      existing(this.periods, periodKey(row));
      this.periods.set(periodKey(row), row);
    }
    for (const row of turn.nodes) {
      insert(this.nodes, `${periodKey(row)}/${row.level}/${row.index}`, row);
    }
    for (const row of turn.rejections) {
      insert(this.rejections, `${lane}/${row.sequence}/${row.ordinal}`, { ...row, lane });
    }
    for (const row of turn.closings) {
      insert(this.closings, `${lane}/${row.logSequence}`, { ...row, lane });
      if (row.customerNo === undefined) continue;
      const customer = existing(this.customers, row.customerNo);
      this.customers.set(row.customerNo, { ...customer, closedThrough: row.period });
    }
    for (const row of turn.usage) {
      const key = `${row.environmentId}/${row.month}/${lane}`;
      const count = (this.usage.get(key)?.count ?? 0) + row.count;
      this.usage.set(key, { ...row, lane, count });
    }
  }

  findCustomers(names: readonly CustomerName[]): LoadedCustomer[] {
    return names.flatMap((name) => {
      const number = this.numbers.get(nameOf(name));
      return number === undefined ? [] : [existing(this.customers, number)];
    });
  }

  findPeriods(names: readonly PeriodName[]): PeriodRow[] {
    return names.flatMap((name) => this.periods.get(periodKey(name)) ?? []);
  }

  findClosed(lane: number, throughSequence: number): ClosedEnvironment[] {
    const latest = new Map<string, number>();
    for (const row of this.closings.values()) {
      if (row.lane !== lane || row.customerNo !== undefined || row.logSequence > throughSequence) continue;
      latest.set(row.environmentId, Math.max(row.period, latest.get(row.environmentId) ?? -1));
    }
    return [...latest].map(([environmentId, closedThrough]) => ({ environmentId, closedThrough }));
  }

  /** Everything that is a fold of the log, a text for each row: two ledgers are equal, bit for bit, when their texts are. */
  describe(): string[] {
    // When events were told is no part of the fold.
    const lanes = [...this.lanes.values()].map((lane) => ({ ...lane, toldSequence: 0 }));
    const { customers, periods, entries, nodes, rejections, closings, usage } = this;
    const tables = [customers, periods, entries, nodes, rejections, closings, usage];
    const rows = [lanes, ...tables.map((table) => [...table.values()])].flat();
    return rows.map((row) => JSON.stringify(row, Object.keys(row).sort()));
  }
}

const EMPTY_LANE = {
  epoch: 0,
  sequence: 0,
  toldSequence: 0,
  envelopes: 0,
  entries: 0,
  duplicates: 0,
  rejections: 0,
  deadLetters: 0,
  customers: 0,
  recordedAtMs: 0,
};

const nameOf = ({ environmentId, customerId }: CustomerName): string => `${environmentId}\n${customerId}`;
const periodKey = ({ customerNo, period }: PeriodName): string => `${customerNo}/${period}`;

function insert<K extends string | number, V>(table: Map<K, V>, key: K, value: V): void {
  if (table.has(key)) throw new Error(`duplicate key: ${key}`);
  table.set(key, value);
}

function existing<K extends string | number, V>(table: Map<K, V>, key: K): V {
  const row = table.get(key);
  if (row === undefined) throw new Error(`no such row: ${key}`);
  return row;
}

import {
  type Amount,
  amountFromCanonical,
  type CustomerState,
  formatAmount,
  type Period,
} from '@pacspace/domain';
import type { ClosedEnvironment, LoadedCustomer, NewCustomerRow, PeriodRow } from '@pacspace/ledger';
import { sha256 } from '@pacspace/node-crypto';
import { CompactRange } from '@pacspace/proof';

/** No period is as early as this. */
export const NONE_CLOSED: Period = -1;

/** What the lane's writer knows of an environment; one object, shared by all its customers. */
export interface EnvironmentMemory {
  /** The latest period that was closed for all its customers. */
  closedThrough: Period;
}

/** A customer as the lane's writer knows it: the ledger's row, kept so that a turn need not read it again. */
export interface CustomerMemory extends CustomerState {
  readonly environmentId: string;
  readonly customerId: string;
  readonly environment: EnvironmentMemory;
  readonly periods: Map<Period, PeriodMemory>;
  /** The latest period that was closed for this customer alone. */
  closedThrough: Period;
  readonly firstRecordedAtMs: number;
  lastRecordedAtMs: number;
  lastRecordKey: string;
  lastSequence: number;
  /** True until its first turn is written. */
  isNew: boolean;
}

export interface PeriodMemory {
  readonly customer: CustomerMemory;
  readonly period: Period;
  range: CompactRange;
  readonly firstIndex: number;
  net: Amount;
  lastIndex: number;
  firstAtMs: number;
  lastAtMs: number;
  isNew: boolean;
}

/** Customers kept between turns. With some hundred bytes each (frontier included) this is well under 100 MB. */
const CUSTOMERS_KEPT = 50_000;

/**
 * The states of a lane's recently active customers. Valid only while this process is the lane's writer: whenever a
 * turn fails, in doubt also about whether it was written, the memory is thrown away with the lane's watermark.
 */
export class LaneMemory {
  private readonly customers = new Map<string, CustomerMemory>();
  private readonly environments = new Map<string, EnvironmentMemory>();

  get size(): number {
    return this.customers.size;
  }

  get(environmentId: string, customerId: string): CustomerMemory | undefined {
    return this.customers.get(nameOf(environmentId, customerId));
  }

  add(customer: CustomerMemory): void {
    this.customers.set(nameOf(customer.environmentId, customer.customerId), customer);
  }

  /** What all of an environment's customers share. Its closings are known from the lane's opening on. */
  environment(environmentId: string): EnvironmentMemory {
    let environment = this.environments.get(environmentId);
    if (environment === undefined) {
      environment = { closedThrough: NONE_CLOSED };
      this.environments.set(environmentId, environment);
    }
    return environment;
  }

  rememberClosed(closed: readonly ClosedEnvironment[]): void {
    for (const { environmentId, closedThrough } of closed) {
      this.environment(environmentId).closedThrough = closedThrough;
    }
  }

  /** Marks as most recently used. */
  touch(customer: CustomerMemory): void {
    const name = nameOf(customer.environmentId, customer.customerId);
    this.customers.delete(name);
    this.customers.set(name, customer);
  }

  /** Forgets the least recently used past the limit; between turns only, since a turn holds on to its states. */
  trim(): void {
    for (const name of this.customers.keys()) {
      if (this.customers.size <= CUSTOMERS_KEPT) return;
      this.customers.delete(name);
    }
  }
}

function nameOf(environmentId: string, customerId: string): string {
  return `${environmentId}\n${customerId}`;
}

/** The latest period that takes nothing more of the customer. */
export function closedThrough({ closedThrough: own, environment }: CustomerMemory): Period {
  return Math.max(own, environment.closedThrough);
}

export function rememberCustomer(row: LoadedCustomer, environment: EnvironmentMemory): CustomerMemory {
  return {
    number: row.number,
    environmentId: row.environmentId,
    customerId: row.customerId,
    environment,
    closedThrough: row.closedThrough ?? NONE_CLOSED,
    count: row.count,
    balance: amountFromCanonical(row.balance),
    firstRecordedAtMs: row.firstRecordedAtMs,
    lastRecordedAtMs: row.lastRecordedAtMs,
    lastRecordKey: row.lastRecordKey,
    lastSequence: row.lastSequence,
    periods: new Map(),
    isNew: false,
  };
}

export function rememberPeriod(customer: CustomerMemory, row: PeriodRow): PeriodMemory {
  return {
    customer,
    period: row.period,
    range: CompactRange.frontier(sha256, row.count, Buffer.from(row.frontier, 'hex')),
    firstIndex: row.firstIndex,
    net: amountFromCanonical(row.net),
    lastIndex: row.lastIndex,
    firstAtMs: row.firstAtMs,
    lastAtMs: row.lastAtMs,
    isNew: false,
  };
}

export function toCustomerRow(customer: CustomerMemory): NewCustomerRow {
  return {
    number: customer.number,
    environmentId: customer.environmentId,
    customerId: customer.customerId,
    count: customer.count,
    balance: formatAmount(customer.balance),
    firstRecordedAtMs: customer.firstRecordedAtMs,
    lastRecordedAtMs: customer.lastRecordedAtMs,
    lastRecordKey: customer.lastRecordKey,
    lastSequence: customer.lastSequence,
  };
}

/** The row, and with it the period's hashes moved into one piece of memory of their own: see sha256. */
export function settlePeriod(period: PeriodMemory): PeriodRow {
  const bytes = period.range.toBytes();
  period.range = CompactRange.frontier(sha256, period.range.size, bytes);
  return {
    customerNo: period.customer.number,
    period: period.period,
    count: period.range.size,
    net: formatAmount(period.net),
    firstIndex: period.firstIndex,
    lastIndex: period.lastIndex,
    firstAtMs: period.firstAtMs,
    lastAtMs: period.lastAtMs,
    frontier: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex'),
  };
}

import type pg from 'pg';
import { nameArray, plainArray } from './array-literal.js';
import type { NewCustomerRow, PeriodRow } from './turn.js';

/** What the fold needs to know before a turn; each is one round trip for the whole turn. */

export interface CustomerName {
  readonly environmentId: string;
  readonly customerId: string;
}

export interface LoadedCustomer extends NewCustomerRow {
  /** The latest period that was closed for this customer alone; undefined: none was. */
  readonly closedThrough: number | undefined;
}

/** Those of the named customers that the ledger knows. */
export async function loadCustomers(
  pool: pg.Pool | pg.ClientBase,
  names: readonly CustomerName[],
): Promise<LoadedCustomer[]> {
  if (names.length === 0) return [];
  const { rows } = await pool.query<CustomerRecord>({
    name: 'load-customers',
    text: `SELECT c.number, c.environment_id, c.customer_id, c.count, c.balance, c.first_recorded_at_ms,
                  c.last_recorded_at_ms, c.last_record_key, c.last_sequence, c.closed_through
             FROM unnest($1::text[], $2::text[]) AS n (environment_id, customer_id)
             JOIN customer c USING (environment_id, customer_id)`,
    values: [
      nameArray(names.map((name) => name.environmentId)),
      nameArray(names.map((name) => name.customerId)),
    ],
  });
  return rows.map((row) => ({
    number: row.number,
    environmentId: row.environment_id,
    customerId: row.customer_id,
    count: Number(row.count),
    balance: row.balance,
    firstRecordedAtMs: Number(row.first_recorded_at_ms),
    lastRecordedAtMs: Number(row.last_recorded_at_ms),
    lastRecordKey: uuidToHex(row.last_record_key),
    lastSequence: Number(row.last_sequence),
    closedThrough: row.closed_through < 0 ? undefined : row.closed_through,
  }));
}

interface CustomerRecord {
  number: number;
  environment_id: string;
  customer_id: string;
  count: string;
  balance: string;
  first_recorded_at_ms: string;
  last_recorded_at_ms: string;
  last_record_key: string;
  last_sequence: string;
  closed_through: number;
}

export interface ClosedEnvironment {
  readonly environmentId: string;
  /** The latest period that was closed for all its customers in the lane. */
  readonly closedThrough: number;
}

/**
 * Every environment of which the lane has closed a period, as of one point of its log: what a writer that is being
 * replaced still closes after it is not seen.
 */
export async function loadClosedEnvironments(
  pool: pg.Pool,
  lane: number,
  throughSequence: number,
): Promise<ClosedEnvironment[]> {
  const { rows } = await pool.query<{ environment_id: string; period: number }>(
    `SELECT environment_id, max(period) AS period FROM closing
      WHERE lane = $1 AND customer_no IS NULL AND log_sequence <= $2 GROUP BY environment_id`,
    [lane, throughSequence],
  );
  return rows.map((row) => ({ environmentId: row.environment_id, closedThrough: row.period }));
}

export interface PeriodName {
  readonly customerNo: number;
  readonly period: number;
}

/** Those of the named periods that have begun. */
export async function loadPeriods(
  pool: pg.Pool | pg.ClientBase,
  names: readonly PeriodName[],
): Promise<PeriodRow[]> {
  if (names.length === 0) return [];
  const { rows } = await pool.query<PeriodRecord>({
    name: 'load-periods',
    text: `SELECT p.customer_no, p.period, p.count, p.net, p.first_index, p.last_index, p.first_at_ms, p.last_at_ms,
                  encode(p.frontier, 'hex') AS frontier
             FROM unnest($1::int4[], $2::int4[]) AS n (customer_no, period)
             JOIN customer_period p USING (customer_no, period)`,
    values: [plainArray(names.map((name) => name.customerNo)), plainArray(names.map((name) => name.period))],
  });
  return rows.map((row) => ({
    customerNo: row.customer_no,
    period: row.period,
    count: Number(row.count),
    net: row.net,
    firstIndex: Number(row.first_index),
    lastIndex: Number(row.last_index),
    firstAtMs: Number(row.first_at_ms),
    lastAtMs: Number(row.last_at_ms),
    frontier: row.frontier,
  }));
}

interface PeriodRecord {
  customer_no: number;
  period: number;
  count: string;
  net: string;
  first_index: string;
  last_index: string;
  first_at_ms: string;
  last_at_ms: string;
  frontier: string;
}

/** Postgres prints a UUID with hyphens; everywhere else a key is 32 hex digits. By place: half the time of a search. */
export function uuidToHex(uuid: string): string {
  return uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(14, 18) + uuid.slice(19, 23) + uuid.slice(24);
}

import { type Amount, amountFromCanonical, type Period } from '@pacspace/domain';
import type pg from 'pg';
import { uuidToHex } from '../load-states.js';

/** Up to where a lane's log is in the ledger. */
export interface LedgerPosition {
  readonly lane: number;
  readonly sequence: number;
  /** Envelopes folded: comparable with the stream's own count. */
  readonly envelopes: number;
}

export interface CustomerFacts {
  readonly number: number;
  /** Deltas recorded; the indexes are 0 … count − 1. */
  readonly count: number;
  readonly balance: Amount;
  readonly firstRecordedAtMs: number;
  readonly lastRecordedAtMs: number;
  /** 32 hex digits. */
  readonly lastRecordKey: string;
  /** Those in which something was counted, in order. */
  readonly periods: readonly PeriodFacts[];
}

export interface PeriodFacts {
  readonly period: Period;
  readonly count: number;
  readonly net: Amount;
  readonly firstIndex: number;
  readonly lastIndex: number;
  /** Earliest and latest event time of the deltas counted in it: before the month's first day when some came late. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** The compact range of the period's tree, 32 bytes a hash. */
  readonly frontier: Uint8Array;
}

export interface PositionedCustomer {
  readonly position: LedgerPosition;
  /** Undefined: nothing is recorded under the name, as of the position. */
  readonly customer: CustomerFacts | undefined;
}

/**
 * All that is known of a customer without looking at single deltas, and the position at which it is true: one
 * statement, hence one snapshot. Deltas below `count` never change, so whatever else is read afterwards and keeps
 * below it belongs to the same state.
 */
export async function readCustomer(
  pool: pg.Pool,
  of: { readonly lane: number; readonly environmentId: string; readonly customerId: string },
): Promise<PositionedCustomer> {
  const { rows } = await pool.query<CustomerRow>({
    name: 'read-customer',
    text: `SELECT l.sequence, l.envelopes, c.number, c.count, c.balance, c.first_recorded_at_ms, c.last_recorded_at_ms,
                  c.last_record_key, p.period, p.count AS period_count, p.net, p.first_index, p.last_index,
                  p.first_at_ms, p.last_at_ms, p.frontier
             FROM lane l
             LEFT JOIN customer c ON c.environment_id = $2 AND c.customer_id = $3
             LEFT JOIN customer_period p ON p.customer_no = c.number
            WHERE l.lane = $1
            ORDER BY p.period`,
    values: [of.lane, of.environmentId, of.customerId],
  });
  const first = rows[0];
  // Without a row the lane has not begun.
  const position = {
    lane: of.lane,
    sequence: Number(first?.sequence ?? 0),
    envelopes: Number(first?.envelopes ?? 0),
  };
  return { position, customer: first === undefined ? undefined : toFacts(first, rows) };
}

interface CustomerRow {
  sequence: string;
  envelopes: string;
  number: number | null;
  count: string;
  balance: string;
  first_recorded_at_ms: string;
  last_recorded_at_ms: string;
  last_record_key: string;
  period: number;
  period_count: string;
  net: string;
  first_index: string;
  last_index: string;
  first_at_ms: string;
  last_at_ms: string;
  frontier: Buffer;
}

function toFacts(row: CustomerRow, periods: readonly CustomerRow[]): CustomerFacts | undefined {
  if (row.number === null) return undefined;
  return {
    number: row.number,
    count: Number(row.count),
    balance: amountFromCanonical(row.balance),
    firstRecordedAtMs: Number(row.first_recorded_at_ms),
    lastRecordedAtMs: Number(row.last_recorded_at_ms),
    lastRecordKey: uuidToHex(row.last_record_key),
    periods: periods.map((each) => ({
      period: each.period,
      count: Number(each.period_count),
      net: amountFromCanonical(each.net),
      firstIndex: Number(each.first_index),
      lastIndex: Number(each.last_index),
      firstAtMs: Number(each.first_at_ms),
      lastAtMs: Number(each.last_at_ms),
      frontier: each.frontier,
    })),
  };
}

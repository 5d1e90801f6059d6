import type pg from 'pg';
import { ENTRY_COLUMNS, type EntryRecord } from '../reads/recorded-entry.js';
import { streamRows } from './stream-rows.js';

/**
 * Every row of the ledger and of the logs, in the orders in which an audit goes through them. Rows are as they stand
 * in the tables: what is to be held against something else must not be put right on the way.
 */
type Client = pg.ClientBase;

export interface AuditedCustomer {
  readonly number: number;
  readonly lane: number;
  readonly environment_id: string;
  readonly customer_id: string;
  readonly count: string;
  /** The latest period closed for it, alone or with all; -1: none. */
  readonly closed_through: number;
}

export const streamCustomers = (client: Client) =>
  streamRows<AuditedCustomer>(
    client,
    `SELECT c.number, c.lane, c.environment_id, c.customer_id, c.count,
            greatest(c.closed_through, k.through) AS closed_through
       FROM customer c
       LEFT JOIN (SELECT environment_id, lane, max(period) AS through FROM closing
                   WHERE customer_no IS NULL GROUP BY environment_id, lane) k USING (environment_id, lane)
      ORDER BY c.number`,
  );

export interface AuditedEntry extends EntryRecord {
  readonly customer_no: number;
}

export const streamEntries = (client: Client) =>
  streamRows<AuditedEntry>(
    client,
    `SELECT e.customer_no, ${ENTRY_COLUMNS} FROM entry e ORDER BY e.customer_no, e.idx, e.period`,
  );

export interface AuditedPeriod {
  readonly customer_no: number;
  readonly period: number;
  readonly count: string;
  readonly frontier: Buffer;
}

export const streamPeriods = (client: Client) =>
  streamRows<AuditedPeriod>(
    client,
    'SELECT customer_no, period, count, frontier FROM customer_period ORDER BY customer_no, period',
  );

export interface AuditedSeal {
  readonly customer_no: number;
  readonly log_no: number;
  readonly log_index: string;
  readonly count: string;
  readonly final: boolean;
  readonly scope: string;
  readonly root: Buffer;
  readonly leaf_hash: Buffer;
  readonly body: string;
}

const SEAL_COLUMNS =
  's.customer_no, s.log_no, s.log_index, s.count, s.final, s.scope, s.root, s.leaf_hash, s.body';

export const streamSealsByCustomer = (client: Client) =>
  streamRows<AuditedSeal>(
    client,
    `SELECT ${SEAL_COLUMNS} FROM seal.seal s ORDER BY s.customer_no, s.log_index`,
  );

export interface AuditedLogSeal extends AuditedSeal {
  /** Whose it is by the ledger; null: no such customer. */
  readonly environment_id: string | null;
  readonly customer_id: string | null;
}

export const streamLogSeals = (client: Client, logNo: number) =>
  streamRows<AuditedLogSeal>(
    client,
    `SELECT ${SEAL_COLUMNS}, c.environment_id, c.customer_id
       FROM seal.seal s LEFT JOIN customer c ON c.number = s.customer_no
      WHERE s.log_no = $1 ORDER BY s.log_index`,
    [logNo],
  );

export interface AuditedHead {
  readonly size: string;
  readonly published_at_ms: string;
  readonly note: string;
}

export const streamHeads = (client: Client, logNo: number) =>
  streamRows<AuditedHead>(
    client,
    'SELECT size, published_at_ms, note FROM seal.head WHERE log_no = $1 ORDER BY size',
    [logNo],
  );

export interface AuditedRun {
  readonly number: number;
  readonly scope: string;
  readonly count: string;
  readonly entries: string;
  readonly root: Buffer;
}

export const streamRuns = (client: Client, logNo: number) =>
  streamRows<AuditedRun>(
    client,
    'SELECT number, scope, count, entries, root FROM seal.run WHERE log_no = $1 ORDER BY number',
    [logNo],
  );

export interface AuditedMember {
  readonly leaf_hash: Buffer;
  readonly scope: string;
  readonly count: string;
}

/** A run's seals in ascending order of customer id, by code points. */
export const streamRunMembers = (client: Client, runNo: number) =>
  streamRows<AuditedMember>(
    client,
    `SELECT s.leaf_hash, s.scope, s.count
       FROM seal.run r
      CROSS JOIN unnest(r.members) AS m (part)
       JOIN seal.seal s ON s.log_no = r.log_no AND s.log_index >= lower(m.part) AND s.log_index < upper(m.part)
       JOIN customer c ON c.number = s.customer_no
      WHERE r.number = $1 ORDER BY c.customer_id COLLATE "C"`,
    [runNo],
  );

export interface AuditedLaneEntry extends AuditedEntry {
  readonly environment_id: string;
  readonly customer_id: string;
  readonly trace_id: string;
}

/** A lane's entries in the order of the log. The server sorts them, on its disk when they are many. */
export const streamLaneEntries = (client: Client, lane: number) =>
  streamRows<AuditedLaneEntry>(
    client,
    `SELECT e.customer_no, c.environment_id, c.customer_id, e.trace_id, ${ENTRY_COLUMNS}
       FROM customer c JOIN entry e ON e.customer_no = c.number
      WHERE c.lane = $1 ORDER BY e.log_sequence, e.customer_no, e.idx`,
    [lane],
  );

export interface AuditedRejection {
  readonly log_sequence: string;
  readonly ordinal: number;
  readonly recorded_at_ms: string;
  readonly record_key: string;
  readonly trace_id: string;
  readonly fingerprint: Buffer;
  readonly amount: string;
  readonly environment_id: string;
  readonly customer_id: string;
  readonly code: string;
}

export const streamRejections = (client: Client, lane: number) =>
  streamRows<AuditedRejection>(
    client,
    `SELECT sequence AS log_sequence, ordinal, recorded_at_ms, record_key, trace_id, fingerprint, amount,
            environment_id, customer_id, code
       FROM rejection WHERE lane = $1 ORDER BY sequence, ordinal`,
    [lane],
  );

export interface AuditedClosing {
  readonly log_sequence: string;
  readonly period: number;
  readonly environment_id: string;
  /** Null: for all. */
  readonly customer_no: number | null;
  /** Null also when there is no such customer. */
  readonly customer_id: string | null;
}

export const streamClosings = (client: Client, lane: number) =>
  streamRows<AuditedClosing>(
    client,
    `SELECT k.log_sequence, k.period, k.environment_id, k.customer_no, c.customer_id
       FROM closing k LEFT JOIN customer c ON c.number = k.customer_no
      WHERE k.lane = $1 ORDER BY k.log_sequence`,
    [lane],
  );

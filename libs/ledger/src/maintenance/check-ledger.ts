import type pg from 'pg';
import { readInSnapshot } from './snapshot.js';

/** A rule of the ledger that does not hold, and where. */
export interface LedgerFault {
  readonly rule: string;
  /** The smallest thing that can be named, e.g. "env_a customer_1 delta 5". */
  readonly unit: string;
  /** What breaks it: the values that should be one. */
  readonly detail: string;
}

interface Rule {
  readonly name: string;
  /** Selects `unit` and `detail`: a row for each break. */
  readonly sql: string;
}

/**
 * What must hold at every watermark, since a turn is one transaction. Each is held against the rows themselves: a sum
 * is added up again, an index counted again.
 */
const RULES: readonly Rule[] = [
  {
    name: 'a customer’s entries are 0 … count − 1 without a gap, and add up to its balance',
    sql: `SELECT format('%s %s', c.environment_id, c.customer_id) AS unit,
                 format('count %s, entries %s, last index %s, balance %s, sum %s, last running balance %s',
                        c.count, e.n, e.top, c.balance, e.total, l.balance) AS detail
            FROM customer c
            LEFT JOIN (SELECT customer_no, count(*) AS n, max(idx) AS top, sum(amount) AS total
                         FROM entry GROUP BY customer_no) e ON e.customer_no = c.number
            LEFT JOIN entry l ON l.customer_no = c.number AND l.idx = c.count - 1
           WHERE (e.n, e.top + 1, e.total, l.balance) IS DISTINCT FROM (c.count, c.count, c.balance, c.balance)`,
  },
  {
    name: 'each entry follows the one before it: the next index, not earlier in the log, its balance that one’s plus the amount',
    sql: `SELECT format('%s %s delta %s', c.environment_id, coalesce(c.customer_id, 'customer number ' || e.customer_no),
                        e.idx) AS unit,
                 format('follows index %s at log sequence %s with balance %s; is at log sequence %s with amount %s and balance %s',
                        e.before, e.log_before, e.balance_before, e.log_sequence, e.amount, e.balance) AS detail
            FROM (SELECT customer_no, idx, log_sequence, amount, balance,
                         lag(idx, 1, -1::int8) OVER w AS before, lag(log_sequence, 1, 0::int8) OVER w AS log_before,
                         lag(balance, 1, 0::numeric) OVER w AS balance_before
                    FROM entry WINDOW w AS (PARTITION BY customer_no ORDER BY idx, period)) e
            LEFT JOIN customer c ON c.number = e.customer_no
           WHERE c.number IS NULL OR e.idx <> e.before + 1 OR e.log_sequence < e.log_before
              OR e.balance <> e.balance_before + e.amount`,
  },
  {
    name: 'a customer knows its first and its last entry, and stands in the lane that its number is of',
    sql: `SELECT format('%s %s', c.environment_id, c.customer_id) AS unit,
                 format('first recorded at %s, entry %s; last recorded at %s, entry %s; last sequence %s, entry %s; last key %s, entry %s; lane %s, number %s',
                        c.first_recorded_at_ms, f.recorded_at_ms, c.last_recorded_at_ms, e.recorded_at_ms,
                        c.last_sequence, e.log_sequence, c.last_record_key, e.record_key, c.lane, c.number) AS detail
            FROM customer c
            LEFT JOIN entry f ON f.customer_no = c.number AND f.idx = 0
            LEFT JOIN entry e ON e.customer_no = c.number AND e.idx = c.count - 1
            LEFT JOIN lane l ON l.lane = c.lane
           WHERE (c.first_recorded_at_ms, c.last_recorded_at_ms, c.last_sequence, c.last_record_key, c.lane)
                 IS DISTINCT FROM
                 (f.recorded_at_ms, e.recorded_at_ms, e.log_sequence, e.record_key, c.number % l.lanes)`,
  },
  {
    name: 'a period’s count, net and ends are those of its entries, and its leaves are numbered 0 … count − 1',
    sql: `SELECT format('%s %s period %s', c.environment_id, c.customer_id, coalesce(p.period, e.period)) AS unit,
                 format('count %s, entries %s, last leaf %s, net %s, sum %s, indexes %s to %s, entries’ %s to %s, times %s to %s, entries’ %s to %s',
                        p.count, e.n, e.top, p.net, e.total, p.first_index, p.last_index, e.first, e.last,
                        p.first_at_ms, p.last_at_ms, e.first_at, e.last_at) AS detail
            FROM customer_period p
            FULL JOIN (SELECT customer_no, period, count(*) AS n, max(leaf) AS top, sum(amount) AS total,
                              min(idx) AS first, max(idx) AS last,
                              min(coalesce(occurred_at_ms, recorded_at_ms)) AS first_at,
                              max(coalesce(occurred_at_ms, recorded_at_ms)) AS last_at
                         FROM entry GROUP BY customer_no, period) e USING (customer_no, period)
            LEFT JOIN customer c ON c.number = coalesce(p.customer_no, e.customer_no)
           WHERE (p.count, p.count, p.net, p.first_index, p.last_index, p.first_at_ms, p.last_at_ms)
                 IS DISTINCT FROM (e.n, e.top + 1, e.total, e.first, e.last, e.first_at, e.last_at)`,
  },
  {
    name: 'every entry has its key in the register, and every key its entry',
    sql: `SELECT format('record rec_%s', replace(coalesce(r.record_key, e.record_key)::text, '-', '')) AS unit,
                 format('registered as customer number %s index %s period %s; recorded as customer number %s index %s period %s',
                        r.customer_no, r.idx, r.period, e.customer_no, e.idx, e.period) AS detail
            FROM record r FULL JOIN entry e ON r.record_key = e.record_key AND r.customer_no = e.customer_no
                 AND r.idx = e.idx AND r.period = e.period
           WHERE r.record_key IS NULL OR e.record_key IS NULL`,
  },
  {
    name: 'a lane’s totals are those of its rows, and nothing of it stands behind its watermark',
    sql: `SELECT format('lane %s', l.lane) AS unit,
                 format('entries %s, rows %s, customers %s, rows %s, rejections %s, rows %s, watermark %s, told %s, last row at %s, lanes %s of %s',
                        l.entries, coalesce(c.entries, 0), l.customers, coalesce(c.n, 0), l.rejections,
                        coalesce(r.n, 0), l.sequence, l.told_sequence, k.last, l.lanes, a.n) AS detail
            FROM (SELECT coalesce(l.lane, n.lane) AS lane, l.lanes, l.entries, l.customers, l.rejections, l.sequence,
                         l.told_sequence
                    FROM lane l FULL JOIN (SELECT lane FROM customer UNION SELECT lane FROM closing
                                          UNION SELECT lane FROM rejection) n ON n.lane = l.lane) l
           CROSS JOIN (SELECT max(lanes) AS n FROM lane) a
            LEFT JOIN (SELECT lane, count(*) AS n, sum(count) AS entries, max(last_sequence) AS last
                         FROM customer GROUP BY lane) c USING (lane)
            LEFT JOIN (SELECT lane, count(*) AS n, max(sequence) AS last FROM rejection GROUP BY lane) r USING (lane)
            LEFT JOIN (SELECT lane, max(log_sequence) AS last FROM closing GROUP BY lane) z USING (lane)
           CROSS JOIN LATERAL (SELECT greatest(c.last, r.last, z.last, 0) AS last) k
           WHERE (l.entries, l.customers, l.rejections, l.lanes)
                 IS DISTINCT FROM (coalesce(c.entries, 0), coalesce(c.n, 0), coalesce(r.n, 0), a.n)
              OR k.last > l.sequence OR l.told_sequence > l.sequence`,
  },
  {
    name: 'an entry counts in the month in which it happened, or, late, in the first that was not closed by then',
    sql: `SELECT format('%s %s delta %s', c.environment_id, c.customer_id, e.idx) AS unit,
                 format('happened in period %s, closed through %s, counts in %s, late %s',
                        e.happened, k.through, e.period, e.late) AS detail
            FROM (SELECT customer_no, idx, period, late, log_sequence,
                         (extract(year FROM at) * 12 + extract(month FROM at) - 1)::int4 AS happened
                    FROM entry, LATERAL (SELECT to_timestamp(coalesce(occurred_at_ms, recorded_at_ms) / 1000.0)
                                                AT TIME ZONE 'UTC' AS at) t) e
            JOIN customer c ON c.number = e.customer_no
           CROSS JOIN LATERAL (
                 SELECT greatest(
                          (SELECT max(period) FROM closing
                            WHERE lane = c.lane AND environment_id = c.environment_id AND customer_no IS NULL
                              AND log_sequence < e.log_sequence),
                          (SELECT max(period) FROM closing
                            WHERE customer_no = c.number AND log_sequence < e.log_sequence),
                          -1) AS through) k
           WHERE e.period <> greatest(e.happened, k.through + 1) OR e.late <> (e.period <> e.happened)`,
  },
  {
    name: 'a customer is closed through the latest of its own closings',
    sql: `SELECT format('%s %s', c.environment_id, c.customer_id) AS unit,
                 format('closed through %s, closings through %s', c.closed_through, k.through) AS detail
            FROM customer c
            FULL JOIN (SELECT customer_no, max(period) AS through, min(lane) AS first, max(lane) AS last FROM closing
                        WHERE customer_no IS NOT NULL GROUP BY customer_no) k ON k.customer_no = c.number
           WHERE c.closed_through IS DISTINCT FROM coalesce(k.through, -1) OR c.lane NOT IN (k.first, k.last)`,
  },
  {
    name: 'a month’s usage is the number of entries recorded in it',
    sql: `SELECT format('%s month %s lane %s', environment_id, month, lane) AS unit,
                 format('usage %s, entries %s', u.count, e.n) AS detail
            FROM usage u
            FULL JOIN (SELECT c.environment_id, c.lane, count(*) AS n,
                              (extract(year FROM at) * 12 + extract(month FROM at) - 1)::int4 AS month
                         FROM entry JOIN customer c ON c.number = customer_no,
                              LATERAL (SELECT to_timestamp(recorded_at_ms / 1000.0) AT TIME ZONE 'UTC' AS at) t
                        GROUP BY 1, 2, 4) e USING (environment_id, month, lane)
           WHERE u.count IS DISTINCT FROM e.n`,
  },
];

/** Faults reported for one rule at most: the first ones tell where to look. */
const FAULTS_PER_RULE = 20;

/**
 * Holds the ledger against its own rules, in one snapshot: what is projected meanwhile is not seen. Reads every entry.
 *
 * @param onRule called before each rule is checked, for progress.
 */
export async function checkLedger(pool: pg.Pool, onRule?: OnRule): Promise<LedgerFault[]> {
  return await readInSnapshot(pool, (client) => checkRules(client, onRule));
}

export type OnRule = (name: string, number: number, of: number) => void;

/** The same in a snapshot of the caller's, who has more to hold against it. */
export async function checkRules(client: pg.ClientBase, onRule?: OnRule): Promise<LedgerFault[]> {
  const faults: LedgerFault[] = [];
  for (const [i, { name, sql }] of RULES.entries()) {
    onRule?.(name, i + 1, RULES.length);
    const { rows } = await client.query<{ unit: string; detail: string }>(`${sql} LIMIT ${FAULTS_PER_RULE}`);
    faults.push(...rows.map(({ unit, detail }) => ({ rule: name, unit, detail })));
  }
  return faults;
}

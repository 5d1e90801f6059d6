import type pg from 'pg';

/** A rule of the ledger that does not hold, and for whom. */
export interface LedgerFault {
  readonly rule: string;
  /** What breaks it, e.g. a customer and the two values that should be one. */
  readonly detail: string;
}

interface Rule {
  readonly name: string;
  /** Selects one text column: a line for each break. */
  readonly sql: string;
}

/**
 * What must hold at every watermark, since a turn is one transaction. Each is held against the rows themselves: a sum
 * is added up again, an index counted again.
 */
const RULES: readonly Rule[] = [
  {
    name: 'a customer’s entries are 0 … count − 1 without a gap, and add up to its balance',
    sql: `SELECT format('%s %s: count %s, entries %s, last index %s, balance %s, sum %s, last running balance %s',
                        c.environment_id, c.customer_id, c.count, e.n, e.top, c.balance, e.total, l.balance)
            FROM customer c
            LEFT JOIN (SELECT customer_no, count(*) AS n, max(idx) AS top, sum(amount) AS total
                         FROM entry GROUP BY customer_no) e ON e.customer_no = c.number
            LEFT JOIN entry l ON l.customer_no = c.number AND l.idx = c.count - 1
           WHERE (e.n, e.top + 1, e.total, l.balance) IS DISTINCT FROM (c.count, c.count, c.balance, c.balance)`,
  },
  {
    name: 'each running balance is the one before it plus the amount',
    sql: `SELECT format('%s %s: index %s', c.environment_id, c.customer_id, e.idx)
            FROM (SELECT customer_no, idx, balance,
                         sum(amount) OVER (PARTITION BY customer_no ORDER BY idx) AS total FROM entry) e
            JOIN customer c ON c.number = e.customer_no
           WHERE e.balance <> e.total`,
  },
  {
    name: 'a period’s count and net are those of its entries, and its leaves are numbered 0 … count − 1',
    sql: `SELECT format('%s %s period %s: count %s, entries %s, last leaf %s, net %s, sum %s', c.environment_id,
                        c.customer_id, coalesce(p.period, e.period), p.count, e.n, e.top, p.net, e.total)
            FROM customer_period p
            FULL JOIN (SELECT customer_no, period, count(*) AS n, max(leaf) AS top, sum(amount) AS total
                         FROM entry GROUP BY customer_no, period) e USING (customer_no, period)
            LEFT JOIN customer c ON c.number = coalesce(p.customer_no, e.customer_no)
           WHERE (p.count, p.count, p.net) IS DISTINCT FROM (e.n, e.top + 1, e.total)`,
  },
  {
    name: 'every entry has its key in the register, and every key its entry',
    sql: `SELECT format('key %s', coalesce(r.record_key, e.record_key))
            FROM record r FULL JOIN entry e ON r.record_key = e.record_key AND r.customer_no = e.customer_no
                 AND r.idx = e.idx AND r.period = e.period
           WHERE r.record_key IS NULL OR e.record_key IS NULL`,
  },
  {
    name: 'a lane’s totals are those of its rows',
    sql: `SELECT format('lane %s: entries %s, rows %s, customers %s, rows %s, rejections %s, rows %s',
                        l.lane, l.entries, coalesce(c.entries, 0), l.customers, coalesce(c.n, 0), l.rejections,
                        coalesce(r.n, 0))
            FROM lane l
            LEFT JOIN (SELECT lane, count(*) AS n, sum(count) AS entries FROM customer GROUP BY lane) c USING (lane)
            LEFT JOIN (SELECT lane, count(*) AS n FROM rejection GROUP BY lane) r USING (lane)
           WHERE (l.entries, l.customers, l.rejections)
                 IS DISTINCT FROM (coalesce(c.entries, 0), coalesce(c.n, 0), coalesce(r.n, 0))`,
  },
  {
    name: 'an entry counts in the month in which it happened, or, late, in the first that was not closed by then',
    sql: `SELECT format('%s %s: index %s, happened in period %s, closed through %s, counts in %s, late %s',
                        c.environment_id, c.customer_id, e.idx, e.happened, k.through, e.period, e.late)
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
    sql: `SELECT format('%s %s: closed through %s, closings through %s', c.environment_id, c.customer_id,
                        c.closed_through, k.through)
            FROM customer c
            FULL JOIN (SELECT customer_no, max(period) AS through FROM closing
                        WHERE customer_no IS NOT NULL GROUP BY customer_no) k ON k.customer_no = c.number
           WHERE c.closed_through IS DISTINCT FROM coalesce(k.through, -1)`,
  },
];

/** Faults reported for one rule at most: the first ones tell where to look. */
const FAULTS_PER_RULE = 20;

/**
 * Holds the ledger against its own rules, in one snapshot: what is projected meanwhile is not seen. Reads every entry.
 *
 * @param onRule called before each rule is checked, for progress.
 */
export async function checkLedger(
  pool: pg.Pool,
  onRule: (name: string, number: number, of: number) => void = () => undefined,
): Promise<LedgerFault[]> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const faults: LedgerFault[] = [];
    for (const [i, rule] of RULES.entries()) {
      onRule(rule.name, i + 1, RULES.length);
      const { rows } = await client.query<{ format: string }>(`${rule.sql} LIMIT ${FAULTS_PER_RULE}`);
      faults.push(...rows.map((row) => ({ rule: rule.name, detail: row.format })));
    }
    await client.query('COMMIT');
    client.release();
    return faults;
  } catch (error) {
    // Not given back: its transaction is in an unknown state.
    client.release(true);
    throw error;
  }
}

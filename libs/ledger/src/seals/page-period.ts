import type { Period } from '@pacspace/domain';
import type pg from 'pg';

/** What a period's seal of a customer states, as of now. */
export interface PeriodState {
  readonly customerNo: number;
  readonly customerId: string;
  readonly count: number;
  readonly firstIndex: number;
  readonly lastIndex: number;
  /** Sum of all that count in earlier periods, canonical text as docs/spec/proofs.md has it. */
  readonly opening: string;
  /** That, and what counts in this one. */
  readonly closing: string;
  /** The compact range of the period's tree, 32 bytes a hash. */
  readonly frontier: Uint8Array;
}

/**
 * An environment's customers with anything in the period, a page in the order of their ids (the data base's order).
 * The balance at the period's end is today's less what later periods hold, since those are few and the earlier ones
 * may be many. Amounts are written by Postgres itself: its shortest form is the canonical one, and nobody here adds
 * any. One statement a page, hence one snapshot for each customer.
 *
 * @param after the last customer id of the page before; '' for the first.
 */
export async function pagePeriod(
  pool: pg.Pool,
  of: { readonly environmentId: string; readonly period: Period },
  page: { readonly after: string; readonly limit: number },
): Promise<PeriodState[]> {
  const { rows } = await pool.query<PeriodRow>({
    name: 'page-period',
    text: `SELECT number, customer_id, count, first_index, last_index, frontier,
                  trim_scale(closing - net) AS opening, trim_scale(closing) AS closing
             FROM (SELECT c.number, c.customer_id, p.count, p.first_index, p.last_index, p.net, p.frontier,
                          c.balance - coalesce((SELECT sum(q.net) FROM customer_period q
                                                 WHERE q.customer_no = c.number AND q.period > $2), 0) AS closing
                     FROM customer c
                     JOIN customer_period p ON p.customer_no = c.number AND p.period = $2
                    WHERE c.environment_id = $1 AND c.customer_id > $3
                    ORDER BY c.customer_id LIMIT $4) t
            ORDER BY customer_id`,
    values: [of.environmentId, of.period, page.after, page.limit],
  });
  return rows.map((row) => ({
    customerNo: row.number,
    customerId: row.customer_id,
    count: Number(row.count),
    firstIndex: Number(row.first_index),
    lastIndex: Number(row.last_index),
    opening: row.opening,
    closing: row.closing,
    frontier: row.frontier,
  }));
}

interface PeriodRow {
  number: number;
  customer_id: string;
  count: string;
  first_index: string;
  last_index: string;
  frontier: Buffer;
  opening: string;
  closing: string;
}

/** Customers with anything in a window of event time, by what is known of their periods; their entries decide. */
export async function pageWindow(
  pool: pg.Pool,
  of: { readonly environmentId: string; readonly fromMs: number; readonly toMs: number },
  page: { readonly after: string; readonly limit: number },
): Promise<string[]> {
  const { rows } = await pool.query<{ customer_id: string }>(
    `SELECT c.customer_id FROM customer c
      WHERE c.environment_id = $1 AND c.customer_id > $4
        AND EXISTS (SELECT FROM customer_period p
                     WHERE p.customer_no = c.number AND p.last_at_ms >= $2 AND p.first_at_ms < $3)
      ORDER BY c.customer_id LIMIT $5`,
    [of.environmentId, of.fromMs, of.toMs, page.after, page.limit],
  );
  return rows.map((row) => row.customer_id);
}

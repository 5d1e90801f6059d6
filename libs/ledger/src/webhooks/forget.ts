import type pg from 'pg';

/**
 * Forgets what was finished before a time, a piece at a time: deliveries, then events that no delivery refers to, then
 * deleted endpoints of which nothing is left.
 *
 * @returns how many rows went; less than `limit` of each kind: that was all.
 */
export async function forgetDelivered(pool: pg.Pool, beforeMs: number, limit: number): Promise<number> {
  const { rowCount: deliveries } = await pool.query(
    `DELETE FROM webhook.delivery d USING (
       SELECT o.event_key, o.endpoint_no FROM webhook.endpoint p CROSS JOIN LATERAL (
         SELECT event_key, endpoint_no FROM webhook.delivery
          WHERE endpoint_no = p.number AND created_at_ms < $1 AND state >= 2 ORDER BY created_at_ms, ordinal LIMIT $2) o
        LIMIT $2) old
      WHERE d.event_key = old.event_key AND d.endpoint_no = old.endpoint_no AND d.state >= 2`,
    [beforeMs, limit],
  );
  const { rowCount: events } = await pool.query(
    `DELETE FROM webhook.event WHERE event_key IN (
       SELECT e.event_key FROM webhook.event e
        WHERE e.created_at_ms < $1
          AND NOT EXISTS (SELECT FROM webhook.delivery d WHERE d.event_key = e.event_key) LIMIT $2)`,
    [beforeMs, limit],
  );
  await pool.query(
    `DELETE FROM webhook.endpoint p WHERE deleted_at_ms < $1
        AND NOT EXISTS (SELECT FROM webhook.delivery d WHERE d.endpoint_no = p.number)`,
    [beforeMs],
  );
  return (deliveries ?? 0) + (events ?? 0);
}

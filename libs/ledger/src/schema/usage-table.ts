/**
 * Recorded deltas by the month in which they were recorded, whatever month they happened in: what a plan allows is
 * counted by it. One row a lane, since each lane has a writer of its own.
 */
export const USAGE_TABLE = `
CREATE TABLE usage (
  count           int8 NOT NULL,
  lane            int4 NOT NULL,
  month           int4 NOT NULL,
  environment_id  text NOT NULL,
  PRIMARY KEY (environment_id, month, lane)
) WITH (fillfactor = 50);
`;

/** Counts what was recorded before the table was there. A month is its number since year 0, as a period is. */
export const FILL_USAGE = `
INSERT INTO usage (environment_id, month, lane, count)
SELECT c.environment_id,
       (extract(year FROM at) * 12 + extract(month FROM at) - 1)::int4, c.lane, count(*)
  FROM entry e
  JOIN customer c ON c.number = e.customer_no
 CROSS JOIN LATERAL (SELECT to_timestamp(e.recorded_at_ms / 1000.0) AT TIME ZONE 'UTC' AS at) t
 GROUP BY 1, 2, 3;
`;

import { type Logger, sleep } from '@pacspace/service';
import type { DataSource } from 'typeorm';

const EVERY_MS = 10 * 60_000;
const ROWS = 5_000;

/** What nobody needs any more, a bounded number of rows at a time; the audit trail is never among it. */
const EXPIRED = [
  { table: 'session', where: 'expires_at < now()' },
  { table: 'one_time_token', where: 'expires_at < now()' },
  { table: 'throttle', where: "touched_at < now() - interval '2 days'" },
  { table: 'mail', where: "done_at < now() - interval '30 days'" },
  { table: 'api_key', where: "replaced_by IS NOT NULL AND expires_at < now() - interval '1 day'" },
] as const;

/** Runs until the signal. */
export async function clearExpired(store: DataSource, logger: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const { table, where } of EXPIRED) {
      try {
        await store.query(
          `DELETE FROM console.${table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM console.${table} WHERE ${where} LIMIT ${ROWS}))`,
        );
      } catch (error) {
        logger.warn({ err: error, table }, 'what has expired could not be cleared');
      }
    }
    await sleep(EVERY_MS, signal).catch(() => undefined);
  }
}

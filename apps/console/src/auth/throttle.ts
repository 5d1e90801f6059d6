import { createHash } from 'node:crypto';
import { ApiError } from '@pacspace/wire';
import type { EntityManager } from 'typeorm';

/** How attempts of one kind are slowed down: some are free, then each one doubles the wait for the next. */
export interface ThrottlePolicy {
  readonly name: string;
  readonly freeAttempts: number;
  readonly maxWaitSeconds: number;
  /** After this long without an attempt, all is forgotten. */
  readonly forgetSeconds: number;
}

export const POLICIES = {
  loginByAccount: { name: 'login account', freeAttempts: 5, maxWaitSeconds: 900, forgetSeconds: 86_400 },
  /**
   * From an address that the account was used from before. Counted by itself, so that a stranger who guesses does not
   * lock the owner out.
   */
  loginByOwner: { name: 'login owner', freeAttempts: 5, maxWaitSeconds: 900, forgetSeconds: 86_400 },
  loginByAddress: { name: 'login address', freeAttempts: 30, maxWaitSeconds: 300, forgetSeconds: 86_400 },
  requestByAddress: { name: 'request address', freeAttempts: 20, maxWaitSeconds: 300, forgetSeconds: 3_600 },
  registerByAddress: {
    name: 'register address',
    freeAttempts: 20,
    maxWaitSeconds: 300,
    forgetSeconds: 3_600,
  },
  resetByAddress: { name: 'reset address', freeAttempts: 10, maxWaitSeconds: 300, forgetSeconds: 3_600 },
  /** Mails to one mailbox. */
  mailToMailbox: { name: 'mail', freeAttempts: 3, maxWaitSeconds: 3_600, forgetSeconds: 86_400 },
} as const satisfies Record<string, ThrottlePolicy>;

/** Everything else about a subject: an e-mail address or a network address is stored as a hash only. */
export function throttleKey(policy: ThrottlePolicy, subject: string): Buffer {
  return createHash('sha256').update(`${policy.name}\n${subject}`).digest();
}

/**
 * Counts an attempt before it is made, in one statement: of any number at the same moment, no more get through than
 * may, in whichever process. What succeeds is forgiven afterwards.
 *
 * @returns 0 when it may be made, else the seconds until the next one may.
 */
export async function countAttempt(
  manager: EntityManager,
  policy: ThrottlePolicy,
  subject: string,
): Promise<number> {
  // The look before the upsert spares whoever is to wait the row's lock and a write: guessing at full speed costs a read.
  const rows: { wait: number }[] = await manager.query(
    `WITH blocked AS (
       SELECT greatest(1, ceil(extract(epoch FROM free_at - now())))::int4 AS wait
         FROM console.throttle WHERE key = $1 AND free_at > now()
     ), counted AS (
       INSERT INTO console.throttle AS t (key, failures, free_at, touched_at)
       SELECT $1, 1, now(), now() WHERE NOT EXISTS (SELECT 1 FROM blocked)
       ON CONFLICT (key) DO UPDATE SET
         failures = CASE WHEN t.touched_at < now() - make_interval(secs => $4) THEN 1 ELSE t.failures + 1 END,
         free_at = CASE WHEN t.touched_at < now() - make_interval(secs => $4) OR t.failures + 1 < $2 THEN now()
                        ELSE now() + make_interval(secs => least($3, power(2, least(t.failures + 1 - $2, 20)))) END,
         touched_at = now()
       WHERE t.free_at <= now()
       RETURNING 1
     )
     SELECT CASE WHEN EXISTS (SELECT 1 FROM counted) THEN 0 ELSE coalesce((SELECT wait FROM blocked), 1) END AS wait`,
    [throttleKey(policy, subject), policy.freeAttempts, policy.maxWaitSeconds, policy.forgetSeconds],
  );
  return rows[0]?.wait ?? 1;
}

/** @throws ApiError RATE_LIMITED */
export async function admitAttempt(
  manager: EntityManager,
  policy: ThrottlePolicy,
  subject: string,
): Promise<void> {
  const retryAfterSeconds = await countAttempt(manager, policy, subject);
  if (retryAfterSeconds > 0) {
    throw new ApiError('RATE_LIMITED', 'too many attempts: wait before the next one', { retryAfterSeconds });
  }
}

/** The attempt was right: as if it had not been made, or, with `all`, none before it either. */
export async function forgiveAttempt(
  manager: EntityManager,
  {
    policy,
    subject,
    all,
  }: { readonly policy: ThrottlePolicy; readonly subject: string; readonly all: boolean },
): Promise<void> {
  const key = throttleKey(policy, subject);
  if (all) await manager.query('DELETE FROM console.throttle WHERE key = $1', [key]);
  else {
    await manager.query(
      'UPDATE console.throttle SET failures = greatest(failures - 1, 0), free_at = now() WHERE key = $1',
      [key],
    );
  }
}

import type { EntityManager } from 'typeorm';
import { newId, randomSecret } from '../new-id.js';
import type { Role } from '../store/entities.js';
import { hashToken } from './tokens.js';

/** Who acts: an account of a tenant, through one of its sessions. */
export interface Member {
  readonly accountId: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly tenantId: string;
  readonly organization: string;
  readonly plan: string;
  readonly sessionId: string;
}

export type SessionKind = 'cookie' | 'bearer';

/** Sessions that one account can have; a further one ends the one that was used longest ago. */
const SESSIONS_PER_ACCOUNT = 50;

/** A session that nobody used for this long is over, however long it was to last. */
const IDLE_HOURS = 72;

export interface NewSession {
  readonly accountId: string;
  readonly kind: SessionKind;
  readonly address: string;
  readonly userAgent: string;
  readonly hours: number;
}

/** @returns the token, which is nowhere else. */
export async function beginSession(
  manager: EntityManager,
  session: NewSession,
): Promise<{ readonly id: string; readonly token: string; readonly expiresAt: Date }> {
  const { accountId, kind, address, userAgent, hours } = session;
  const id = newId('ses');
  const token = randomSecret();
  const rows: { expires_at: Date }[] = await manager.query(
    `INSERT INTO console.session (id, token_hash, account_id, kind, address, user_agent, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, now() + make_interval(hours => $7)) RETURNING expires_at`,
    [id, hashToken(token), accountId, kind, address, userAgent.slice(0, 300), hours],
  );
  await manager.query(
    `DELETE FROM console.session WHERE id IN
       (SELECT id FROM console.session WHERE account_id = $1 ORDER BY last_seen_at DESC OFFSET $2)`,
    [accountId, SESSIONS_PER_ACCOUNT],
  );
  return { id, token, expiresAt: rows[0]?.expires_at ?? new Date() };
}

/** A cookie's token is no bearer token, and the other way round: what one of them is refused, the other cannot fetch. */
export async function findMember(
  manager: EntityManager,
  token: string,
  kind: SessionKind,
): Promise<Member | undefined> {
  const rows: MemberRecord[] = await manager.query(
    `SELECT s.id AS session_id, a.id AS account_id, a.email, a.name, a.role, t.id AS tenant_id, t.name AS organization,
            t.plan, s.last_seen_at < now() - interval '1 minute' AS stale
       FROM console.session s
       JOIN console.account a ON a.id = s.account_id
       JOIN console.tenant t ON t.id = a.tenant_id
      WHERE s.token_hash = $1 AND s.kind = $2 AND s.expires_at > now()
        AND s.last_seen_at > now() - make_interval(hours => $3)`,
    [hashToken(token), kind, IDLE_HOURS],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  if (row.stale)
    await manager.query('UPDATE console.session SET last_seen_at = now() WHERE id = $1', [row.session_id]);
  return {
    accountId: row.account_id,
    email: row.email,
    name: row.name,
    role: row.role,
    tenantId: row.tenant_id,
    organization: row.organization,
    plan: row.plan,
    sessionId: row.session_id,
  };
}

interface MemberRecord {
  session_id: string;
  account_id: string;
  email: string;
  name: string;
  role: Role;
  tenant_id: string;
  organization: string;
  plan: string;
  stale: boolean;
}

export async function endSessionOf(manager: EntityManager, token: string): Promise<void> {
  await manager.query('DELETE FROM console.session WHERE token_hash = $1', [hashToken(token)]);
}

/** @returns how many there were. */
export async function endSessions(
  manager: EntityManager,
  accountId: string,
  except?: string,
): Promise<number> {
  const [, count]: [unknown[], number] = await manager.query(
    'DELETE FROM console.session WHERE account_id = $1 AND id IS DISTINCT FROM $2',
    [accountId, except ?? null],
  );
  return count;
}

/** Whether the account was used from this address lately; asked alike for accounts that there are and that there are not. */
export async function isKnownAddress(
  manager: EntityManager,
  email: string,
  address: string,
): Promise<boolean> {
  const rows: unknown[] = await manager.query(
    `SELECT 1 FROM console.session s JOIN console.account a ON a.id = s.account_id
      WHERE a.email = $1 AND s.address = $2 LIMIT 1`,
    [email, address],
  );
  return rows.length > 0;
}

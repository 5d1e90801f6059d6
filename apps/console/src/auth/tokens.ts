import { createHash } from 'node:crypto';
import { ApiError } from '@pacspace/wire';
import type { EntityManager } from 'typeorm';
import { randomSecret } from '../new-id.js';

export type TokenPurpose = 'approval' | 'invitation' | 'verify-email' | 'password-reset';

export const TOKEN_HOURS: Readonly<Record<TokenPurpose, number>> = {
  approval: 14 * 24,
  invitation: 14 * 24,
  'verify-email': 48,
  'password-reset': 1,
};

/** Most tokens of one purpose that one subject can have at a time; a newer one ends the oldest. */
const LIVE_TOKENS = 3;

/** SHA-256: the text is 256 random bits, so that nothing slower would make it any harder to guess. */
export function hashToken(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Makes a token; what is returned is nowhere else. */
export async function issueToken(
  manager: EntityManager,
  purpose: TokenPurpose,
  subjectId: string,
): Promise<{ readonly token: string; readonly expiresAt: Date }> {
  const token = randomSecret();
  await manager.query(
    `DELETE FROM console.one_time_token WHERE hash IN
       (SELECT hash FROM console.one_time_token WHERE subject_id = $1 AND purpose = $2
         ORDER BY created_at DESC OFFSET $3)`,
    [subjectId, purpose, LIVE_TOKENS - 1],
  );
  const rows: { expires_at: Date }[] = await manager.query(
    `INSERT INTO console.one_time_token (hash, purpose, subject_id, expires_at)
     VALUES ($1, $2, $3, now() + make_interval(hours => $4)) RETURNING expires_at`,
    [hashToken(token), purpose, subjectId, TOKEN_HOURS[purpose]],
  );
  return { token, expiresAt: rows[0]?.expires_at ?? new Date() };
}

/** Whose token it is, without using it up: for refusing before costly work. */
export async function peekToken(
  manager: EntityManager,
  purpose: TokenPurpose,
  token: string,
): Promise<string | undefined> {
  const rows: { subject_id: string }[] = await manager.query(
    `SELECT subject_id FROM console.one_time_token WHERE hash = $1 AND purpose = $2 AND expires_at > now()`,
    [hashToken(token), purpose],
  );
  return rows[0]?.subject_id;
}

/** Uses the token up: of any number who try, one gets its subject, the others undefined. */
export async function consumeToken(
  manager: EntityManager,
  purpose: TokenPurpose,
  token: string,
): Promise<string | undefined> {
  const [rows]: [{ subject_id: string }[], number] = await manager.query(
    `DELETE FROM console.one_time_token WHERE hash = $1 AND purpose = $2 AND expires_at > now()
     RETURNING subject_id`,
    [hashToken(token), purpose],
  );
  return rows[0]?.subject_id;
}

/** What a new password or a change of circumstances makes void. */
export async function dropTokens(
  manager: EntityManager,
  purpose: TokenPurpose,
  subjectId: string,
): Promise<void> {
  await manager.query('DELETE FROM console.one_time_token WHERE subject_id = $1 AND purpose = $2', [
    subjectId,
    purpose,
  ]);
}

export function invalidToken(): ApiError {
  return new ApiError(
    'TOKEN_INVALID',
    'the token is unknown, was used before, or has expired: ask for a new one',
  );
}

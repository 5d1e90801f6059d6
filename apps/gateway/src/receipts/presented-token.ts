import { timingSafeEqual } from 'node:crypto';
import { type AccessToken, findAccessToken, hashSecret, parseAccessToken } from '@pacspace/ledger';
import type { Seal } from '@pacspace/proof';
import type pg from 'pg';

/**
 * The access token that a request presents, in `Authorization: Bearer`: a query string would end up in logs, histories
 * and referrers. Undefined for none and for any that shows nothing (unknown, wrong, expired, revoked): all of these are
 * answered alike, so that nobody learns which tokens there are.
 */
export async function findPresentedToken(
  { pool, pepper, nowMs }: { readonly pool: pg.Pool; readonly pepper: string; readonly nowMs: number },
  authorization: string | undefined,
): Promise<AccessToken | undefined> {
  const text = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  const presented = text === undefined ? undefined : parseAccessToken(text);
  if (presented === undefined) return undefined;
  const token = await findAccessToken(pool, presented.tokenId);
  const isRight =
    token !== undefined && timingSafeEqual(token.secretHash, hashSecret(pepper, presented.secret));
  if (!isRight || token.revokedAtMs !== undefined || token.expiresAtMs <= nowMs) return undefined;
  return token;
}

/** Whether the token shows the records under a seal of its environment's log. */
export function showsSeal({ customerId, grant }: AccessToken, seal: Seal): boolean {
  if (customerId !== seal.customerId) return false;
  return 'scope' in grant
    ? grant.scope === seal.period
    : Buffer.from(grant.root).toString('hex') === seal.root;
}

import { formatTime } from '@pacspace/domain';
import {
  type AccessToken,
  type AccessTokenQuery,
  findSealLog,
  hashSecret,
  insertAccessToken,
  listAccessTokens,
  newAccessToken,
  revokeAccessToken,
  type TokenGrant,
} from '@pacspace/ledger';
import { parseSeal } from '@pacspace/proof';
import { ApiError } from '@pacspace/wire';
import type pg from 'pg';
import type { Principal } from '../auth/principal.js';
import { findCustomer } from '../reads/find-customer.js';
import { invalid } from '../reads/query.js';
import type { Reads } from '../reads/reads.js';
import { findRoot } from '../receipts/verify-root.js';
import type { TokenBody } from './parse-token-body.js';

export interface AccessTokenTools {
  readonly reads: Reads;
  /** For what changes; the reads' own pool cannot. */
  readonly pool: pg.Pool;
  readonly pepper: string;
}

/** Tokens by which a vendor shows others the records of one customer, given out and taken back. */
export class AccessTokens {
  constructor(private readonly tools: AccessTokenTools) {}

  /** @throws ApiError VALIDATION_FAILED | NOT_FOUND | CUSTOMER_NOT_FOUND */
  async issue({ environmentId, keyId }: Principal, { shown, name, expiresAtMs }: TokenBody) {
    const { reads, pool, pepper } = this.tools;
    const granted =
      'root' in shown
        ? await this.grantRoot(environmentId, shown.root)
        : { ...shown, grant: { scope: shown.period } };
    const { customerId } = granted;
    if (!('root' in shown)) await findCustomer(reads, environmentId, customerId);
    const { tokenId, secret } = newAccessToken();
    const token = await insertAccessToken(pool, {
      ...{ tokenId, environmentId, customerId, name, expiresAtMs, keyId },
      grant: granted.grant,
      secretHash: hashSecret(pepper, secret),
    });
    return { ...formatAccessToken(token, reads.now()), accessToken: `${tokenId}.${secret}` };
  }

  async list(query: AccessTokenQuery) {
    const { reads } = this.tools;
    const { tokens, total } = await listAccessTokens(reads.pool, query);
    const nowMs = reads.now();
    return {
      accessTokens: tokens.map((token) => formatAccessToken(token, nowMs)),
      pagination: { total, limit: query.limit, offset: query.offset },
    };
  }

  /** From the next request on it shows nothing. @throws ApiError NOT_FOUND */
  async revoke(environmentId: string, tokenId: string) {
    const revoked = await revokeAccessToken(this.tools.pool, { environmentId, tokenId });
    if (revoked !== undefined) return formatAccessToken(revoked, this.tools.reads.now());
    throw new ApiError('NOT_FOUND', `there is no access token ${tokenId.slice(0, 64)}`);
  }

  private async grantRoot(
    environmentId: string,
    root: Uint8Array,
  ): Promise<{ readonly customerId: string; readonly grant: TokenGrant }> {
    const { pool } = this.tools.reads;
    const found = await findRoot(pool, root);
    const logNo = found && ('seal' in found ? found.seal.logNo : found.run.logNo);
    const log = logNo === undefined ? undefined : await findSealLog(pool, { number: logNo });
    if (found === undefined || log?.environmentId !== environmentId) {
      throw new ApiError('NOT_FOUND', 'nothing that is sealed here has this root: make a checkpoint first');
    }
    const problem = (message: string) => invalid([{ path: 'proofRoot', message }]);
    if ('run' in found) {
      throw problem('must be one customer’s: give out a token for the root of each of them');
    }
    const { customerId, subset } = parseSeal(JSON.parse(found.seal.body));
    if (subset !== undefined) {
      throw problem('must not be that of a chosen subset: which deltas it has is known to who chose them');
    }
    return { customerId, grant: { root } };
  }
}

function formatAccessToken(token: AccessToken, nowMs: number) {
  const { tokenId, name, customerId, grant, createdAtMs, expiresAtMs, revokedAtMs } = token;
  return {
    tokenId,
    ...(name !== undefined && { name }),
    customerId,
    ...('root' in grant ? { proofRoot: Buffer.from(grant.root).toString('hex') } : { period: grant.scope }),
    active: revokedAtMs === undefined && expiresAtMs > nowMs,
    createdAt: formatTime(createdAtMs),
    expiresAt: formatTime(expiresAtMs),
    ...(revokedAtMs !== undefined && { revokedAt: formatTime(revokedAtMs) }),
  };
}

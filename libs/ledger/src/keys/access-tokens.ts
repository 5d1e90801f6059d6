import type pg from 'pg';

/** What a token shows: what is sealed under one root, or a customer's period by whatever seal there is of it. */
export type TokenGrant = { readonly root: Uint8Array } | { readonly scope: string };

/** A token that a vendor gave out. Its secret is not among what is known of it. */
export interface AccessToken {
  readonly tokenId: string;
  readonly environmentId: string;
  readonly customerId: string;
  readonly grant: TokenGrant;
  readonly name: string | undefined;
  /** HMAC-SHA-256 of the secret, 32 bytes. */
  readonly secretHash: Buffer;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly revokedAtMs: number | undefined;
}

export type NewAccessToken = Omit<AccessToken, 'createdAtMs' | 'revokedAtMs'> & { readonly keyId: string };

export async function insertAccessToken(pool: pg.Pool, token: NewAccessToken): Promise<AccessToken> {
  const { grant } = token;
  const { rows } = await pool.query<TokenRow>(
    `INSERT INTO access_token (id, environment_id, customer_id, root, scope, name, secret_hash, key_id, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, to_timestamp($9::float8 / 1000)) RETURNING ${COLUMNS}`,
    [
      ...[token.tokenId, token.environmentId, token.customerId],
      'root' in grant ? grant.root : null,
      'scope' in grant ? grant.scope : null,
      ...[token.name ?? null, token.secretHash, token.keyId, token.expiresAtMs],
    ],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('an access token was inserted and is not there');
  return toToken(row);
}

/** By its id, whosever it is and whatever became of it. */
export async function findAccessToken(pool: pg.Pool, tokenId: string): Promise<AccessToken | undefined> {
  const { rows } = await pool.query<TokenRow>({
    name: 'find-access-token',
    text: `SELECT ${COLUMNS} FROM access_token WHERE id = $1`,
    values: [tokenId],
  });
  return rows[0] && toToken(rows[0]);
}

export interface AccessTokenQuery {
  readonly environmentId: string;
  readonly customerId?: string | undefined;
  readonly limit: number;
  readonly offset: number;
}

/** An environment's tokens, the latest first, those that show nothing any more included; and how many there are. */
export async function listAccessTokens(
  pool: pg.Pool,
  { environmentId, customerId, limit, offset }: AccessTokenQuery,
): Promise<{ readonly tokens: readonly AccessToken[]; readonly total: number }> {
  const where = 'environment_id = $1 AND ($2::text IS NULL OR customer_id = $2)';
  const of = [environmentId, customerId ?? null];
  const { rows } = await pool.query<TokenRow>(
    `SELECT ${COLUMNS} FROM access_token WHERE ${where} ORDER BY created_at DESC, id LIMIT $3 OFFSET $4`,
    [...of, limit, offset],
  );
  const counted = await pool.query<{ total: number }>(
    `SELECT count(*)::int4 AS total FROM access_token WHERE ${where}`,
    of,
  );
  return { tokens: rows.map(toToken), total: counted.rows[0]?.total ?? 0 };
}

/** From now on it shows nothing. Revoked again it keeps its first time; undefined: the environment has none of this id. */
export async function revokeAccessToken(
  pool: pg.Pool,
  { environmentId, tokenId }: { readonly environmentId: string; readonly tokenId: string },
): Promise<AccessToken | undefined> {
  const { rows } = await pool.query<TokenRow>(
    `UPDATE access_token SET revoked_at = coalesce(revoked_at, now())
      WHERE id = $1 AND environment_id = $2 RETURNING ${COLUMNS}`,
    [tokenId, environmentId],
  );
  return rows[0] && toToken(rows[0]);
}

const COLUMNS = `id, environment_id, customer_id, root, scope, name, secret_hash,
  (extract(epoch FROM created_at) * 1000)::float8 AS created_at_ms,
  (extract(epoch FROM expires_at) * 1000)::float8 AS expires_at_ms,
  (extract(epoch FROM revoked_at) * 1000)::float8 AS revoked_at_ms`;

interface TokenRow {
  id: string;
  environment_id: string;
  customer_id: string;
  root: Buffer | null;
  scope: string | null;
  name: string | null;
  secret_hash: Buffer;
  created_at_ms: number;
  expires_at_ms: number;
  revoked_at_ms: number | null;
}

function toToken(row: TokenRow): AccessToken {
  return {
    tokenId: row.id,
    environmentId: row.environment_id,
    customerId: row.customer_id,
    grant: row.root === null ? { scope: row.scope ?? '' } : { root: row.root },
    name: row.name ?? undefined,
    secretHash: row.secret_hash,
    createdAtMs: Math.floor(row.created_at_ms),
    expiresAtMs: Math.round(row.expires_at_ms),
    revokedAtMs: row.revoked_at_ms === null ? undefined : Math.floor(row.revoked_at_ms),
  };
}

import type pg from 'pg';

export type EnvironmentKind = 'test' | 'live';
export type EnvironmentState = 'deploying' | 'active' | 'suspended';

/** An API key, and the environment and tenant that it stands for. */
export interface ApiKeyRow {
  readonly keyId: string;
  readonly publicId: string;
  /** HMAC-SHA-256 of the secret under the deployment's pepper, 32 bytes. */
  readonly secretHash: Buffer;
  readonly scopes: readonly string[];
  readonly active: boolean;
  readonly expiresAtMs: number | undefined;
  readonly environmentId: string;
  readonly kind: EnvironmentKind;
  readonly environmentState: EnvironmentState;
  /** Salts the hashes of metadata: secret, 32 bytes. */
  readonly saltKey: Buffer;
  readonly tenantId: string;
  readonly plan: string;
}

/** Those of the keys that exist, active or not, by their public ids: one round trip for all of them. */
export async function findApiKeys(pool: pg.Pool, publicIds: readonly string[]): Promise<ApiKeyRow[]> {
  const { rows } = await pool.query<ApiKeyRecord>({
    name: 'find-api-keys',
    text: `SELECT k.id, k.public_id, k.secret_hash, k.scopes, k.active, k.environment_id, e.kind, e.state, e.salt_key,
                  e.tenant_id, t.plan, (extract(epoch FROM k.expires_at) * 1000)::float8 AS expires_at_ms
             FROM api_key k
             JOIN environment e ON e.id = k.environment_id
             JOIN tenant t ON t.id = e.tenant_id
            WHERE k.public_id = ANY($1::text[])`,
    values: [publicIds],
  });
  return rows.map((row) => ({
    keyId: row.id,
    publicId: row.public_id,
    secretHash: row.secret_hash,
    scopes: row.scopes,
    active: row.active,
    expiresAtMs: row.expires_at_ms ?? undefined,
    environmentId: row.environment_id,
    kind: row.kind,
    environmentState: row.state,
    saltKey: row.salt_key,
    tenantId: row.tenant_id,
    plan: row.plan,
  }));
}

interface ApiKeyRecord {
  id: string;
  public_id: string;
  secret_hash: Buffer;
  scopes: string[];
  active: boolean;
  expires_at_ms: number | null;
  environment_id: string;
  kind: EnvironmentKind;
  state: EnvironmentState;
  salt_key: Buffer;
  tenant_id: string;
  plan: string;
}

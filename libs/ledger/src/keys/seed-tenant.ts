import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { withTransaction } from '../with-transaction.js';
import type { EnvironmentKind } from './find-api-keys.js';

export interface TenantSeed {
  readonly tenantId: string;
  readonly name: string;
  readonly plan: string;
  readonly environments: Readonly<Record<EnvironmentKind, string>>;
  readonly key: KeySeed;
}

export interface KeySeed {
  readonly id: string;
  readonly name: string;
  readonly kind: EnvironmentKind;
  readonly publicId: string;
  /** HMAC-SHA-256 of the secret under the deployment's pepper, 32 bytes. */
  readonly secretHash: Buffer;
  readonly scopes: readonly string[];
}

/**
 * Makes a tenant with its two environments and one key, or brings an existing one to this state. What must not
 * change once there are deltas stays: an environment keeps the salt key it was made with.
 */
export async function seedTenant(pool: pg.Pool, seed: TenantSeed): Promise<void> {
  await withTransaction(pool, async (client) => {
    await client.query(
      `INSERT INTO tenant (id, name, plan) VALUES ($1, $2, $3)
       ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, plan = EXCLUDED.plan`,
      [seed.tenantId, seed.name, seed.plan],
    );
    for (const kind of ['test', 'live'] as const) {
      await client.query(
        `INSERT INTO environment (id, tenant_id, kind, state, salt_key) VALUES ($1, $2, $3, 'active', $4)
         ON CONFLICT (id) DO UPDATE SET state = EXCLUDED.state`,
        [seed.environments[kind], seed.tenantId, kind, randomBytes(32)],
      );
    }
    const { key } = seed;
    await client.query(
      `INSERT INTO api_key (id, environment_id, name, public_id, secret_hash, scopes) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (id) DO UPDATE SET environment_id = EXCLUDED.environment_id, public_id = EXCLUDED.public_id,
         secret_hash = EXCLUDED.secret_hash, scopes = EXCLUDED.scopes, active = true`,
      [key.id, seed.environments[key.kind], key.name, key.publicId, key.secretHash, key.scopes],
    );
  });
}

import { createHmac, randomBytes } from 'node:crypto';
import { seedTenant } from '@pacspace/ledger';
import type pg from 'pg';
import { Api } from '../system/api.js';

/** A key of a tenant of its own: environments `env_NAME_test` and `env_NAME_live`. */
export interface TenantKey {
  readonly text: string;
  readonly id: string;
  readonly publicId: string;
  readonly environmentId: string;
  readonly tenantId: string;
  at(gateway: { readonly baseUrl: string }): Api;
}

export interface TenantKeyParts {
  readonly plan: string;
  readonly kind?: 'test' | 'live';
  readonly scopes?: readonly string[];
}

let made = 0;

/** @param pepper what the gateway has as KEY_PEPPER. */
export async function makeTenant(
  pool: pg.Pool,
  pepper: string,
  { plan, kind = 'test', scopes = ['ingest', 'read'] }: TenantKeyParts,
): Promise<TenantKey> {
  made += 1;
  const name = `t${made}`;
  const publicId = `${name}Key${randomBytes(6).toString('hex')}`;
  const secret = randomBytes(24).toString('base64url');
  const environments = { test: `env_${name}_test`, live: `env_${name}_live` };
  const id = `key_${name}`;
  await seedTenant(pool, {
    tenantId: `ten_${name}`,
    name,
    plan,
    environments,
    key: {
      ...{ id, name, kind, publicId, scopes },
      secretHash: createHmac('sha256', pepper).update(secret).digest(),
    },
  });
  const text = `pk_${kind}_${publicId}.${secret}`;
  return {
    ...{ text, id, publicId, environmentId: environments[kind], tenantId: `ten_${name}` },
    at: ({ baseUrl }) => new Api(baseUrl, text),
  };
}

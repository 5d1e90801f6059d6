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
  /** Another key of this tenant, instead of a tenant of its own. */
  readonly of?: TenantKey;
}

let made = 0;

/** @param pepper what the gateway has as KEY_PEPPER. */
export async function makeTenant(
  pool: pg.Pool,
  pepper: string,
  { plan, kind = 'test', scopes = ['ingest', 'read'], of }: TenantKeyParts,
): Promise<TenantKey> {
  made += 1;
  const name = `t${made}`;
  const publicId = `${name}Key${randomBytes(6).toString('hex')}`;
  const secret = randomBytes(24).toString('base64url');
  const tenantId = of?.tenantId ?? `ten_${name}`;
  const tenant = tenantId.slice('ten_'.length);
  const environments = { test: `env_${tenant}_test`, live: `env_${tenant}_live` };
  const id = `key_${name}`;
  await seedTenant(pool, {
    tenantId,
    name: tenant,
    plan,
    environments,
    key: {
      ...{ id, name, kind, publicId, scopes },
      secretHash: createHmac('sha256', pepper).update(secret).digest(),
    },
  });
  const text = `pk_${kind}_${publicId}.${secret}`;
  return {
    ...{ text, id, publicId, environmentId: environments[kind], tenantId },
    at: ({ baseUrl }) => new Api(baseUrl, text),
  };
}

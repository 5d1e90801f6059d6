import type { EnvironmentKind } from '@pacspace/ledger';
import type { Plan } from '@pacspace/wire';
import type { FastifyRequest } from 'fastify';

/** What a key may do. `admin` is asked for by routes that change settings; it does not include the other two. */
export type Scope = 'ingest' | 'read' | 'admin';

/** Who sends a request: an environment of a tenant, through one of its keys. */
export interface Principal {
  readonly tenantId: string;
  readonly plan: string;
  /** Deltas that the plan allows the environment in a month; null: any number. */
  readonly allowed: number | null;
  /** What the plan lets one key send; null: as much as the machine takes. */
  readonly rate: Plan['rate'];
  readonly environmentId: string;
  readonly kind: EnvironmentKind;
  /** Salts the hashes of metadata: secret, 32 bytes. */
  readonly saltKey: Buffer;
  readonly scopes: ReadonlySet<string>;
  readonly keyId: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route under /api/v1/balance, before the body is read; null elsewhere. */
    principal: Principal | null;
  }
}

/** The caller of an authenticated route. @throws Error on a route that is not: a bug, not a refusal. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === null) throw new Error('the route is not behind authentication');
  return request.principal;
}

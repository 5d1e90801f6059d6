import type pg from 'pg';

/** Why an endpoint is off: its owner wished it, it has failed for too long, or it said that it is gone (410). */
export type DisabledReason = 'operator' | 'failing' | 'gone';

/** Whom events are told to. Secrets are sealed: see @pacspace/webhooks. */
export interface EndpointRow {
  readonly number: number;
  readonly id: string;
  readonly tenantId: string;
  readonly environmentId: string;
  readonly url: string;
  readonly description: string;
  /** Empty: all. */
  readonly events: readonly string[];
  readonly ordered: boolean;
  readonly enabled: boolean;
  readonly disabledReason: DisabledReason | undefined;
  readonly disabledAtMs: number | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly deletedAtMs: number | undefined;
  readonly version: number;
  readonly secret: Buffer;
  readonly previousSecret: Buffer | undefined;
  /** Until then the previous secret signs, too. */
  readonly previousUntilMs: number | undefined;
}

/** What became of what was sent, since the endpoint is there. */
export interface EndpointTally {
  readonly succeeded: number;
  readonly failed: number;
  readonly lastAttemptMs: number | undefined;
  readonly failingSinceMs: number | undefined;
}

export type TalliedEndpoint = EndpointRow & EndpointTally;

const COLUMNS = `p.number, p.id, p.tenant_id, p.environment_id, p.url, p.description, p.events, p.ordered, p.enabled,
  p.disabled_reason, p.disabled_at_ms, p.created_at_ms, p.updated_at_ms, p.deleted_at_ms, p.version, p.secret,
  p.previous_secret, p.previous_until_ms`;
const TALLY = 't.succeeded, t.failed, t.last_attempt_ms, t.failing_since_ms';

export interface NewEndpoint {
  readonly id: string;
  readonly tenantId: string;
  readonly environmentId: string;
  readonly url: string;
  readonly description: string;
  readonly events: readonly string[];
  readonly ordered: boolean;
  readonly secret: Buffer;
  readonly createdAtMs: number;
}

/** @returns undefined when the environment has `most` already. */
export async function insertEndpoint(
  pool: pg.Pool,
  endpoint: NewEndpoint,
  most: number,
): Promise<EndpointRow | undefined> {
  const { rows } = await pool.query<EndpointRecord>(
    `INSERT INTO webhook.endpoint AS p (id, tenant_id, environment_id, url, description, events, ordered, secret,
            created_at_ms, updated_at_ms)
     SELECT $1, $2, $3, $4, $5, $6::text[], $7, $8, $9, $9
      WHERE (SELECT count(*) FROM webhook.endpoint WHERE environment_id = $3 AND deleted_at_ms IS NULL) < $10
     RETURNING ${COLUMNS}`,
    [
      endpoint.id,
      endpoint.tenantId,
      endpoint.environmentId,
      endpoint.url,
      endpoint.description,
      endpoint.events,
      endpoint.ordered,
      endpoint.secret,
      endpoint.createdAtMs,
      most,
    ],
  );
  return rows[0] && toEndpoint(rows[0]);
}

/** An environment's endpoints, the oldest first, and how many there are. */
export async function listEndpoints(
  pool: pg.Pool,
  environmentId: string,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ readonly endpoints: readonly TalliedEndpoint[]; readonly total: number }> {
  const { rows } = await pool.query<TalliedRecord>(
    `SELECT ${COLUMNS}, ${TALLY}, count(*) OVER ()::int4 AS total
       FROM webhook.endpoint p LEFT JOIN webhook.endpoint_tally t ON t.endpoint_no = p.number
      WHERE p.environment_id = $1 AND p.deleted_at_ms IS NULL ORDER BY p.number LIMIT $2 OFFSET $3`,
    [environmentId, page.limit, page.offset],
  );
  return { endpoints: rows.map(toTallied), total: rows[0]?.total ?? 0 };
}

export async function findEndpoint(
  pool: pg.Pool,
  environmentId: string,
  id: string,
): Promise<TalliedEndpoint | undefined> {
  const { rows } = await pool.query<TalliedRecord>(
    `SELECT ${COLUMNS}, ${TALLY}
       FROM webhook.endpoint p LEFT JOIN webhook.endpoint_tally t ON t.endpoint_no = p.number
      WHERE p.environment_id = $1 AND p.id = $2 AND p.deleted_at_ms IS NULL`,
    [environmentId, id],
  );
  return rows[0] && toTallied(rows[0]);
}

/** The environment that a tenant's endpoint belongs to; undefined when the tenant has none of that id. */
export async function findEndpointEnvironment(
  pool: pg.Pool,
  tenantId: string,
  id: string,
): Promise<string | undefined> {
  const { rows } = await pool.query<{ environment_id: string }>(
    'SELECT environment_id FROM webhook.endpoint WHERE id = $1 AND tenant_id = $2 AND deleted_at_ms IS NULL',
    [id, tenantId],
  );
  return rows[0]?.environment_id;
}

/** Members that are absent stay as they are. */
export interface EndpointChange {
  readonly url?: string | undefined;
  readonly description?: string | undefined;
  readonly events?: readonly string[] | undefined;
  readonly ordered?: boolean | undefined;
  readonly enabled?: boolean | undefined;
}

/** @returns undefined when it is not there. */
export async function changeEndpoint(
  pool: pg.Pool,
  number: number,
  change: EndpointChange & { readonly nowMs: number },
): Promise<EndpointRow | undefined> {
  const { rows } = await pool.query<EndpointRecord>(
    `UPDATE webhook.endpoint p
        SET url = coalesce($2, url), description = coalesce($3, description), events = coalesce($4::text[], events),
            ordered = coalesce($5, ordered), enabled = coalesce($6, enabled),
            disabled_reason = CASE WHEN $6 IS NULL OR $6 = enabled THEN disabled_reason WHEN $6 THEN NULL
                                   ELSE 'operator' END,
            disabled_at_ms = CASE WHEN $6 IS NULL OR $6 = enabled THEN disabled_at_ms WHEN $6 THEN NULL ELSE $7 END,
            updated_at_ms = $7, version = version + 1
      WHERE number = $1 AND deleted_at_ms IS NULL RETURNING ${COLUMNS}`,
    [number, change.url, change.description, change.events, change.ordered, change.enabled, change.nowMs],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  // Its failures are over for now, or it would be taken off again at the next one.
  if (change.enabled === true)
    await pool.query('UPDATE webhook.endpoint_tally SET failing_since_ms = NULL WHERE endpoint_no = $1', [
      number,
    ]);
  return toEndpoint(row);
}

/** The one that signs until now signs beside the new one until `previousUntilMs`. */
export async function rotateSecret(
  pool: pg.Pool,
  number: number,
  to: { readonly secret: Buffer; readonly previousUntilMs: number; readonly nowMs: number },
): Promise<EndpointRow | undefined> {
  const { rows } = await pool.query<EndpointRecord>(
    `UPDATE webhook.endpoint p
        SET previous_secret = secret, secret = $2, previous_until_ms = $3, updated_at_ms = $4, version = version + 1
      WHERE number = $1 AND deleted_at_ms IS NULL RETURNING ${COLUMNS}`,
    [number, to.secret, to.previousUntilMs, to.nowMs],
  );
  return rows[0] && toEndpoint(rows[0]);
}

/** Nothing is sent to it any more, nobody sees it any more, and its secrets are gone. */
export async function deleteEndpoint(pool: pg.Pool, number: number, nowMs: number): Promise<void> {
  await pool.query(
    `UPDATE webhook.endpoint SET deleted_at_ms = $2, updated_at_ms = $2, secret = '', previous_secret = NULL,
            version = version + 1 WHERE number = $1 AND deleted_at_ms IS NULL`,
    [number, nowMs],
  );
}

/** @returns whether it was on until now. */
export async function disableEndpoint(
  pool: pg.Pool | pg.ClientBase,
  number: number,
  off: { readonly reason: DisabledReason; readonly nowMs: number },
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `UPDATE webhook.endpoint SET enabled = false, disabled_reason = $2, disabled_at_ms = $3, updated_at_ms = $3,
            version = version + 1 WHERE number = $1 AND enabled AND deleted_at_ms IS NULL`,
    [number, off.reason, off.nowMs],
  );
  return rowCount === 1;
}

/** For delivering: the endpoints of the environments, those that are off included, and without the deleted ones. */
export async function endpointsOf(
  client: pg.Pool | pg.ClientBase,
  environmentIds: readonly string[],
): Promise<EndpointRow[]> {
  if (environmentIds.length === 0) return [];
  const { rows } = await client.query<EndpointRecord>({
    name: 'endpoints-of',
    text: `SELECT ${COLUMNS} FROM webhook.endpoint p
            WHERE p.environment_id = ANY($1::text[]) AND p.deleted_at_ms IS NULL ORDER BY p.number`,
    values: [environmentIds],
  });
  return rows.map(toEndpoint);
}

/** By number, the deleted ones included. */
export async function endpointsByNumber(pool: pg.Pool, numbers: readonly number[]): Promise<EndpointRow[]> {
  if (numbers.length === 0) return [];
  const { rows } = await pool.query<EndpointRecord>({
    name: 'endpoints-by-number',
    text: `SELECT ${COLUMNS} FROM webhook.endpoint p WHERE p.number = ANY($1::int4[])`,
    values: [numbers],
  });
  return rows.map(toEndpoint);
}

/** How many there are in each state, for metrics. */
export async function countEndpoints(
  pool: pg.Pool,
): Promise<{ readonly state: string; readonly count: number }[]> {
  const { rows } = await pool.query<{ state: string; count: number }>(
    `SELECT coalesce(p.disabled_reason, CASE WHEN t.failing_since_ms IS NULL THEN 'working' ELSE 'struggling' END) AS state,
            count(*)::int4 AS count
       FROM webhook.endpoint p LEFT JOIN webhook.endpoint_tally t ON t.endpoint_no = p.number
      WHERE p.deleted_at_ms IS NULL GROUP BY 1`,
  );
  return rows;
}

interface EndpointRecord {
  number: number;
  id: string;
  tenant_id: string;
  environment_id: string;
  url: string;
  description: string;
  events: string[];
  ordered: boolean;
  enabled: boolean;
  disabled_reason: DisabledReason | null;
  disabled_at_ms: string | null;
  created_at_ms: string;
  updated_at_ms: string;
  deleted_at_ms: string | null;
  version: number;
  secret: Buffer;
  previous_secret: Buffer | null;
  previous_until_ms: string | null;
}

interface TalliedRecord extends EndpointRecord {
  succeeded: string | null;
  failed: string | null;
  last_attempt_ms: string | null;
  failing_since_ms: string | null;
  total?: number;
}

function toEndpoint(row: EndpointRecord): EndpointRow {
  return {
    number: row.number,
    id: row.id,
    tenantId: row.tenant_id,
    environmentId: row.environment_id,
    url: row.url,
    description: row.description,
    events: row.events,
    ordered: row.ordered,
    enabled: row.enabled,
    disabledReason: row.disabled_reason ?? undefined,
    disabledAtMs: optionalMs(row.disabled_at_ms),
    createdAtMs: Number(row.created_at_ms),
    updatedAtMs: Number(row.updated_at_ms),
    deletedAtMs: optionalMs(row.deleted_at_ms),
    version: row.version,
    secret: row.secret,
    previousSecret: row.previous_secret ?? undefined,
    previousUntilMs: optionalMs(row.previous_until_ms),
  };
}

function toTallied(row: TalliedRecord): TalliedEndpoint {
  return {
    ...toEndpoint(row),
    succeeded: Number(row.succeeded ?? 0),
    failed: Number(row.failed ?? 0),
    lastAttemptMs: optionalMs(row.last_attempt_ms),
    failingSinceMs: optionalMs(row.failing_since_ms),
  };
}

function optionalMs(value: string | null): number | undefined {
  return value === null ? undefined : Number(value);
}

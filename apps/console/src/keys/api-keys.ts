import { hashSecret } from '@pacspace/ledger';
import { ApiError } from '@pacspace/wire';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { type By, recordAudit } from '../audit/record-audit.js';
import type { Member } from '../auth/session-store.js';
import type { ConsoleTools } from '../console-tools.js';
import { findEnvironment } from '../environments/find-environment.js';
import { hasRole } from '../http/access.js';
import { futureField, lineField } from '../http/fields.js';
import { newId, randomName, randomSecret } from '../new-id.js';
import { ApiKey, Environment, type EnvironmentKind } from '../store/entities.js';

/** Keys of one environment, rotated ones that still run out among them. */
const MAX_KEYS = 100;

const DEFAULT_OVERLAP_SECONDS = 86_400;
const MAX_OVERLAP_SECONDS = 30 * 86_400;

const scopesField = z
  .array(z.enum(['ingest', 'read', 'admin']))
  .min(1, 'must name at least one scope')
  .transform((scopes) => [...new Set(scopes)]);

export const createKeyBody = z.object({
  name: lineField(100),
  environment: z.enum(['test', 'live']).default('test'),
  scopes: scopesField.default(['ingest', 'read']),
  expiresAt: futureField().optional(),
});

export const changeKeyBody = z
  .object({
    name: lineField(100),
    active: z.boolean(),
    scopes: scopesField,
    expiresAt: futureField().nullable(),
  })
  .partial();

export const rotateKeyBody = z.object({
  /** How long the former secret goes on beside the new one. */
  overlapSeconds: z.int().min(0).max(MAX_OVERLAP_SECONDS).default(DEFAULT_OVERLAP_SECONDS),
});

export interface KeyOfTenant {
  readonly key: ApiKey;
  readonly kind: EnvironmentKind;
}

/** A key and what is shown once. */
export interface KeyWithSecret extends KeyOfTenant {
  readonly secret: string;
}

/** @throws ApiError FORBIDDEN | ENVIRONMENT_NOT_READY | LIMIT_REACHED */
export async function createKey(
  { store, config }: ConsoleTools,
  { name, environment: kind, scopes, expiresAt }: z.output<typeof createKeyBody>,
  { member, actor }: By,
): Promise<KeyWithSecret> {
  refuseAdminScope(member, scopes);
  const secret = randomSecret();
  return await store.transaction(async (manager) => {
    const environment = await findEnvironment(manager, member.tenantId, kind);
    await checkRoom(manager, environment.id);
    const id = newId('key');
    await manager.insert(ApiKey, {
      id,
      environmentId: environment.id,
      name,
      publicId: randomName(16),
      secretHash: hashSecret(config.KEY_PEPPER, secret),
      scopes,
      active: true,
      expiresAt: expiresAt ?? null,
      createdBy: member.accountId,
    });
    await recordAudit(manager, actor, {
      action: 'api-key.create',
      tenantId: member.tenantId,
      target: id,
      detail: { name, environment: kind, scopes, expiresAt: expiresAt ?? null },
    });
    return { key: await manager.findOneByOrFail(ApiKey, { id }), kind, secret };
  });
}

/** @throws ApiError NOT_FOUND, also for another tenant's key */
export async function changeKey(
  { store, keysChanged }: ConsoleTools,
  id: string,
  { changes, member, actor }: By & { readonly changes: z.output<typeof changeKeyBody> },
): Promise<KeyOfTenant> {
  const changed = await store.transaction(async (manager) => {
    const { key, kind } = await findKey(manager, member.tenantId, id);
    refuseAdminScope(member, [...key.scopes, ...(changes.scopes ?? [])]);
    // exactOptionalPropertyTypes: what was not sent is not there, so that spreading changes no more than was asked.
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    if (Object.keys(given).length > 0) {
      await manager.update(ApiKey, { id }, given);
      await recordAudit(manager, actor, {
        action: 'api-key.change',
        tenantId: member.tenantId,
        target: id,
        detail: given,
      });
    }
    return { key: Object.assign(key, given), kind };
  });
  keysChanged([changed.key.publicId]);
  return changed;
}

/**
 * Gives the key a new secret under its id. The former one goes on for the overlap, as a row of its own, so that callers
 * can be changed over one by one.
 *
 * @throws ApiError NOT_FOUND | LIMIT_REACHED | STATE_CONFLICT for a key that is itself a former secret
 */
export async function rotateKey(
  { store, config, keysChanged }: ConsoleTools,
  id: string,
  { overlapSeconds, member, actor }: By & { readonly overlapSeconds: number },
): Promise<KeyWithSecret & { readonly formerExpiresAt: Date | null }> {
  const secret = randomSecret();
  const { former, ...rotated } = await store.transaction(async (manager) => {
    const { key, kind } = await findKey(manager, member.tenantId, id);
    refuseAdminScope(member, key.scopes);
    if (key.replacedBy !== null)
      throw new ApiError('STATE_CONFLICT', 'this is a former secret: rotate its key');
    const old = { publicId: key.publicId, formerExpiresAt: null as Date | null };
    if (overlapSeconds > 0) {
      await checkRoom(manager, key.environmentId);
      // It must not outlive what the key was to live.
      const overlapEnd = new Date(Date.now() + overlapSeconds * 1_000);
      old.formerExpiresAt = key.expiresAt !== null && key.expiresAt < overlapEnd ? key.expiresAt : overlapEnd;
    }
    const publicId = randomName(16);
    const [hashes]: [{ former: Buffer }[], number] = await manager.query(
      `UPDATE console.api_key k SET public_id = $2, secret_hash = $3, created_at = now()
         FROM console.api_key o WHERE k.id = $1 AND o.id = k.id RETURNING o.secret_hash AS former`,
      [id, publicId, hashSecret(config.KEY_PEPPER, secret)],
    );
    if (old.formerExpiresAt !== null && hashes[0] !== undefined) {
      await manager.insert(ApiKey, {
        ...{ id: newId('key'), environmentId: key.environmentId, name: key.name, scopes: key.scopes },
        ...{ active: key.active, createdBy: key.createdBy, lastUsedAt: key.lastUsedAt },
        publicId: old.publicId,
        secretHash: hashes[0].former,
        expiresAt: old.formerExpiresAt,
        replacedBy: id,
      });
    }
    await recordAudit(manager, actor, {
      action: 'api-key.rotate',
      tenantId: member.tenantId,
      target: id,
      detail: { overlapSeconds },
    });
    return { key: await manager.findOneByOrFail(ApiKey, { id }), kind, former: old };
  });
  keysChanged([former.publicId]);
  return { ...rotated, secret, formerExpiresAt: former.formerExpiresAt };
}

/** The key and its former secrets are gone at once. @throws ApiError NOT_FOUND */
export async function deleteKey(
  { store, keysChanged }: ConsoleTools,
  id: string,
  { member, actor }: By,
): Promise<void> {
  const publicIds = await store.transaction(async (manager) => {
    const { key } = await findKey(manager, member.tenantId, id);
    refuseAdminScope(member, key.scopes);
    const formers = await manager.findBy(ApiKey, { replacedBy: id });
    await manager.delete(ApiKey, { id });
    await recordAudit(manager, actor, {
      action: 'api-key.delete',
      tenantId: member.tenantId,
      target: id,
      detail: { name: key.name },
    });
    return [key, ...formers].map((one) => one.publicId);
  });
  keysChanged(publicIds);
}

/** @throws ApiError NOT_FOUND, also for another tenant's key */
export async function findKey(manager: EntityManager, tenantId: string, id: string): Promise<KeyOfTenant> {
  const key = await manager.findOneBy(ApiKey, { id });
  const environment = key && (await manager.findOneBy(Environment, { id: key.environmentId, tenantId }));
  if (key === null || environment === null) throw new ApiError('NOT_FOUND', 'there is no such key');
  return { key, kind: environment.kind };
}

/** A key must not be a way to more than its holder's role. @throws ApiError FORBIDDEN */
function refuseAdminScope(member: Member, scopes: readonly string[]): void {
  if (!scopes.includes('admin') || hasRole(member, 'admin')) return;
  throw new ApiError('FORBIDDEN', `a key with the scope admin needs the role admin; yours is ${member.role}`);
}

/** All of the tenant's keys, newest first. */
export async function listKeys(
  { store }: ConsoleTools,
  tenantId: string,
  { page, limit }: { readonly page: number; readonly limit: number },
): Promise<{ readonly items: readonly KeyOfTenant[]; readonly total: number }> {
  const environments = await store.manager.findBy(Environment, { tenantId });
  const kinds = new Map(environments.map(({ id, kind }) => [id, kind]));
  const [keys, total] = await store.manager.findAndCount(ApiKey, {
    where: environments.map(({ id }) => ({ environmentId: id })),
    order: { createdAt: 'DESC', id: 'ASC' },
    skip: (page - 1) * limit,
    take: limit,
  });
  return { items: keys.map((key) => ({ key, kind: kinds.get(key.environmentId) ?? 'test' })), total };
}

/** The environment's row is locked: of two who make the last key that there may be, one is refused. */
async function checkRoom(manager: EntityManager, environmentId: string): Promise<void> {
  await manager.query('SELECT 1 FROM console.environment WHERE id = $1 FOR UPDATE', [environmentId]);
  await manager.query(
    'DELETE FROM console.api_key WHERE environment_id = $1 AND replaced_by IS NOT NULL AND expires_at < now()',
    [environmentId],
  );
  if ((await manager.countBy(ApiKey, { environmentId })) < MAX_KEYS) return;
  throw new ApiError(
    'LIMIT_REACHED',
    `an environment can have ${MAX_KEYS} keys: delete one that is not used`,
  );
}

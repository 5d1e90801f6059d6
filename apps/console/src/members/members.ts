import { ApiError } from '@pacspace/wire';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { type By, recordAudit } from '../audit/record-audit.js';
import type { Member } from '../auth/session-store.js';
import type { ConsoleTools } from '../console-tools.js';
import { hasRole } from '../http/access.js';
import { Account, type Role } from '../store/entities.js';

export const roleField = () => z.enum(['owner', 'admin', 'manager', 'viewer']);
export const roleBody = z.object({ role: roleField() });

export async function listMembers({ store }: ConsoleTools, tenantId: string): Promise<Account[]> {
  return await store.manager.find(Account, { where: { tenantId }, order: { createdAt: 'ASC', id: 'ASC' } });
}

/**
 * Takes effect with the member's next request.
 *
 * @throws ApiError NOT_FOUND | FORBIDDEN for what only an owner may do | STATE_CONFLICT for the last owner
 */
export async function changeRole(
  { store }: ConsoleTools,
  id: string,
  { role, member, actor }: By & { readonly role: Role },
): Promise<Account> {
  return await store.transaction(async (manager) => {
    const account = await lockMember(manager, id, member);
    refuseAboveOwn(member, role);
    if (account.role === role) return account;
    if (account.role === 'owner') await keepAnOwner(manager, member.tenantId);
    await manager.update(Account, { id }, { role });
    await recordAudit(manager, actor, {
      action: 'member.change-role',
      tenantId: member.tenantId,
      target: id,
      detail: { email: account.email, from: account.role, to: role },
    });
    return Object.assign(account, { role });
  });
}

/**
 * The account is gone, and its sessions with it; keys that it made belong to the tenant and stay.
 *
 * @throws ApiError NOT_FOUND | FORBIDDEN | STATE_CONFLICT for the last owner
 */
export async function removeMember(
  { store }: ConsoleTools,
  id: string,
  { member, actor }: By,
): Promise<void> {
  await store.transaction(async (manager) => {
    const account = await lockMember(manager, id, member);
    if (account.role === 'owner') await keepAnOwner(manager, member.tenantId);
    await manager.delete(Account, { id });
    await recordAudit(manager, actor, {
      action: 'member.remove',
      tenantId: member.tenantId,
      target: id,
      detail: { email: account.email, role: account.role },
    });
  });
}

/** The tenant's row is locked: of two owners who remove each other at the same moment, one is refused. */
async function lockMember(
  manager: EntityManager,
  id: string,
  { tenantId, ...member }: Member,
): Promise<Account> {
  await manager.query('SELECT 1 FROM console.tenant WHERE id = $1 FOR UPDATE', [tenantId]);
  const account = await manager.findOneBy(Account, { id, tenantId });
  if (account === null) throw new ApiError('NOT_FOUND', 'there is no such member');
  refuseAboveOwn(member, account.role);
  return account;
}

/** Whoever is no owner neither makes one nor unmakes one. */
export function refuseAboveOwn(member: Pick<Member, 'role'>, role: Role): void {
  if (hasRole(member, role)) return;
  throw new ApiError('FORBIDDEN', `this needs the role ${role}; yours is ${member.role}`);
}

async function keepAnOwner(manager: EntityManager, tenantId: string): Promise<void> {
  if ((await manager.countBy(Account, { tenantId, role: 'owner' })) > 1) return;
  throw new ApiError('STATE_CONFLICT', 'this is the last owner: make another member an owner first');
}

import { ApiError } from '@pacspace/wire';
import { z } from 'zod';
import { type By, recordAudit } from '../audit/record-audit.js';
import { admitAttempt, POLICIES } from '../auth/throttle.js';
import { dropTokens } from '../auth/tokens.js';
import type { ConsoleTools } from '../console-tools.js';
import { emailField } from '../http/fields.js';
import { orderMail } from '../mail/outbox.js';
import { newId } from '../new-id.js';
import { Account, Invitation } from '../store/entities.js';
import { refuseAboveOwn, roleField } from './members.js';

export const inviteBody = z.object({ email: emailField(), role: roleField() });

/** Members and invitations of one tenant. */
const MAX_MEMBERS = 500;

export async function listInvitations({ store }: ConsoleTools, tenantId: string): Promise<Invitation[]> {
  return await store.manager.find(Invitation, {
    where: { tenantId },
    order: { createdAt: 'DESC', id: 'ASC' },
  });
}

/**
 * Sends a mail with a token that registers into this tenant; again, and with another role, for the same address. Whether
 * the address has an account with somebody else does not show: its owner is told by mail when it is used.
 *
 * @throws ApiError FORBIDDEN | STATE_CONFLICT for a member | LIMIT_REACHED | RATE_LIMITED by the mailbox
 */
export async function invite(
  { store, outbox }: ConsoleTools,
  { email, role }: z.output<typeof inviteBody>,
  { member, actor }: By,
): Promise<Invitation> {
  refuseAboveOwn(member, role);
  const { tenantId } = member;
  await admitAttempt(store.manager, POLICIES.mailToMailbox, email);
  const invitation = await store.transaction(async (manager) => {
    await manager.query('SELECT 1 FROM console.tenant WHERE id = $1 FOR UPDATE', [tenantId]);
    if (await manager.existsBy(Account, { tenantId, email }))
      throw new ApiError('STATE_CONFLICT', 'this address is a member already: change its role instead');
    const count = await manager.countBy(Account, { tenantId });
    if (count + (await manager.countBy(Invitation, { tenantId })) >= MAX_MEMBERS)
      throw new ApiError('LIMIT_REACHED', `a tenant can have ${MAX_MEMBERS} members and invitations`);
    await manager.query(
      `INSERT INTO console.invitation (id, tenant_id, email, role, invited_by) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (tenant_id, email) DO UPDATE SET role = EXCLUDED.role, invited_by = EXCLUDED.invited_by`,
      [newId('inv'), tenantId, email, role, member.accountId],
    );
    const found = await manager.findOneByOrFail(Invitation, { tenantId, email });
    await orderMail(manager, { kind: 'invitation', recipient: email, subjectId: found.id });
    await recordAudit(manager, actor, {
      action: 'member.invite',
      tenantId,
      target: found.id,
      detail: { email, role },
    });
    return found;
  });
  outbox.poke();
  return invitation;
}

/** Its tokens are void at once. @throws ApiError NOT_FOUND */
export async function withdrawInvitation(
  { store }: ConsoleTools,
  id: string,
  { member, actor }: By,
): Promise<void> {
  await store.transaction(async (manager) => {
    const invitation = await manager.findOneBy(Invitation, { id, tenantId: member.tenantId });
    if (invitation === null) throw new ApiError('NOT_FOUND', 'there is no such invitation');
    await manager.delete(Invitation, { id });
    await dropTokens(manager, 'invitation', id);
    await recordAudit(manager, actor, {
      action: 'member.withdraw-invitation',
      tenantId: member.tenantId,
      target: id,
      detail: { email: invitation.email, role: invitation.role },
    });
  });
}

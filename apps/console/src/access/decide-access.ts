import { ApiError } from '@pacspace/wire';
import type { EntityManager } from 'typeorm';
import { type Actor, recordAudit } from '../audit/record-audit.js';
import { dropTokens, issueToken } from '../auth/tokens.js';
import type { ConsoleTools } from '../console-tools.js';
import { orderMail } from '../mail/outbox.js';
import { AccessRequest, Account } from '../store/entities.js';

export interface Approval {
  readonly request: AccessRequest;
  /** The operator may hand it over where mail does not reach. */
  readonly approvalToken: string;
  readonly expiresAt: Date;
}

/**
 * Lets whoever asked register, once. Approving again makes a new token; one of them can be used.
 *
 * @param which id or e-mail address of the request
 * @throws ApiError NOT_FOUND | STATE_CONFLICT
 */
export async function approveAccess(
  { store, outbox, plans }: ConsoleTools,
  which: string,
  { plan, actor }: { readonly plan: string; readonly actor: Actor },
): Promise<Approval> {
  if (!plans.has(plan)) {
    throw new ApiError(
      'VALIDATION_FAILED',
      `there is no plan ${JSON.stringify(plan)}; there is: ${[...plans.keys()].join(', ')}`,
    );
  }
  const approval = await store.transaction(async (manager) => {
    const request = await lockRequest(manager, which);
    if (request.state === 'registered')
      throw new ApiError('STATE_CONFLICT', 'the request was approved and used');
    if (await manager.existsBy(Account, { email: request.email })) {
      throw new ApiError('STATE_CONFLICT', 'there is an account with this e-mail address');
    }
    Object.assign(request, { state: 'approved', plan, decidedAt: new Date() });
    await manager.save(request);
    const { token, expiresAt } = await issueToken(manager, 'approval', request.id);
    await orderMail(manager, { kind: 'access-approved', recipient: request.email, subjectId: request.id });
    await recordAudit(manager, actor, {
      action: 'access.approve',
      target: request.id,
      detail: { email: request.email, organization: request.organization, plan },
    });
    return { request, approvalToken: token, expiresAt };
  });
  outbox.poke();
  return approval;
}

/** @throws ApiError NOT_FOUND | STATE_CONFLICT */
export async function denyAccess(
  { store }: ConsoleTools,
  which: string,
  actor: Actor,
): Promise<AccessRequest> {
  return await store.transaction(async (manager) => {
    const request = await lockRequest(manager, which);
    if (request.state === 'registered')
      throw new ApiError('STATE_CONFLICT', 'the request was approved and used');
    Object.assign(request, { state: 'denied', plan: null, decidedAt: new Date() });
    await manager.save(request);
    await dropTokens(manager, 'approval', request.id);
    await recordAudit(manager, actor, {
      action: 'access.deny',
      target: request.id,
      detail: { email: request.email, organization: request.organization },
    });
    return request;
  });
}

async function lockRequest(manager: EntityManager, which: string): Promise<AccessRequest> {
  const request = await manager.findOne(AccessRequest, {
    where: which.includes('@') ? { email: which.trim().toLowerCase() } : { id: which },
    lock: { mode: 'pessimistic_write' },
  });
  if (request === null) throw new ApiError('NOT_FOUND', 'there is no such request');
  return request;
}

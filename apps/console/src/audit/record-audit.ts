import { traceIdOf } from '@pacspace/http';
import type { FastifyRequest } from 'fastify';
import type { EntityManager } from 'typeorm';
import type { Member } from '../auth/session-store.js';
import { memberOf } from '../http/access.js';
import { AuditEvent } from '../store/entities.js';

/** Who did it, and from where. */
export interface Actor {
  readonly kind: 'account' | 'operator' | 'visitor';
  readonly id?: string;
  readonly name?: string;
  readonly address: string;
  readonly traceId: string;
}

export interface Act {
  /** Noun and verb, e.g. `api-key.create`. */
  readonly action: string;
  /** Undefined for what belongs to no tenant. */
  readonly tenantId?: string;
  /** Id of what was changed. */
  readonly target?: string;
  /** What is worth knowing of the change: never a secret. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

export function memberActor(request: FastifyRequest, member: Member): Actor {
  return { kind: 'account', id: member.accountId, name: member.email, ...whence(request) };
}

export function operatorActor(request: FastifyRequest): Actor {
  return { kind: 'operator', ...whence(request) };
}

/** A member who changes something of the tenant's. */
export interface By {
  readonly member: Member;
  readonly actor: Actor;
}

export function byMember(request: FastifyRequest): By {
  const member = memberOf(request);
  return { member, actor: memberActor(request, member) };
}

/** Somebody who has not shown yet who they are. */
export function visitorActor(request: FastifyRequest): Actor {
  return { kind: 'visitor', ...whence(request) };
}

function whence(request: FastifyRequest): { address: string; traceId: string } {
  return { address: request.ip, traceId: traceIdOf(request) };
}

/** Writes an act to the audit trail, in the transaction of the act itself: what is not written did not happen. */
export async function recordAudit(manager: EntityManager, actor: Actor, act: Act): Promise<void> {
  await manager.insert(AuditEvent, {
    tenantId: act.tenantId ?? null,
    actorKind: actor.kind,
    actorId: actor.id ?? null,
    actorName: actor.name ?? null,
    action: act.action,
    target: act.target ?? null,
    detail: act.detail ?? {},
    address: actor.address,
    traceId: actor.traceId,
  });
}

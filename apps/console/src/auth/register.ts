import { randomBytes } from 'node:crypto';
import { ApiError } from '@pacspace/wire';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { type Actor, recordAudit } from '../audit/record-audit.js';
import type { ConsoleTools } from '../console-tools.js';
import { buyerModeField, emailField, lineField, passwordField, tokenField } from '../http/fields.js';
import { orderMail } from '../mail/outbox.js';
import { newId } from '../new-id.js';
import { AccessRequest, Account, Environment, Invitation, type Role, Tenant } from '../store/entities.js';
import { networkOf } from './network-of.js';
import { onTheBeat } from './on-the-beat.js';
import { admitAttempt, countAttempt, POLICIES } from './throttle.js';
import { consumeToken, dropTokens, peekToken } from './tokens.js';

export const registerBody = z.object({
  name: lineField(200),
  email: emailField(),
  password: passwordField(),
  organization: lineField(200),
  buyerMode: buyerModeField().default('UNSPECIFIED'),
  approvalToken: tokenField().optional(),
});

type Registration = z.output<typeof registerBody>;

/** What lets somebody in: an operator's approval, a member's invitation, or an open door. */
type Ticket =
  | { readonly kind: 'approval'; readonly request: AccessRequest }
  | { readonly kind: 'invitation'; readonly invitation: Invitation }
  | { readonly kind: 'open' };

/**
 * Makes an account, and its tenant with a sandbox unless it was invited into one. The answer is the same whether or not
 * the address has an account already: its owner is told by mail.
 *
 * @throws ApiError REGISTRATION_REQUIRES_APPROVAL | RATE_LIMITED | UNAVAILABLE
 */
export async function register(
  { store, passwords, outbox, config }: ConsoleTools,
  registration: Registration,
  actor: Actor,
): Promise<void> {
  await admitAttempt(store.manager, POLICIES.registerByAddress, networkOf(actor.address));
  const isOpen = config.ACCESS === 'open';
  // Before the costly hash; what counts is the look in the transaction.
  await findTicket(store.manager, registration, { isOpen, use: false });
  const passwordHash = await passwords.hash(registration.password);
  await onTheBeat(() =>
    store.transaction(async (manager) => {
      const ticket = await findTicket(manager, registration, { isOpen, use: true });
      await admit(manager, { registration, passwordHash, ticket, actor });
    }),
  );
  outbox.poke();
}

async function findTicket(
  manager: EntityManager,
  { email, approvalToken }: Registration,
  { isOpen, use }: { readonly isOpen: boolean; readonly use: boolean },
): Promise<Ticket> {
  if (approvalToken === undefined) {
    if (isOpen) return { kind: 'open' };
    throw needsApproval();
  }
  const take = use ? consumeToken : peekToken;
  const requestId = await take(manager, 'approval', approvalToken);
  if (requestId !== undefined) {
    const request = await manager.findOneBy(AccessRequest, { id: requestId, state: 'approved', email });
    if (request !== null) return { kind: 'approval', request };
  } else {
    const invitationId = await take(manager, 'invitation', approvalToken);
    const invitation =
      invitationId === undefined ? null : await manager.findOneBy(Invitation, { id: invitationId, email });
    if (invitation !== null) return { kind: 'invitation', invitation };
  }
  throw needsApproval();
}

function needsApproval(): ApiError {
  return new ApiError(
    'REGISTRATION_REQUIRES_APPROVAL',
    'registering needs an approval token that was made for this e-mail address and not used: request access first',
  );
}

async function admit(
  manager: EntityManager,
  {
    registration,
    passwordHash,
    ticket,
    actor,
  }: {
    readonly registration: Registration;
    readonly passwordHash: string;
    readonly ticket: Ticket;
    readonly actor: Actor;
  },
): Promise<void> {
  const { email, name } = registration;
  // Two who register the same address at the same moment go one after the other.
  await manager.query("SELECT pg_advisory_xact_lock(hashtextextended('register ' || $1, 0))", [email]);
  if (await manager.existsBy(Account, { email })) {
    const wait = await countAttempt(manager, POLICIES.mailToMailbox, email);
    if (wait === 0) await orderMail(manager, { kind: 'already-registered', recipient: email, subjectId: '' });
    return;
  }
  const { tenantId, role } = await placeOf(manager, registration, ticket);
  // Whoever has an invitation's token has read the mail that it came in.
  const isVerified = ticket.kind === 'invitation';
  const accountId = newId('acc');
  await manager.insert(Account, {
    ...{ id: accountId, tenantId, email, name, role, passwordHash },
    verifiedAt: isVerified ? new Date() : null,
  });
  if (!isVerified) await orderMail(manager, { kind: 'verify-email', recipient: email, subjectId: accountId });
  await recordAudit(
    manager,
    { ...actor, kind: 'account', id: accountId, name: email },
    {
      action: 'account.register',
      tenantId,
      target: accountId,
      detail: { role, by: ticket.kind },
    },
  );
}

async function placeOf(
  manager: EntityManager,
  { organization, buyerMode }: Registration,
  ticket: Ticket,
): Promise<{ readonly tenantId: string; readonly role: Role }> {
  if (ticket.kind === 'invitation') {
    const { id, tenantId, role } = ticket.invitation;
    await manager.delete(Invitation, { id });
    await dropTokens(manager, 'invitation', id);
    return { tenantId, role };
  }
  let plan = 'free';
  if (ticket.kind === 'approval') {
    const { id } = ticket.request;
    plan = ticket.request.plan ?? plan;
    // Two tokens of the same approval are one approval.
    const { affected } = await manager.update(
      AccessRequest,
      { id, state: 'approved' },
      { state: 'registered' },
    );
    if (affected !== 1) throw needsApproval();
    await dropTokens(manager, 'approval', id);
  }
  const tenantId = newId('ten');
  await manager.insert(Tenant, { id: tenantId, name: organization, plan, buyerMode });
  await insertEnvironment(manager, tenantId, 'test');
  return { tenantId, role: 'owner' };
}

/** An environment is ready as soon as it has its row: lanes, ledger and log are shared, and made on first use. */
export async function insertEnvironment(
  manager: EntityManager,
  tenantId: string,
  kind: 'test' | 'live',
): Promise<void> {
  await manager
    .createQueryBuilder()
    .insert()
    .into(Environment)
    .values({ id: newId('env'), tenantId, kind, state: 'active', saltKey: randomBytes(32) })
    .orIgnore()
    .execute();
}

import type { EntityManager } from 'typeorm';
import { issueToken, TOKEN_HOURS, type TokenPurpose } from '../auth/tokens.js';
import { AccessRequest, Account, Invitation, Tenant } from '../store/entities.js';
import type { MailToSend } from './mail-sender.js';

export type MailKind =
  | 'access-approved'
  | 'verify-email'
  | 'password-reset'
  | 'password-changed'
  | 'already-registered'
  | 'invitation';

export interface MailOrder {
  readonly kind: MailKind;
  /** An e-mail address. */
  readonly recipient: string;
  /** Whom it is about: an access request, an account, an invitation; for some kinds empty. */
  readonly subjectId: string;
}

type Compose = (manager: EntityManager, order: MailOrder, publicUrl: string) => Promise<Composed | undefined>;
type Composed = Omit<MailToSend, 'to'>;

/**
 * What each kind of mail says. Undefined: there is nobody to write to, or nothing to say any more. Looked up when the
 * mail is sent and not when it is ordered, so that ordering one takes as long for an address that nobody has.
 */
export const COMPOSERS: Readonly<Record<MailKind, Compose>> = {
  'access-approved': async (manager, { subjectId }, publicUrl) => {
    const request = await manager.findOneBy(AccessRequest, { id: subjectId, state: 'approved' });
    if (request === null) return undefined;
    const { token, lasts } = await newToken(manager, 'approval', subjectId);
    return {
      subject: 'Your access to PacSpace is approved',
      code: token,
      text: `Hello ${request.name},

your request for ${request.organization} is approved. Create your account with this approval token:

  ${token}

It can be used once, with this e-mail address, and expires ${lasts}:

  curl -X POST ${publicUrl}/dashboard/auth/register -H 'Content-Type: application/json' \\
    -d '{"name": …, "email": …, "password": …, "organization": …, "buyerMode": …, "approvalToken": …}'
`,
    };
  },
  'verify-email': async (manager, { subjectId }, publicUrl) => {
    const account = await manager.findOneBy(Account, { id: subjectId });
    if (account?.verifiedAt !== null) return undefined;
    const { token, lasts } = await newToken(manager, 'verify-email', subjectId);
    return {
      subject: 'Verify your e-mail address',
      code: token,
      text: `Hello ${account.name},

open this link to verify your e-mail address (once; it expires ${lasts}):

  ${publicUrl}/dashboard/auth/verify?token=${token}

If you did not register with PacSpace, ignore this mail.
`,
    };
  },
  'password-reset': async (manager, { recipient }) => {
    const account = await manager.findOneBy(Account, { email: recipient });
    if (account === null) return undefined;
    const { token, lasts } = await newToken(manager, 'password-reset', account.id);
    return {
      subject: 'Set a new password',
      code: token,
      text: `Hello ${account.name},

somebody, probably you, asked for a new password. This token sets one (once; it expires ${lasts}):

  ${token}

Send it with the new password to /dashboard/auth/password/reset. If it was not you, ignore this mail: nothing has changed.
`,
    };
  },
  'password-changed': async (manager, { subjectId }) => {
    const account = await manager.findOneBy(Account, { id: subjectId });
    if (account === null) return undefined;
    return {
      subject: 'Your password was changed',
      text: `Hello ${account.name},

your password was changed, and all your sessions have ended. If it was not you, ask for a new password at once.
`,
    };
  },
  'already-registered': async (manager, { recipient }) => {
    const account = await manager.findOneBy(Account, { email: recipient });
    if (account === null) return undefined;
    return {
      subject: 'You already have an account',
      text: `Hello ${account.name},

somebody tried to register with this e-mail address, which has an account already. Log in, or ask for a new password.
`,
    };
  },
  invitation: async (manager, { subjectId }, publicUrl) => {
    const invitation = await manager.findOneBy(Invitation, { id: subjectId });
    if (invitation === null) return undefined;
    const tenant = await manager.findOneByOrFail(Tenant, { id: invitation.tenantId });
    const { token, lasts } = await newToken(manager, 'invitation', subjectId);
    return {
      subject: `You are invited to ${tenant.name}`,
      code: token,
      text: `Hello,

you are invited to join ${tenant.name} on PacSpace. Register with this token in place of an approval token:

  ${token}

It can be used once, with this e-mail address, at ${publicUrl}/dashboard/auth/register, and expires ${lasts}.
`,
    };
  },
};

async function newToken(manager: EntityManager, purpose: TokenPurpose, subjectId: string) {
  const { token } = await issueToken(manager, purpose, subjectId);
  const hours = TOKEN_HOURS[purpose];
  const lasts = hours % 24 === 0 ? `in ${hours / 24} days` : hours === 1 ? 'in an hour' : `in ${hours} hours`;
  return { token, lasts };
}

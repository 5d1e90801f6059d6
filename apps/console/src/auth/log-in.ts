import { ApiError } from '@pacspace/wire';
import { z } from 'zod';
import { type Actor, recordAudit } from '../audit/record-audit.js';
import type { ConsoleTools } from '../console-tools.js';
import { emailField, presentedPasswordField } from '../http/fields.js';
import { Account } from '../store/entities.js';
import { networkOf } from './network-of.js';
import { beginSession, endSessionOf, isKnownAddress, type SessionKind } from './session-store.js';
import { admitAttempt, forgiveAttempt, POLICIES } from './throttle.js';

export const loginBody = z.object({
  email: emailField(),
  password: presentedPasswordField(),
  /** `bearer` (ours): the token comes in the answer and no cookie is set, for programs. */
  session: z.enum(['cookie', 'bearer']).default('cookie'),
});

export interface LoginOptions {
  readonly actor: Actor;
  readonly userAgent: string;
  /** A session that the browser has already: it ends, whoever made it. */
  readonly presented: string | undefined;
}

export interface LoggedIn {
  readonly account: Account;
  readonly session: {
    readonly id: string;
    readonly token: string;
    readonly expiresAt: Date;
    readonly kind: SessionKind;
  };
}

/**
 * Begins a session. Every attempt is counted before its password is looked at, by address and by account, and an
 * attempt on an account that does not exist does the same work as any other.
 *
 * @throws ApiError INVALID_CREDENTIALS | EMAIL_NOT_VERIFIED | RATE_LIMITED | UNAVAILABLE
 */
export async function logIn(
  { store, passwords, config }: ConsoleTools,
  { email, password, session: kind }: z.output<typeof loginBody>,
  { actor, userAgent, presented }: LoginOptions,
): Promise<LoggedIn> {
  const { manager } = store;
  const { address } = actor;
  const network = networkOf(address);
  await admitAttempt(manager, POLICIES.loginByAddress, network);
  const isKnown = await isKnownAddress(manager, email, address);
  const policy = isKnown ? POLICIES.loginByOwner : POLICIES.loginByAccount;
  const subject = isKnown ? `${email}\n${address}` : email;
  await admitAttempt(manager, policy, subject);

  const account = await manager.findOne(Account, { where: { email }, select: ACCOUNT_WITH_HASH });
  const isRight = await passwords.check(account?.passwordHash, password);
  if (account === null || !isRight) {
    await recordAudit(manager, actor, {
      action: 'session.refuse',
      ...(account !== null && { tenantId: account.tenantId, target: account.id }),
    });
    throw new ApiError('INVALID_CREDENTIALS', 'the e-mail address or the password is wrong');
  }
  await forgiveAttempt(manager, { policy, subject, all: true });
  await forgiveAttempt(manager, { policy: POLICIES.loginByAddress, subject: network, all: false });
  if (account.verifiedAt === null) {
    throw new ApiError('EMAIL_NOT_VERIFIED', 'open the link in the mail that you were sent, then log in');
  }
  const hours = config.SESSION_HOURS;
  return await store.transaction(async (inside) => {
    if (presented !== undefined) await endSessionOf(inside, presented);
    const begun = await beginSession(inside, { accountId: account.id, kind, address, userAgent, hours });
    await recordAudit(
      inside,
      { ...actor, kind: 'account', id: account.id, name: email },
      {
        action: 'session.begin',
        tenantId: account.tenantId,
        target: begun.id,
        detail: { kind },
      },
    );
    return { account, session: { ...begun, kind } };
  });
}

const ACCOUNT_WITH_HASH = {
  id: true,
  tenantId: true,
  email: true,
  name: true,
  role: true,
  passwordHash: true,
  verifiedAt: true,
} as const;

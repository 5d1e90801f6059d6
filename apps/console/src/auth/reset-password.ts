import { z } from 'zod';
import { type Actor, recordAudit } from '../audit/record-audit.js';
import type { ConsoleTools } from '../console-tools.js';
import { emailField, passwordField, tokenField } from '../http/fields.js';
import { orderMail } from '../mail/outbox.js';
import { Account } from '../store/entities.js';
import { networkOf } from './network-of.js';
import { endSessions } from './session-store.js';
import { admitAttempt, countAttempt, forgiveAttempt, POLICIES } from './throttle.js';
import { consumeToken, dropTokens, invalidToken, peekToken } from './tokens.js';

export const resetRequestBody = z.object({ email: emailField() });
export const resetBody = z.object({ token: tokenField(), password: passwordField() });

/**
 * Orders a mail with a token. Whether the address has an account is found out when the mail is sent: until then nobody,
 * and no clock, can tell. Mailboxes are spared more than a few of them.
 *
 * @throws ApiError RATE_LIMITED by the asking address, never by the mailbox
 */
export async function requestReset(
  { store, outbox }: ConsoleTools,
  email: string,
  address: string,
): Promise<void> {
  await admitAttempt(store.manager, POLICIES.resetByAddress, networkOf(address));
  const wait = await countAttempt(store.manager, POLICIES.mailToMailbox, email);
  if (wait === 0) await orderMail(store.manager, { kind: 'password-reset', recipient: email, subjectId: '' });
  outbox.poke();
}

/**
 * Sets a new password, which ends every session of the account; that the token arrived also proves the mailbox.
 *
 * @throws ApiError TOKEN_INVALID | RATE_LIMITED | UNAVAILABLE
 */
export async function resetPassword(
  { store, passwords, outbox }: ConsoleTools,
  { token, password }: z.output<typeof resetBody>,
  actor: Actor,
): Promise<void> {
  await admitAttempt(store.manager, POLICIES.resetByAddress, networkOf(actor.address));
  if ((await peekToken(store.manager, 'password-reset', token)) === undefined) throw invalidToken();
  const passwordHash = await passwords.hash(password);
  await store.transaction(async (manager) => {
    const id = await consumeToken(manager, 'password-reset', token);
    const account = id === undefined ? null : await manager.findOneBy(Account, { id });
    if (account === null) throw invalidToken();
    const verifiedAt = account.verifiedAt ?? new Date();
    await manager.update(Account, { id: account.id }, { passwordHash, verifiedAt });
    await dropTokens(manager, 'password-reset', account.id);
    const ended = await endSessions(manager, account.id);
    await forgiveAttempt(manager, { policy: POLICIES.loginByAccount, subject: account.email, all: true });
    await orderMail(manager, { kind: 'password-changed', recipient: account.email, subjectId: account.id });
    await recordAudit(
      manager,
      { ...actor, kind: 'account', id: account.id, name: account.email },
      {
        action: 'password.reset',
        tenantId: account.tenantId,
        target: account.id,
        detail: { sessionsEnded: ended },
      },
    );
  });
  outbox.poke();
}

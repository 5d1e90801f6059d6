import { type Actor, recordAudit } from '../audit/record-audit.js';
import type { ConsoleTools } from '../console-tools.js';
import { Account } from '../store/entities.js';
import { consumeToken, dropTokens, invalidToken } from './tokens.js';

/** @throws ApiError TOKEN_INVALID */
export async function verifyEmail({ store }: ConsoleTools, token: string, actor: Actor): Promise<Account> {
  return await store.transaction(async (manager) => {
    const id = await consumeToken(manager, 'verify-email', token);
    const account = id === undefined ? null : await manager.findOneBy(Account, { id });
    if (account === null) throw invalidToken();
    account.verifiedAt ??= new Date();
    await manager.update(Account, { id: account.id }, { verifiedAt: account.verifiedAt });
    await dropTokens(manager, 'verify-email', account.id);
    await recordAudit(
      manager,
      { ...actor, kind: 'account', id: account.id, name: account.email },
      {
        action: 'account.verify-email',
        tenantId: account.tenantId,
        target: account.id,
      },
    );
    return account;
  });
}

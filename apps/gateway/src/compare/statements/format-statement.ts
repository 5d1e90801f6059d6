import { formatTime } from '@pacspace/domain';
import type { StoredStatement } from '@pacspace/ledger';
import { describeScope } from '@pacspace/reads';
import { amountFields, type ScopeAsOf } from '@pacspace/wire';

/** A statement as it is answered, however far it is. */
export function formatStatement(statement: StoredStatement) {
  const { bytes, bytesRead, problems, readAtMs, sha256, total } = statement;
  const { scope, asOfMs } = JSON.parse(statement.scope) as ScopeAsOf;
  return {
    statementId: statement.statementId,
    customerId: statement.customerId,
    statementState: statement.state,
    ...(statement.name !== undefined && { name: statement.name }),
    scope: describeScope({ scope, asOfMs }),
    reading: JSON.parse(statement.reading) as object,
    ...{ bytes, bytesRead },
    records: statement.records,
    zeros: statement.zeros,
    ...(sha256 !== undefined && { sha256 }),
    ...(total !== undefined && amountFields('total', total)),
    ...(problems !== undefined && { problems: JSON.parse(problems) as object }),
    receivedAt: formatTime(statement.receivedAtMs),
    ...(readAtMs !== undefined && { readAt: formatTime(readAtMs) }),
  };
}

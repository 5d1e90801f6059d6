import { amountFromCanonical, formatTime } from '@pacspace/domain';
import { formatCheckpointId } from '@pacspace/ledger';
import { amountFields } from '@pacspace/wire';
import { formatDelta } from '../reads/format-delta.js';
import type { MadeStatement } from './make-statement.js';

/** A statement as it is answered: what it comes to, the rows for people, and the file that proves them. */
export function formatInvoiceProof({ statement, stored, entries }: MadeStatement, nowMs: number) {
  const { checkpoint, seal } = statement;
  const { customerId, period, window } = seal;
  return {
    customerId,
    ...(period !== undefined && { period }),
    ...(window !== undefined && { startDate: window.from, endDate: window.to }),
    generatedAt: formatTime(nowMs),
    checkpointId: formatCheckpointId(stored),
    receiptState: checkpoint === undefined ? 'sealed' : 'published',
    final: seal.final,
    sealedAt: seal.sealedAt,
    logIndex: stored.logIndex,
    origin: seal.origin,
    deltasCount: seal.count,
    ...amountFields('startingBalance', amountFromCanonical(seal.openingBalance)),
    ...amountFields('finalBalance', amountFromCanonical(seal.closingBalance)),
    proofRoot: seal.root,
    // Relative: whoever serves this may be reached under more than one name.
    verifyUrl: `/api/v1/verify/${seal.root}`,
    verificationApiUrl: `/api/v1/verify/${seal.root}`,
    deltas: entries.map((entry) => formatDelta(customerId, entry)),
    statement,
  };
}

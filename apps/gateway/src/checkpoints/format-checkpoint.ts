import { amountFromCanonical, formatTime } from '@pacspace/domain';
import { formatCheckpointId, parseScope, type SealRun, type StoredSeal } from '@pacspace/ledger';
import { parseSeal, type Seal } from '@pacspace/proof';
import { amountFields } from '@pacspace/wire';

/** A seal as it is answered. `status` is the contract's word for what was recomputed and is final. */
export function formatCheckpoint(stored: StoredSeal) {
  const seal = parseSeal(JSON.parse(stored.body));
  const opening = amountFromCanonical(seal.openingBalance);
  const closing = amountFromCanonical(seal.closingBalance);
  const root = seal.root;
  return {
    checkpointId: formatCheckpointId(stored),
    customerId: seal.customerId,
    proofRoot: root,
    merkleRoot: root,
    status: 'VERIFIED',
    ...scopeOf(seal),
    fromIndex: seal.firstIndex ?? null,
    toIndex: seal.lastIndex ?? null,
    deltasCount: seal.count,
    ...amountFields('openingBalance', opening),
    ...amountFields('closingBalance', closing),
    ...amountFields('netChange', closing - opening),
    final: seal.final,
    sealedAt: seal.sealedAt,
    logIndex: stored.logIndex,
    origin: seal.origin,
  };
}

function scopeOf({ period, window, subset }: Seal) {
  if (period !== undefined) return { scope: { kind: 'period', period }, period };
  if (window !== undefined) {
    const { from: startDate, to: endDate, asOf } = window;
    return { scope: { kind: 'window', startDate, endDate, asOf }, startDate, endDate };
  }
  return { scope: { kind: 'subset', ...subset } };
}

/** Seals of several customers; the list may be a page of them. */
export function formatRun(run: SealRun, seals: readonly StoredSeal[]) {
  const root = Buffer.from(run.root).toString('hex');
  const scope = parseScope(run.scope);
  return {
    checkpointId: formatCheckpointId({ logNo: run.logNo, runNo: run.number }),
    proofRoot: root,
    merkleRoot: root,
    status: 'VERIFIED',
    ...(scope.kind === 'window'
      ? {
          scope: { kind: 'window', startDate: formatTime(scope.fromMs), endDate: formatTime(scope.toMs) },
        }
      : { scope: { kind: 'period', period: run.scope }, period: run.scope }),
    customersCount: run.count,
    deltasCount: run.entries,
    sealedAt: formatTime(run.madeAtMs),
    checkpoints: seals.map(formatCheckpoint),
  };
}

import { type AuditedLogSeal, formatScope, type SealLog } from '@pacspace/ledger';
import { parsePeriod, parseTimeOrDate } from '@pacspace/domain';
import { sha256, toHex } from '@pacspace/node-crypto';
import { canonicalize, equalBytes, leafHashOfText, parseSeal, type Seal } from '@pacspace/proof';

/** Holds the columns of a seal's row against its text, and the text against its form. */
export function checkSealRow(
  row: AuditedLogSeal,
  log: SealLog,
  fault: (sentence: string) => void,
): { readonly leaf: Uint8Array; readonly sealedAt: string | undefined } {
  const leaf = leafHashOfText(sha256, row.body);
  if (!equalBytes(leaf, row.leaf_hash)) fault('its stored leaf is not the hash of its text');
  const seal = readSeal(row.body);
  if (typeof seal === 'string') {
    fault(seal);
    return { leaf, sealedAt: undefined };
  }
  const columns: readonly (readonly [string, unknown, unknown])[] = [
    ['root', toHex(row.root), seal.root],
    ['count', Number(row.count), seal.count],
    ['finality', row.final, seal.final],
    ['scope', row.scope, scopeOf(seal)],
    ['customer', row.customer_id, seal.customerId],
    ['environment', row.environment_id, log.environmentId],
    ['origin', log.origin, seal.origin],
  ];
  for (const [what, stored, stated] of columns) {
    if (stored !== stated)
      fault(`its ${what} is stored as ${String(stored)}, and stated as ${String(stated)}`);
  }
  return { leaf, sealedAt: seal.sealedAt };
}

function readSeal(body: string): Seal | string {
  try {
    const seal = parseSeal(JSON.parse(body));
    return canonicalize(seal) === body ? seal : 'its text is not canonical';
  } catch (error) {
    return `its text is not a seal: ${(error as Error).message}`;
  }
}

function scopeOf({ period, window, subset }: Seal): string | undefined {
  if (subset !== undefined) return subset.fingerprintsRoot;
  if (window !== undefined) {
    const [fromMs, toMs] = [parseTimeOrDate(window.from), parseTimeOrDate(window.to)];
    return fromMs === undefined || toMs === undefined
      ? undefined
      : formatScope({ kind: 'window', fromMs, toMs });
  }
  const parsed = parsePeriod(period ?? '');
  return parsed === undefined ? undefined : formatScope({ kind: 'period', period: parsed });
}

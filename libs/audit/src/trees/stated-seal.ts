import { amountFromCanonical, parsePeriod, parseTimeOrDate, type Period } from '@pacspace/domain';
import type { AuditedSeal } from '@pacspace/ledger';
import { fromHex, parseSeal } from '@pacspace/proof';

/** What a seal states about its customer's entries. */
export interface StatedSeal {
  readonly logNo: number;
  readonly logIndex: number;
  readonly count: number;
  readonly final: boolean;
  readonly firstIndex: number | undefined;
  readonly lastIndex: number | undefined;
  readonly opening: bigint;
  readonly closing: bigint;
  readonly root: Uint8Array;
  readonly scope:
    | { readonly kind: 'period'; readonly period: Period }
    | { readonly kind: 'window'; readonly asOf: number; readonly fromMs: number; readonly toMs: number }
    | { readonly kind: 'subset'; readonly asOf: number };
}

/** From its signed text, not from the columns beside it. Undefined when it cannot be read: the log's audit says so. */
export function readStatedSeal(row: AuditedSeal): StatedSeal | undefined {
  try {
    const { period, window, subset, ...seal } = parseSeal(JSON.parse(row.body));
    const common = {
      logNo: row.log_no,
      logIndex: Number(row.log_index),
      count: seal.count,
      final: seal.final,
      firstIndex: seal.firstIndex,
      lastIndex: seal.lastIndex,
      opening: amountFromCanonical(seal.openingBalance),
      closing: amountFromCanonical(seal.closingBalance),
      root: fromHex(seal.root),
    };
    if (subset !== undefined) return { ...common, scope: { kind: 'subset', asOf: subset.asOf } };
    if (window !== undefined) {
      const [fromMs, toMs] = [parseTimeOrDate(window.from), parseTimeOrDate(window.to)];
      if (fromMs === undefined || toMs === undefined) return undefined;
      return { ...common, scope: { kind: 'window', asOf: window.asOf, fromMs, toMs } };
    }
    const parsed = parsePeriod(period ?? '');
    return parsed === undefined ? undefined : { ...common, scope: { kind: 'period', period: parsed } };
  } catch {
    return undefined;
  }
}

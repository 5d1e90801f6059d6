import { type SideRecord, compareReferences } from '@pacspace/reconcile';
import { formatAmount } from '@pacspace/domain';

/** Records as the matching takes them: by reference, those without one last, in batches. */
export async function* byReference(
  records: readonly SideRecord[],
  batchSize = 1_000,
): AsyncGenerator<readonly SideRecord[]> {
  const sorted = [...records].sort((a, b) => {
    if (a.reference === undefined || b.reference === undefined)
      return Number(a.reference === undefined) - Number(b.reference === undefined);
    return compareReferences(a.reference, b.reference);
  });
  for (let at = 0; at < sorted.length; at += batchSize) {
    await Promise.resolve();
    yield sorted.slice(at, at + batchSize);
  }
}

/** A statement as CSV with the columns reference, amount, time, reason, region. */
export function disputeToCsv(records: readonly SideRecord[]): string {
  const lines = records.map(({ reference = '', amount, timeMs, reason = '', dimensions }) => {
    const time = timeMs === undefined ? '' : new Date(timeMs).toISOString();
    return [reference, formatAmount(amount), time, reason, dimensions[0] ?? ''].join(',');
  });
  return ['reference,amount,time,reason,region', ...lines, ''].join('\n');
}

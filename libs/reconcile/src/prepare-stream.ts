import type { RecordStream, SideRecord } from './records.js';
import type { MatchRules } from './rules.js';

/** Their records as ours would be: with our sign and our reasons. */
export function toOurConvention(stream: RecordStream, { sign, reasonMap }: MatchRules): RecordStream {
  if (sign === 'same' && Object.keys(reasonMap).length === 0) return stream;
  const convert = (record: SideRecord): SideRecord => ({
    ...record,
    amount: sign === 'opposite' ? -record.amount : record.amount,
    reason: mapReason(record.reason, reasonMap),
  });
  return {
    async *[Symbol.asyncIterator]() {
      for await (const batch of stream) yield batch.map(convert);
    },
  };
}

function mapReason(reason: string | undefined, map: MatchRules['reasonMap']): string | undefined {
  return reason !== undefined && Object.hasOwn(map, reason) ? map[reason] : reason;
}
